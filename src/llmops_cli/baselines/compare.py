"""Compares a result with its baseline, case by case, and decides.

Two steps, so that one correction covers a whole run: `measure` finds differences, intervals and p-values;
`decide` adjusts the p-values over every gated metric of the run (Holm) and says the verdicts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.attribution import causes
from llmops_cli.baselines.baseline import Baseline, measured, snapshot
from llmops_cli.baselines.comparison import Comparison, Flip, MetricChange
from llmops_cli.baselines.gate import judge_metric
from llmops_cli.evals.select import matches_filter
from llmops_cli.evals.suite import MEASURED, PASS_RATE
from llmops_cli.stats import (
    bootstrap_mean_interval,
    holm,
    mcnemar_exact,
    paired_difference_interval,
    quantile,
    quantile_difference_interval,
    sign_flip_test,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.baselines.baseline import CaseScores
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.result import Outcome, SubjectResult


BEYOND = 3
"""Calls that have to lie beyond a quantile (60 for a p95): with fewer its interval is far too narrow."""


def compare(results: Sequence[tuple[SubjectResult, Baseline | None]]) -> list[Comparison]:
    """A comparison for each result and its baseline (None where there is none), judged together."""
    return decide([measure(result, before) for result, before in results])


def measure(result: SubjectResult, before: Baseline | None) -> Comparison:
    """Differences of one subject, without verdicts."""
    now = snapshot(result)
    suite = result.subject.suite
    earlier = before.cases if before is not None else {}
    ours = {case.id: case.inputs_hash for case in suite.cases}
    same = {id_ for id_, inputs in ours.items() if id_ in earlier and earlier[id_].inputs == inputs}
    must = {case.id for case in suite.cases if _must_pass(case, suite.gate.must_pass)}
    rules = {rule.metric: rule for rule in suite.gate.rules}
    names = dict.fromkeys([PASS_RATE, *now.metrics, *rules])
    names |= dict.fromkeys(name for name in MEASURED if measured(now, name))
    # A case that a filter left out is not gone.
    return Comparison(
        result=result,
        now=now,
        before=before,
        metrics=tuple(
            _metric(MetricChange(name, rule=rules.get(name)), now, before, same, suite.gate.alpha)
            for name in names
        ),
        flips=_flips(result, now, before, same, must),
        added=tuple(sorted(ours.keys() - earlier.keys())) if before is not None else (),
        removed=() if suite.skipped else tuple(sorted(earlier.keys() - ours.keys())),
        changed=tuple(sorted(id_ for id_ in ours if id_ in earlier and id_ not in same)),
        broken=tuple(id_ for id_ in sorted(must & now.cases.keys()) if not now.cases[id_].passed),
        causes=causes(before, now, complete=not suite.skipped and not result.failures)
        if before is not None
        else (),
    )


def _must_pass(case: Case, wanted: Sequence[str]) -> bool:
    for entry in wanted:
        kind, _, pattern = entry.partition(":")
        if entry == "all" or matches_filter(case, kind, pattern):
            return True
    return False


def _metric(
    given: MetricChange, now: Baseline, before: Baseline | None, same: set[str], alpha: float
) -> MetricChange:
    name = given.metric
    found = measured(now, name)
    made = replace(given, now=_summary(name, list(found.values())), lower_is_better=name in MEASURED)
    if before is None:
        return made
    earlier = measured(before, name)
    made = replace(made, before=_summary(name, list(earlier.values())))
    pairs = sorted(same & found.keys() & earlier.keys())
    if not pairs or before.scorers.get(name) != now.scorers.get(name):
        return replace(made, pairs=len(pairs))
    ours, theirs = [found[id_] for id_ in pairs], [earlier[id_] for id_ in pairs]
    clusters = [now.cases[id_].cluster for id_ in pairs]
    if name.startswith("latency_"):
        q = float(name.removeprefix("latency_p")) / 100
        change = quantile(ours, q) - quantile(theirs, q)
        enough = len(pairs) * (1 - q) >= BEYOND
        interval = quantile_difference_interval(theirs, ours, q, confidence=1 - alpha) if enough else None
        return replace(made, pairs=len(pairs), change=change, interval=interval)
    return _paired(made, ours, theirs, clusters if any(clusters) else None, alpha)


def _paired(
    made: MetricChange,
    ours: list[float],
    theirs: list[float],
    clusters: list[str | None] | None,
    alpha: float,
) -> MetricChange:
    differences = [mine - other for mine, other in zip(ours, theirs, strict=True)]
    worse, better = (1, -1) if made.lower_is_better else (-1, 1)
    losses = sum(1 for difference in differences if difference * worse > 0)
    wins = sum(1 for difference in differences if difference * better > 0)
    if clusters is None and set(ours) | set(theirs) <= {0.0, 1.0}:
        both = sum(1 for mine, other in zip(ours, theirs, strict=True) if mine and other)
        neither = len(differences) - both - losses - wins
        interval = paired_difference_interval(both, losses, wins, neither, confidence=1 - alpha)
        p_value = mcnemar_exact(losses, wins)
    else:
        largest = None if made.lower_is_better else 1.0
        interval = bootstrap_mean_interval(
            differences, confidence=1 - alpha, clusters=clusters, largest=largest
        )
        p_value = sign_flip_test(differences, clusters=clusters).p_value
    return replace(
        made,
        change=sum(differences) / len(differences),
        interval=interval,
        p_value=p_value,
        pairs=len(differences),
        losses=losses,
        wins=wins,
    )


def _summary(name: str, values: list[float]) -> float | None:
    """How a metric is summed up: the mean, or the quantile that its name says."""
    if not values:
        return None
    if name.startswith("latency_p"):
        return quantile(values, float(name.removeprefix("latency_p")) / 100)
    return sum(values) / len(values)


def _flips(
    result: SubjectResult, now: Baseline, before: Baseline | None, same: set[str], must: set[str]
) -> tuple[Flip, ...]:
    if before is None or before.scorers.get(PASS_RATE) != now.scorers.get(PASS_RATE):
        return ()
    cases = {case.id: case for case in result.subject.suite.cases}
    found = []
    for case_id in sorted(same & now.cases.keys()):
        old, new = before.cases[case_id], now.cases[case_id]
        if old.passed == new.passed:
            continue
        found.append(
            Flip(
                case_id,
                cases[case_id].place,
                passes_now=new.passed,
                before=_telling(old),
                now=_telling(new),
                reasons=_reasons(result.by_case[case_id]) if not new.passed else (),
                must_pass=case_id in must,
            )
        )
    # What broke comes first, and of that what may never break.
    return tuple(sorted(found, key=lambda flip: (flip.passes_now, not flip.must_pass, flip.case_id)))


def _telling(case: CaseScores) -> str | None:
    """The answer that shows why a case passed or failed: the first failing repeat, else the first."""
    passes = case.scores.get(PASS_RATE, ())
    index = next((number for number, value in enumerate(passes) if value < 1), 0)
    return case.outputs[index] if index < len(case.outputs) else None


def _reasons(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Why a case fails, one line for each scorer that says no."""
    found = dict.fromkeys(
        f"{score.metric}: {score.reason or 'no'}"
        for outcome in outcomes
        for score in outcome.scores
        if score.passed is False
    )
    return tuple(found)


def decide(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """The same comparisons with adjusted p-values and verdicts."""
    tested = [
        (number, change)
        for number, comparison in enumerate(comparisons)
        for change in comparison.metrics
        if change.rule is not None and change.p_value is not None
    ]
    adjusted = holm([change.p_value for _, change in tested if change.p_value is not None])
    by_key = {(number, change.metric): p for (number, change), p in zip(tested, adjusted, strict=True)}
    decided = []
    for number, comparison in enumerate(comparisons):
        metrics = []
        for change in comparison.metrics:
            known = replace(change, adjusted_p=by_key.get((number, change.metric)))
            metrics.append(judge_metric(known, comparison))
        decided.append(replace(comparison, metrics=tuple(metrics)))
    return decided
