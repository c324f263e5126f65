"""Why a metric's verdict is what it is: a kind, what it is about, and the one place that puts it in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from llmops_cli.compare.metric_text import change_text, value_text
from llmops_cli.reports import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.compare.metric_change import MetricChange
    from llmops_cli.compare.undeclared import UndeclaredRead
    from llmops_cli.evals.metric import Metric
    from llmops_cli.evals.scorer_version import ScorerVersion

Kind = Literal[
    "floor", "ceiling", "dropped", "too few cases", "too few calls", "failures", "nothing decides",
    "scorer failures", "not live", "unknown", "unknown price", "too few repeats", "quarantine", "no value",
    "values vanished",
    "no latency before", "too few repeats before", "nothing same", "mostly changed", "not measured",
    "judge changed", "scored differently", "scorers unstated", "scorers changed", "readings", "changed cases",
    "floor of the old", "ceiling of the old", "undeclared read",
]  # fmt: skip

_TEXTS: dict[Kind, str] = {
    "floor": "below the floor of {limit:g}",
    "ceiling": "above the ceiling of {limit:g}",
    "floor of the old": "{value} over the cases that the baseline has, below the floor of {limit:g}",
    "ceiling of the old": "{value} over the cases that the baseline has, above the ceiling of {limit:g}",
    "dropped": "significant, and more than is tolerated",
    "too few cases": "{shortage}",
    "too few calls": "{count} calls are too few for this quantile",
    "failures": "{count} of {of} answers have no verdict",
    "scorer failures": "{count} of {of} answers have no score of it",
    "nothing decides": "no scorer that decides had anything to measure",
    "not live": "not measured: no answer was live",
    "unknown": "unknown for {count} of {of} cases",
    "unknown price": "unknown for {count} of {of} cases: add the price under `prices:` in llmops.yaml",
    "too few repeats": "needs {of} repeats of each case, and this run has {count}",
    "quarantine": "every case is in quarantine: nothing is measured",
    "no value": "no case of {name} has a value",
    "values vanished": "{count} of the cases that had a value in the baseline have none now",
    "no latency before": "the baseline has no latency of these cases",
    "too few repeats before": "the baseline has {repeats} of each case: accept one with {of}",
    "nothing same": "no case is the same as in the baseline",
    "mostly changed": "only {count} of {of} cases are the same as in the baseline",
    "not measured": "not measured in this run, and the pass rate rests on it: {name}",
    "judge changed": "{judges}",
    "scored differently": "{versions}",
    "scorers unstated": "the baseline does not say what `{name}` rested on",
    "changed cases": "{changed_cases}",
    "scorers changed": "its scorers changed since the baseline{name}",
    "readings": "the scorers of the base disagree{name}",
    "undeclared read": "{read}",
}


@dataclass(frozen=True, slots=True)
class Shortage:
    """What would settle a change that so few cases cannot tell from noise.

    `clusters` is how many there are, None where cases are not clustered. `seen` says how the change lies: it
    is `tolerated` and the interval is too wide, it is `beyond` that and not significant, or just `at` it. A
    p-value is given where the interval alone does not show why; `family` is over how many metrics `corrected`
    is. `more` is how many more cases or clusters it takes, infinite where a hundred times as many would not
    do and None where nobody can say; `repeats` of each case on both sides would do as well.
    """

    cases: int
    clusters: int | None
    seen: Literal["tolerated", "at", "beyond"]
    p_value: float | None = None
    corrected: float | None = None
    family: int = 1
    more: float | None = None
    repeats: int | None = None

    def __str__(self) -> str:
        marks = [] if self.clusters is None else [f" ({self.clusters} clusters)"]
        if self.p_value is not None:
            corrected = (
                ""
                if self.corrected is None
                else f", {self.corrected:.2g} corrected over {self.family} metrics"
            )
            marks.append(f" (p {self.p_value:.2g}{corrected})")
        cannot = f"{self.cases} cases cannot tell{''.join(marks)}"
        if self.seen == "at":
            return f"{cannot}: the drop that is seen is just what is tolerated"
        if self.more is None:
            return cannot
        if math.isinf(self.more):
            return f"{cannot}, nor would a hundred times as many"
        unit = "" if self.clusters is None else " clusters"
        more = f"{cannot}; about {_about(int(self.more)):,} more{unit} would"
        if self.repeats:
            more += f", or {self.repeats} repeats of each on both sides"
        return more if self.seen == "tolerated" else f"{more}, if the drop stays as it is"


def _about(number: int) -> int:
    """The number rounded up to two digits that mean something: it is an estimate."""
    step: int = 10 ** max(len(str(number)) - 2, 0)
    return math.ceil(number / step) * step


NAMED = 5
"""Cases that a reason names; more are counted."""


def _names(cases: Sequence[str]) -> str:
    more = f" and {len(cases) - NAMED} more" if len(cases) > NAMED else ""
    return f"{', '.join(cases[:NAMED])}{more}"


def changed_cases(reasons: Sequence[Reason]) -> str:
    """Which cases changed, and what the metrics of these reasons would be if each of them failed now."""
    cases = reasons[0].cases
    would = [_outcome(reason.if_failed) for reason in reasons if reason.if_failed is not None]
    failed = "it failed" if len(cases) == 1 else "they failed"
    names = ", ".join(would)
    return f"{numbers.count(len(cases), 'case')} changed ({_names(cases)}); if {failed} it would be {names}"


def _outcome(change: MetricChange) -> str:
    """What a metric would come to: below its floor, or how much lower."""
    limits = [reason.text for reason in change.reasons if reason.is_limit]
    if limits:
        return f"{change.metric} {value_text(change.metric, change.now)}, {limits[0]}"
    return f"{change.metric} {change_text(change.metric, change.change, change.reference)}"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is no PASSED.

    `limit` is the floor or ceiling that is broken; `count` and `of` are numbers of what the kind is about:
    answers, cases, or the repeats that are there and that it takes. `name` is the suite, metric or scorers
    that it names, `judges` are those that changed, before and now. `versions` are scorers that score in
    another way. `value` is a
    value of the `metric` that the limit is about. `cases` are what cases are called that changed, and
    `if_failed` what the metric would be if each of them failed. `read` is
    what its scorer opened that the suite does not name.
    """

    kind: Kind
    count: int = 0
    of: int = 0
    limit: float = 0.0
    name: str = ""
    judges: tuple[tuple[str, str], ...] = ()
    shortage: Shortage | None = None
    versions: tuple[ScorerVersion, ...] = ()
    metric: Metric | None = None
    value: float = 0.0
    cases: tuple[str, ...] = ()
    if_failed: MetricChange | None = None
    read: UndeclaredRead | None = None

    @property
    def is_limit(self) -> bool:
        """Whether it is a limit that holds whatever the baseline says."""
        return self.kind in ("floor", "ceiling", "floor of the old", "ceiling of the old")

    @property
    def text(self) -> str:
        """It in words."""
        return _TEXTS[self.kind].format(
            count=self.count,
            of=self.of,
            limit=self.limit,
            name=self.name,
            judges="; ".join(f"its judge changed: {was} → {now}" for was, now in self.judges),
            repeats=numbers.count(self.count, "repeat"),
            shortage=self.shortage,
            versions="; ".join(map(str, self.versions)),
            value="" if self.metric is None else value_text(self.metric, self.value),
            changed_cases=changed_cases([self]),
            read="" if self.read is None else self.read.text,
        )
