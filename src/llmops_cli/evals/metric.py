"""What a metric is: its unit, which way is better, how it is summed up, and where a case keeps its value.

To add a metric that every suite has:

1. a line in `BUILT_IN`, here: nobody else asks a metric's name;
2. its value in each case: a field of `compare/scores.py:CaseScores`, which `compare/snapshot.py` fills and
   `core/schemas/baseline.schema.json` names, or a score that `evals/result.py:Outcome.values` gives;
3. a row in the table of metrics in docs/file-formats.md, and a line in CHANGELOG.md.

A unit that is new also needs its word in `reports/numbers.py:Unit`, a line in `VALUES` of
`compare/metric_text.py`, and one in `FORMS` of `reports/formats/page/numbers.js`.
`tests/evals/test_metric.py` finds what is missing. A scorer's metric needs nothing: it is graded, whatever it
is called.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection

    from llmops_cli.reports.numbers import Unit

PASS_RATE = "pass_rate"  # noqa: S105
WEIGHTED_SCORE = "score"

Amount = Literal["cost_usd", "input_tokens", "output_tokens", "latency_s"]
"""What a case keeps of its calls, beside its scores."""
Rests = Literal["itself", "deciding", "weighted", "calls"]
"""Which scorers a metric rests on: its own, those that decide, all with their weights, or none."""

_REPEATED = re.compile(r"pass([@^])([1-9]\d{0,3})")


@dataclass(frozen=True, slots=True)
class Repeated:
    """What `k` answers to one case say together: that `any` of them passes, or that all do."""

    k: int
    any: bool


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: what its values are, and where they come from.

    A case keeps an `amount` of its calls, or a score of the metric's name; `repeated` is made of its passes.
    The values of cases are summed up as their mean, or as a `quantile` (0 to 1). `may_be_unknown` says that
    a provider may not tell it, `live_only` that only a call that was made just now measures it.
    """

    name: str
    unit: Unit = "graded"
    rests_on: Rests = "itself"
    lower_is_better: bool = False
    amount: Amount | None = None
    quantile: float | None = None
    repeated: Repeated | None = None
    may_be_unknown: bool = False
    live_only: bool = False

    def __str__(self) -> str:
        return self.name

    @property
    def is_pass_rate(self) -> bool:
        """Whether it is the share of answers that pass."""
        return self.rests_on == "deciding" and self.repeated is None

    @property
    def is_amount(self) -> bool:
        """Whether its values are amounts, such as costs, and no scores from 0 to 1."""
        return self.amount is not None

    @property
    def is_sum(self) -> bool:
        """Whether it sums up what several scorers say."""
        return self.rests_on in ("deciding", "weighted")

    @property
    def basis(self) -> str:
        """The metric under whose name a baseline says which scorers it rests on."""
        return PASS_RATE if self.rests_on == "deciding" else self.name


def _amount(name: str, unit: Unit, amount: Amount) -> Metric:
    return Metric(name, unit, "calls", lower_is_better=True, amount=amount, may_be_unknown=True)


def _latency(name: str, quantile: float | None) -> Metric:
    return Metric(
        name, "seconds", "calls", lower_is_better=True, amount="latency_s", quantile=quantile, live_only=True
    )


PASSES = Metric(PASS_RATE, "rate", "deciding")
COST = _amount("cost_usd", "usd", "cost_usd")
INPUT_TOKENS = _amount("input_tokens", "tokens", "input_tokens")
OUTPUT_TOKENS = _amount("output_tokens", "tokens", "output_tokens")
SECONDS = _latency("latency_s", None)
"""The latency of one case. It has no line in a gate: a gate speaks of quantiles."""

AMOUNTS = (COST, INPUT_TOKENS, OUTPUT_TOKENS, SECONDS)
"""What a case says of its calls, one for each `Amount`."""
MEASURED = (COST, INPUT_TOKENS, OUTPUT_TOKENS, _latency("latency_p50", 0.5), _latency("latency_p95", 0.95))
"""Metrics of the calls themselves."""
BUILT_IN = {
    metric.name: metric for metric in (PASSES, Metric(WEIGHTED_SCORE, "graded", "weighted"), *MEASURED)
}
"""Metrics that every suite has without a scorer of that name."""


def metric_of(name: str, scored: Collection[str] = ()) -> Metric:
    """The metric of a name; `scored` are the names that scorers of a suite, or of stored scores, give.

    What a scorer gives is graded, even where llmops has a metric of that name.
    """
    metric = BUILT_IN.get(name) or _repeated(name)
    if metric is None or (name in scored and not metric.is_sum):
        return Metric(name)
    return metric


def _repeated(name: str) -> Metric | None:
    match = _REPEATED.fullmatch(name)
    if match is None:
        return None
    one, every = passes_of(int(match[2]))
    return one if match[1] == "@" else every


def passes_of(k: int) -> tuple[Metric, Metric]:
    """`pass@k`, the chance that one of k answers passes, and `pass^k`, that all of them do."""
    one, every = (
        Metric(f"pass{sign}{k}", "rate", "deciding", repeated=Repeated(k, any=sign == "@")) for sign in "@^"
    )
    return one, every


def repeated_metrics(repeats: int) -> list[Metric]:
    """The metrics that so many repeats of each case can give."""
    return [metric for k in range(1, repeats + 1) for metric in passes_of(k)]


def is_taken(name: str) -> bool:
    """Whether llmops itself measures something of this name, so that no scorer's metric can have it."""
    return name in BUILT_IN or _repeated(name) is not None or any(name == metric.name for metric in AMOUNTS)
