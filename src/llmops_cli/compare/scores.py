"""Approved scores as data: what a baseline file holds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, get_args

from llmops_cli.compare.one_text import one_text
from llmops_cli.core.canonical import content_hash
from llmops_cli.evals.metric import PASS_RATE, Amount, metric_of
from llmops_cli.stats import pass_at_k, pass_hat_k, quantile

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from llmops_cli.compare.one_text import Calls
    from llmops_cli.evals.metric import Metric
    from llmops_cli.evals.origin import Origin
    from llmops_cli.evals.scorer_version import ScorerVersion

SCORE_PLACES = 6
COST_PLACES = 9
SECOND_PLACES = 3
AMOUNTS = get_args(Amount)
"""What a case keeps of its calls."""


@dataclass(frozen=True, slots=True)
class CaseScores:
    """One case of a baseline.

    `inputs` is a hash of what it asks, `with_metadata` one that has its metadata in it too ("" where it has
    none, or where a file of before keeps it as its inputs), `tags_hash` one of its tags, None where no scorer
    read them. `origin` tells a case without an id from others.
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
    with_metadata: str = ""
    tags_hash: str | None = None
    origin: Origin | None = None

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

    @property
    def whole(self) -> str:
        """Hash of what it asks and of its metadata: all that files of before know it by."""
        return self.with_metadata or self.inputs

    def score(self, name: str) -> float | None:
        """The mean of the repeats of one stored score; None where the case has none of that name."""
        values = self.scores.get(name)
        if not values:
            return None
        return values[0] if len(values) == 1 else math.fsum(values) / len(values)

    def value(self, metric: Metric) -> float | None:
        """The case's value of a metric: an amount, or the mean of its repeats; None where it has none.

        `pass@k` and `pass^k` come from the repeats' passes; None where there are fewer than k.
        """
        if metric.amount is not None:
            amount: float | None = getattr(self, metric.amount)
            return amount
        repeated = metric.repeated
        if repeated is None:
            return self.score(metric.name)
        passes, of = self.passes
        if of < repeated.k:
            return None
        return (pass_at_k if repeated.any else pass_hat_k)(of, passes, repeated.k)

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
    `scorer_versions` names, by metric, scorers whose version is not their first. `llmops` is the release that
    scored, "" in files of before it was written down. `prices` are what models cost then, by model.
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
    scorer_versions: Mapping[str, ScorerVersion] = field(default_factory=dict)
    llmops: str = ""
    prices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def prompt_id(self) -> str:
        """The prompt without its version."""
        return self.prompt.partition("@")[0]

    @property
    def prompt_version(self) -> str:
        """The version of the prompt."""
        return self.prompt.rpartition("@")[2]

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
        means = {}
        cases = list(self.cases.values())
        for name in self.metric_names:
            values = known_values(column(cases, self.metric(name)))
            # Exact, so that the order of the cases does not show in the last digit.
            means[name] = round(math.fsum(values) / len(values), SCORE_PLACES)
        return means

    @cached_property
    def metric_names(self) -> list[str]:
        """The metrics that some case has: the pass rate first, the others as they were first seen."""
        alike = dict.fromkeys(tuple(case.scores) for case in self.cases.values())
        names = dict.fromkeys(name for together in alike for name in together)
        return sorted(names, key=lambda name: not metric_of(name).is_pass_rate)

    def metric(self, name: str) -> Metric:
        """What the metric of a name is here."""
        return metric_of(name, self.metric_names)

    def basis(self, metric: Metric) -> str | None:
        """Hash of what the scores of a metric depend on; None where the file does not say."""
        return self.scorers.get(metric.basis)

    def without(self, cases: Collection[str]) -> Scores:
        """The same without some cases."""
        return replace(self, cases={key: case for key, case in self.cases.items() if key not in cases})

    def with_acceptance(self, accepted: Mapping[str, Any]) -> Scores:
        """The same scores, approved."""
        return replace(self, accepted=accepted)


def measured(baseline: Scores, metric: Metric) -> dict[str, float]:
    """A metric's value for each case that has one."""
    cases = list(baseline.cases.values())
    values = zip(cases, column(cases, metric), strict=True)
    return {case.id: value for case, value in values if value is not None}


def column(cases: Sequence[CaseScores], metric: Metric) -> list[float | None]:
    """A metric's value for each case, None where it has none: `CaseScores.value` for many cases at once."""
    if metric.amount is not None:
        return list(map(attrgetter(metric.amount), cases))
    if metric.repeated is not None:
        return [case.value(metric) for case in cases]
    name = metric.name
    try:
        return [value for (value,) in [case.scores[name] for case in cases]]
    except (KeyError, ValueError):
        pass  # a case has none, or several repeats
    repeats = [case.scores.get(name) for case in cases]
    return [
        values[0] if values and len(values) == 1 else math.fsum(values) / len(values) if values else None
        for values in repeats
    ]


def is_measured(baseline: Scores, metric: Metric) -> bool:
    """Whether a case has a value of one of the metrics of the calls themselves."""
    return any(value is not None for value in column(list(baseline.cases.values()), metric))


def known_values(values: Sequence[float | None]) -> list[float]:
    """The values that are there."""
    return [value for value in values if value is not None]


def overall(metric: Metric, values: Sequence[float]) -> float | None:
    """How the values of a metric are summed up: their mean, or a quantile."""
    if not values:
        return None
    if metric.quantile is not None:
        return quantile(list(values), metric.quantile)
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
