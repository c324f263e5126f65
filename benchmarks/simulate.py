"""How often the gate raises a false alarm and how often it finds a drop: `python -m benchmarks.simulate`.

Suites are simulated, written as baselines and judged by what `llmops` judges them with: the pairing, the
tests and their choice, the clusters, Holm and the verdict. Only the intervals are left out, because a
verdict of REGRESSED at a tolerance of 0 does not ask them; the first suites of every row are judged the whole
way too, and both ways have to agree.

A last group is judged the whole way, intervals and all: suites that fell by more than is tolerated, in ways
that an interval can miss (few cases that fall far, few clusters). PASSED may come for at most alpha / 2.

A false alarm is any metric REGRESSED although nothing changed; `any change` counts significant metrics of
either direction, and that rate has to stay at or below alpha within three Monte Carlo standard errors. The
rate of found drops has to be what the power function says, as closely. The exit code is 1 if a bound breaks.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.simulated_suites import graded_drop, null_suite, rare_falls, rate_drop, uneven_null
from llmops_cli.compare.compare import compare_stored, decide
from llmops_cli.compare.comparison import Comparison
from llmops_cli.compare.metric_change import MetricChange
from llmops_cli.compare.paired import paired_test
from llmops_cli.compare.pairs import PickedCases, pick_cases
from llmops_cli.compare.verdict import Verdict
from llmops_cli.core.source import Source
from llmops_cli.evals.metric import metric_of
from llmops_cli.evals.suite import Gate, GateRule, Suite, Tolerance
from llmops_cli.stats import Interval, detectable_drop_continuous, power_binary, wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.compare.scores import Scores

ALPHA = 0.05
SEED = 20_241_101
WHOLE = 2
"""Suites of each row that are judged the whole way too, intervals and all."""

Two = tuple["Scores", "Scores"]
Judge = Callable[["Scores", "Scores", Suite], Comparison]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    `expected` is the rate of found drops; None where nothing changed. `tolerated` is a drop that was
    exceeded: then PASSED is what must not come.
    """

    name: str
    make: Callable[[np.random.Generator], Two]
    expected: float | None = None
    tolerated: float | None = None

    @property
    def bound(self) -> float:
        """The rate that is wanted, or allowed."""
        if self.expected is not None:
            return self.expected
        return ALPHA if self.tolerated is None else ALPHA / 2


@dataclass(frozen=True)
class Rates:
    """What came out: suites with a metric REGRESSED, and with any significant change, or that PASSED."""

    row: Row
    suites: int
    regressed: int
    changed: int

    @property
    def error(self) -> float:
        """Three Monte Carlo standard errors of the rate that is wanted."""
        return 3.0 * math.sqrt(self.row.bound * (1.0 - self.row.bound) / self.suites)

    @property
    def holds(self) -> bool:
        """Whether the bound holds."""
        if self.row.expected is None:
            return self.changed / self.suites <= self.row.bound + self.error
        return abs(self.regressed / self.suites - self.row.expected) <= self.error

    @property
    def wanted(self) -> str:
        """The bound in words."""
        if self.row.expected is None:
            return f"at most {self.row.bound + self.error:.1%}"
        return f"{self.row.expected:.1%} ± {self.error:.1%}"


def null_row(n: int, repeats: int, metrics: int, *, clusters: int = 1, churn: float = 0.0) -> Row:
    """A suite in which nothing changed on the whole; `churn` is the share of cases that moved."""
    name = f"n {n}, repeats {repeats}, metrics {metrics}"
    name += f", clusters of {clusters}" if clusters > 1 else ""
    name += f", {churn:.0%} churn" if churn else ""

    def make(rng: np.random.Generator) -> Two:
        return null_suite(rng, (n, metrics, repeats), clusters=clusters, churn=churn)

    return Row(name, make)


def rate_row(n: int, discordance: float, drop: float) -> Row:
    """A pass rate that fell."""
    name = f"n {n}, pass rate −{100 * drop:g} points, {discordance:.0%} flip"
    return Row(
        name,
        lambda rng: rate_drop(rng, n, discordance, drop),
        power_binary(n, discordance, drop, alpha=ALPHA),
    )


def uneven_row(n: int, repeats: tuple[int, int]) -> Row:
    """A suite in which nothing changed, asked more often on one side than on the other."""
    return Row(f"n {n}, repeats {repeats[0]} and then {repeats[1]}", lambda rng: uneven_null(rng, n, repeats))


def missed_row(n: int, tolerated: float, *, clusters: int = 1) -> Row:
    """A suite of which a few cases, or clusters of cases, fell far: twice what is tolerated, on the whole."""
    name = f"n {n}, rare falls, twice what is tolerated"
    name += f", clusters of {clusters}" if clusters > 1 else ""
    return Row(name, lambda rng: rare_falls(rng, n, 2 * tolerated, clusters=clusters), tolerated=tolerated)


def graded_row(n: int, deviation: float) -> Row:
    """A graded metric that fell by what is found four times out of five."""
    drop = detectable_drop_continuous(n, deviation, alpha=ALPHA)
    return Row(f"n {n}, graded −{drop:.3f}", lambda rng: graded_drop(rng, n, deviation, drop), 0.8)


def rows(*, quick: bool) -> list[Row]:
    """Every line of the table."""
    if quick:
        return [
            null_row(30, 1, 12),
            null_row(100, 1, 1),
            null_row(100, 5, 1, churn=0.5),
            null_row(80, 1, 2, clusters=4),
            uneven_row(30, (1, 5)),
            rate_row(200, 0.2, 0.1),
            missed_row(30, 0.05),
        ]
    found = [null_row(n, repeats, m) for m in (1, 12) for repeats in (1, 5) for n in (30, 100, 300)]
    found += [
        null_row(100, 5, 1, churn=0.5),
        null_row(120, 1, 2, clusters=4),
        null_row(120, 5, 2, clusters=4),
        *(uneven_row(n, repeats) for n in (30, 100) for repeats in ((1, 5), (5, 1))),
        *(missed_row(n, 0.05) for n in (12, 30, 100)),
        missed_row(50, 0.05, clusters=10),
    ]
    return [*found, rate_row(200, 0.2, 0.1), rate_row(200, 0.3, 0.1), graded_row(200, 0.2)]


def gated(metrics: Sequence[str], tolerated: float = 0.0) -> Suite:
    """A suite that tolerates a drop of any metric, or none."""
    rules = tuple(GateRule(metric_of(metric), max_drop=Tolerance(tolerated)) for metric in metrics)
    gate = Gate(rules=rules, alpha=ALPHA)
    return Suite("simulated", Source("simulated.yaml", {}), (), (), (), (), gate)


def judged(before: Scores, now: Scores, suite: Suite) -> Comparison:
    """What `compare_stored` says, without intervals."""
    picked = pick_cases(now, before, set(now.cases), ())
    changes = tuple(_tested(rule, picked) for rule in suite.gate.rules)
    return decide([Comparison(now=now, before=before, metrics=changes, suite=suite)])[0]


def wholly(before: Scores, now: Scores, suite: Suite) -> Comparison:
    """What users get, intervals and all."""
    return compare_stored([(before, now, suite)])[0]


def _tested(rule: GateRule, picked: PickedCases) -> MetricChange:
    pairs = picked.pairs(rule.metric, picked.columns(rule.metric))
    differences = [mine - other for mine, other in zip(pairs.ours, pairs.theirs, strict=True)]
    found = paired_test(pairs, differences)
    count = len(differences)
    return MetricChange(
        rule.metric,
        now=sum(pairs.ours) / count,
        before=sum(pairs.theirs) / count,
        change=sum(differences) / count,
        reference=sum(pairs.theirs) / count,
        interval=Interval(-1.0, 1.0, 1.0 - ALPHA),
        p_value=found.p_value,
        pairs=count,
        units=count,
        losses=found.fell,
        wins=found.rose,
        test=found.test,
        rule=rule,
    )


def alarms(comparison: Comparison) -> tuple[set[str], set[str]]:
    """The gated metrics that regressed, and all whose change is significant."""
    rules = [change for change in comparison.metrics if change.rule is not None]
    regressed = {change.metric.name for change in rules if change.verdict is Verdict.REGRESSED}
    changed = {c.metric.name for c in rules if c.adjusted_p is not None and c.adjusted_p <= ALPHA}
    return regressed, changed


def simulate(row: Row, suites: int, seed: int, judge: Judge = judged) -> Rates:
    """The rates of one row; the same seed gives the same suites."""
    regressed = changed = 0
    for number in range(suites):
        before, now = row.make(np.random.default_rng([seed, number]))
        suite = gated(now.metric_names, row.tolerated or 0.0)
        if row.tolerated is not None:
            whole = judge(before, now, suite) if judge is not judged else wholly(before, now, suite)
            verdicts = {change.verdict for change in whole.metrics if change.rule is not None}
            regressed += Verdict.REGRESSED in verdicts
            changed += verdicts <= {Verdict.PASSED, Verdict.IMPROVED}
            continue
        found = alarms(judge(before, now, suite))
        if judge is judged and number < WHOLE:
            whole = wholly(before, now, suite)
            if alarms(whole) != found:
                raise SystemExit(f"{row.name}: the comparison says {alarms(whole)}, the short way {found}")
        regressed += bool(found[0])
        changed += bool(found[1])
    return Rates(row, suites, regressed, changed)


def _share(count: int, suites: int) -> str:
    interval = wilson_interval(count, suites)
    return f"{count / suites:6.1%} [{interval.low:5.1%}, {interval.high:5.1%}]"


def table(lines: Sequence[Row], suites: int, seed: int, judge: Judge = judged) -> int:
    """Print a line for each row; how many bounds are broken."""
    print(f"{'suites':<60}{'REGRESSED':<26}{'any change, or PASSED':<26}{'wanted':<18}")
    broken = 0
    for row in lines:
        found = simulate(row, suites, seed, judge)
        broken += not found.holds
        shares = f"{_share(found.regressed, suites):<26}{_share(found.changed, suites):<26}"
        print(f"{row.name:<60}{shares}{found.wanted:<18}{'ok' if found.holds else 'NOT'}", flush=True)
    return broken


def main(given: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--suites", type=int, help="of each row: 2000, or 200 with --quick")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--quick", action="store_true", help="few suites of a few rows")
    options = parser.parse_args(given)
    suites = options.suites or (200 if options.quick else 2_000)
    started = time.process_time()
    print(f"{suites} suites a row, alpha {ALPHA:g}, seed {options.seed}; rates with 95% Wilson intervals")
    broken = table(rows(quick=options.quick), suites, options.seed)
    said = f"{broken} bounds broken" if broken else "every bound holds"
    print(f"{said}; {time.process_time() - started:.0f} s of CPU")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
