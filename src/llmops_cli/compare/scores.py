"""Approved scores as data: what a baseline file holds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from llmops_cli.compare.one_text import one_text
from llmops_cli.core.canonical import content_hash
from llmops_cli.evals.suite import PASS_RATE, repeated_pass
from llmops_cli.stats import pass_at_k, pass_hat_k, quantile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmops_cli.compare.one_text import Calls

SCORE_PLACES = 6
COST_PLACES = 9
SECOND_PLACES = 3
AMOUNTS = ("cost_usd", "input_tokens", "output_tokens", "latency_s")


@dataclass(frozen=True, slots=True)
class CaseScores:
    """One case of a baseline.

    `scores` holds a value for each repeat, by metric. `outputs` are the texts of the answers, None where only
    a hash of the answer is kept; `tool_calls` the calls of each, empty where no answer called a tool. Tokens
    and cost (US dollars) are means over the repeats, the latency (seconds) is that of the first live call.
    """

    id: str
    inputs: str
    scores: Mapping[str, tuple[float, ...]]
    hashes: tuple[str, ...]
    outputs: tuple[str | None, ...]
    cluster: str | None = None
    input_tokens: float | None = None
    output_tokens: float | None = None
    cost_usd: float | None = None
    latency_s: float | None = None
    tool_calls: tuple[Calls, ...] = ()

    def calls(self, repeat: int) -> Calls:
        """The tool calls of one answer."""
        return self.tool_calls[repeat] if self.tool_calls else ()

    def said(self, repeat: int) -> str | None:
        """One answer as one text, tool calls included; None where only its hash is kept."""
        text = self.outputs[repeat]
        return one_text(text, self.calls(repeat)) if text is not None and self.tool_calls else text

    def as_texts(self) -> CaseScores:
        """The same case with each answer as one text, as older files keep it."""
        if not self.tool_calls:
            return self
        return replace(self, outputs=tuple(map(self.said, range(len(self.outputs)))), tool_calls=())

    def mean(self, metric: str) -> float | None:
        """The case's value of a metric: the mean of its repeats, None when it has none.

        `pass@k` and `pass^k` come from the repeats' passes; None where there are fewer than k.
        """
        values = self.scores.get(metric)
        if values:
            return values[0] if len(values) == 1 else math.fsum(values) / len(values)
        if metric in AMOUNTS:
            amount: float | None = getattr(self, metric)
            return amount
        repeated = repeated_pass(metric)
        if repeated is None or len(self.scores.get(PASS_RATE, ())) < repeated[1]:
            return None
        estimate = pass_at_k if repeated[0] == "@" else pass_hat_k
        passes, of = self.passes
        return estimate(of, passes, repeated[1])

    def first(self, repeats: int) -> CaseScores:
        """The same case with its first repeats only."""
        scores = {metric: values[:repeats] for metric, values in self.scores.items()}
        return replace(
            self,
            scores=scores,
            hashes=self.hashes[:repeats],
            outputs=self.outputs[:repeats],
            tool_calls=self.tool_calls[:repeats],
        )

    @property
    def passes(self) -> tuple[int, int]:
        """How many of the repeats passed, and of how many."""
        values = self.scores.get(PASS_RATE, ())
        return sum(1 for value in values if value >= 1), len(values)

    @property
    def passed(self) -> bool:
        """Whether every repeat passed."""
        return all(value >= 1 for value in self.scores.get(PASS_RATE, ()))


@dataclass(frozen=True)
class Scores:
    """The scores of one subject: a file under `baselines/`, or the result of a run in the same shape.

    `parts` are the hashes that the fingerprint is made of, `messages` and `includes` the prompt's text,
    `scorers` what each metric's scores depend on, `accepted` who approved the file and why. `judges` holds,
    for each metric that a model judges, the `model` asked for, those that answered (`resolved`), and `noise`:
    the standard deviation of its scores for one and the same answer, None where no answer was judged twice.
    """

    suite: str
    prompt: str
    fingerprint: str
    parts: Mapping[str, str]
    model: str
    resolved: tuple[str, ...]
    params: Mapping[str, Any]
    scorers: Mapping[str, str]
    repeats: int
    cases: Mapping[str, CaseScores]
    messages: tuple[Mapping[str, Any], ...] = ()
    includes: Mapping[str, str] = field(default_factory=dict)
    judges: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    accepted: Mapping[str, Any] = field(default_factory=dict)

    @property
    def prompt_id(self) -> str:
        """The prompt without its version."""
        return self.prompt.partition("@")[0]

    @property
    def title(self) -> str:
        """How the subject is called in reports."""
        return f"{self.suite} · {self.prompt} · {self.model}"

    @property
    def cases_hash(self) -> str:
        """Hash of the ids and inputs of all cases."""
        return content_hash({case.id: case.inputs for case in self.cases.values()})

    @property
    def metrics(self) -> dict[str, float]:
        """The mean of each metric over the cases that have it, in the order they were first seen."""
        found = {}
        cases = list(self.cases.values())
        for name in self.metric_names:
            values = known(column(cases, name))
            # Exact, so that the order of the cases does not show in the last digit.
            found[name] = round(math.fsum(values) / len(values), SCORE_PLACES)
        return found

    @cached_property
    def metric_names(self) -> list[str]:
        """The metrics that some case has: the pass rate first, the others as they were first seen."""
        alike = dict.fromkeys(tuple(case.scores) for case in self.cases.values())
        names = dict.fromkeys(name for together in alike for name in together)
        return sorted(names, key=lambda metric: metric != PASS_RATE)

    def basis(self, metric: str) -> str | None:
        """Hash of what the scores of a metric depend on; None where the file does not say."""
        return self.scorers.get(PASS_RATE if repeated_pass(metric) else metric)

    def with_acceptance(self, accepted: Mapping[str, Any]) -> Scores:
        """The same scores, approved."""
        return replace(self, accepted=accepted)


def measured(baseline: Scores, metric: str) -> dict[str, float]:
    """A metric's value for each case that has one."""
    cases = list(baseline.cases.values())
    values = zip(cases, column(cases, metric), strict=True)
    return {case.id: value for case, value in values if value is not None}


def column(cases: Sequence[CaseScores], metric: str) -> list[float | None]:
    """A metric's value for each case, None where it has none: `CaseScores.mean` for many cases at once."""
    name = _stored(metric)
    if name != metric and any(metric in case.scores for case in cases):
        name = metric  # a scorer of this name, and no quantile of the seconds
    if name in AMOUNTS and not any(name in case.scores for case in cases):
        return list(map(attrgetter(name), cases))
    if name in AMOUNTS or repeated_pass(name) is not None:
        return [case.mean(name) for case in cases]
    try:
        return [value for (value,) in [case.scores[name] for case in cases]]
    except (KeyError, ValueError):
        pass  # a case has none, or several repeats
    found = [case.scores.get(name) for case in cases]
    return [
        values[0] if values and len(values) == 1 else math.fsum(values) / len(values) if values else None
        for values in found
    ]


def is_measured(baseline: Scores, metric: str) -> bool:
    """Whether a case has a value of one of the metrics of the calls themselves."""
    amounts = map(attrgetter(_stored(metric)), baseline.cases.values())
    return any(amount is not None for amount in amounts)


def _stored(metric: str) -> str:
    """What cases hold: every quantile of the latency is made of the same seconds."""
    return "latency_s" if metric.startswith("latency_") else metric


def known(values: Sequence[float | None]) -> list[float]:
    """The values that are there."""
    return [value for value in values if value is not None]


def overall(metric: str, values: Sequence[float]) -> float | None:
    """How the values of a metric are summed up: the mean, or the quantile that its name says."""
    if not values:
        return None
    if metric.startswith("latency_p"):
        return quantile(list(values), float(metric.removeprefix("latency_p")) / 100)
    return sum(values) / len(values)


def with_latencies(now: Scores, before: Scores) -> Scores:
    """The same scores with the latencies of `before` where the same answer was not asked for again."""
    cases = {
        id_: replace(case, latency_s=before.cases[id_].latency_s)
        if case.latency_s is None and id_ in before.cases and before.cases[id_].hashes == case.hashes
        else case
        for id_, case in now.cases.items()
    }
    return replace(now, cases=cases)
