"""Approved scores as data: what a baseline file holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import canonical_json, content_hash, text_hash
from llmops_cli.core.errors import InputError
from llmops_cli.evals.suite import PASS_RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.evals.result import Outcome, SubjectResult

SCORE_PLACES = 6
COST_PLACES = 9
SECOND_PLACES = 3
AMOUNTS = ("cost_usd", "input_tokens", "output_tokens", "latency_s")


@dataclass(frozen=True, slots=True)
class CaseScores:
    """One case of a baseline.

    `scores` holds a value for each repeat, by metric. `outputs` are the answers, None where only their
    hash is kept. Tokens, cost (US dollars) and latency (seconds, of live calls) are means over the repeats.
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

    def mean(self, metric: str) -> float | None:
        """The case's value of a metric: the mean of its repeats, None when it has none."""
        values = self.scores.get(metric, ())
        if values:
            return sum(values) / len(values)
        value: float | None = getattr(self, metric) if metric in AMOUNTS else None
        return value

    @property
    def passed(self) -> bool:
        """Whether every repeat passed."""
        return all(value >= 1 for value in self.scores.get(PASS_RATE, ()))


@dataclass(frozen=True)
class Baseline:
    """The scores of one subject: a file under `baselines/`, or the result of a run in the same shape.

    `parts` are the hashes that the fingerprint is made of, `scorers` what each metric's scores depend on,
    `accepted` who approved the file and why.
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
    accepted: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cases_hash(self) -> str:
        """Hash of the ids and inputs of all cases."""
        return content_hash({case.id: case.inputs for case in self.cases.values()})

    @property
    def metrics(self) -> dict[str, float]:
        """The mean of each metric over the cases that have it, in the order they were first seen."""
        names = dict.fromkeys(name for case in self.cases.values() for name in case.scores)
        found = {}
        for name in sorted(names, key=lambda metric: metric != PASS_RATE):
            values = [value for case in self.cases.values() if (value := case.mean(name)) is not None]
            found[name] = round(sum(values) / len(values), SCORE_PLACES)
        return found

    def with_acceptance(self, accepted: Mapping[str, Any]) -> Baseline:
        """The same scores, approved."""
        return replace(self, accepted=accepted)


def snapshot(result: SubjectResult, *, outputs: bool = True) -> Baseline:
    """A result in the shape of a baseline; outcomes without a verdict are left out of it.

    `outputs` false keeps hashes of the answers only.
    """
    subject = result.subject
    cases = {case.id: case for case in subject.suite.cases}
    found = {}
    for case_id, outcomes in sorted(result.by_case.items()):
        judged = [outcome for outcome in outcomes if not outcome.failed]
        if judged:
            case = cases[case_id]
            found[case_id] = _case_scores(case_id, case.inputs_hash, case.cluster, judged, outputs)
    return Baseline(
        suite=subject.suite.id,
        prompt=subject.prompt.ref,
        fingerprint=subject.fingerprint,
        parts=dict(subject.prompt.parts),
        model=subject.model,
        resolved=result.resolved,
        params=dict(subject.prompt.params),
        scorers=scorer_hashes(result),
        repeats=max((len(outcomes) for outcomes in result.by_case.values()), default=0),
        cases=found,
    )


def scorer_hashes(result: SubjectResult) -> dict[str, str]:
    """What each metric's scores depend on; the pass rate depends on every scorer that decides."""
    subject = result.subject
    uses = subject.suite.shared_uses(subject.prompt)
    without = unmeasured(result)
    deciding = {use.metric: use.identity for use in uses if use.decides and use.metric not in without}
    return {PASS_RATE: content_hash(deciding), **{use.metric: use.identity for use in uses}}


def unmeasured(result: SubjectResult) -> tuple[str, ...]:
    """Deciding scorers that had nothing to measure in any case: latency where answers are replayed."""
    subject = result.subject
    valued = {
        score.metric for o in result.outcomes for score in o.scores if score.value is not None or score.error
    }
    deciding = [use.metric for use in subject.suite.metrics_of(subject.prompt) if use.decides]
    judged = any(outcome.answer is not None for outcome in result.outcomes)
    return tuple(metric for metric in deciding if judged and metric not in valued)


def _case_scores(
    case_id: str, inputs: str, cluster: str | None, outcomes: list[Outcome], outputs: bool
) -> CaseScores:
    scores: dict[str, list[float]] = {}
    for outcome in outcomes:
        for metric, value in outcome.values.items():
            scores.setdefault(metric, []).append(round(value, SCORE_PLACES))
    texts = [answer_text(outcome) for outcome in outcomes]
    asked = [o.answer for o in outcomes if o.answer is not None and o.answer.source != "recorded"]
    costs = [
        None
        if o.answer.cost_usd is None or o.judge_cost_usd is None
        else o.answer.cost_usd + o.judge_cost_usd
        for o in outcomes
        if o.answer is not None and o.answer.source != "recorded"
    ]
    live = [answer.latency_s for answer in asked if answer.source == "live"]
    return CaseScores(
        id=case_id,
        inputs=inputs,
        cluster=cluster,
        scores={metric: tuple(values) for metric, values in scores.items()},
        hashes=tuple(text_hash(text) for text in texts),
        outputs=tuple(texts) if outputs else tuple(None for _ in texts),
        input_tokens=_mean([answer.usage.input_tokens for answer in asked], SECOND_PLACES),
        output_tokens=_mean([answer.usage.output_tokens for answer in asked], SECOND_PLACES),
        cost_usd=_mean(costs, COST_PLACES),
        latency_s=_mean(live, SECOND_PLACES),
    )


def answer_text(outcome: Outcome) -> str:
    """What the model said, tool calls included."""
    answer = outcome.answer
    if answer is None:
        return ""
    calls = [canonical_json(call.get("function", call)) for call in answer.tool_calls]
    return "\n".join([*([answer.text] if answer.text or not calls else []), *calls])


def _mean(values: list[Any], places: int) -> float | None:
    """The mean, or None when one value is unknown: a part of the cost is not the cost."""
    if not values or any(value is None for value in values):
        return None
    return float(round(sum(values) / len(values), places))


def measured(baseline: Baseline, metric: str) -> dict[str, float]:
    """A metric's value for each case that has one."""
    name = "latency_s" if metric.startswith("latency_") else metric
    return {case.id: value for case in baseline.cases.values() if (value := case.mean(name)) is not None}


def with_latencies(now: Baseline, before: Baseline) -> Baseline:
    """The same scores with the latencies of `before` where the same answer was not asked for again."""
    cases = {
        id_: replace(case, latency_s=before.cases[id_].latency_s)
        if case.latency_s is None and id_ in before.cases and before.cases[id_].hashes == case.hashes
        else case
        for id_, case in now.cases.items()
    }
    return replace(now, cases=cases)


def require_complete(result: SubjectResult) -> None:
    """Raise InputError when a result has failed outcomes: a baseline without some cases would hide them."""
    if result.failures:
        failed = len(result.failures)
        raise InputError(
            f"{result.subject.title}: {failed} of {len(result.outcomes)} cases have no verdict",
            "run `llmops eval` again until every call and scorer works, then accept",
        )
