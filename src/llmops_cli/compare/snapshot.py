"""The result of a run in the shape of a baseline."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmops_cli import __version__
from llmops_cli.compare.one_text import answer_text, calls_of, one_text
from llmops_cli.compare.scores import COST_PLACES, SCORE_PLACES, SECOND_PLACES, CaseScores, Scores
from llmops_cli.compare.undeclared import undeclared_reads
from llmops_cli.core.canonical import content_hash, text_hash
from llmops_cli.core.errors import InputError
from llmops_cli.evals.metric import PASS_RATE, WEIGHTED_SCORE
from llmops_cli.evals.scorer_version import ScorerVersion, case_bases, versions_of
from llmops_cli.scorers.base import AskingScorer

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from llmops_cli.evals.case import Case
    from llmops_cli.evals.result import Outcome, SubjectResult
    from llmops_cli.evals.suite import Subject


def snapshot(result: SubjectResult, *, outputs: bool = True) -> Scores:
    """A result in the shape of a baseline; outcomes without a verdict are left out of it.

    `outputs` false keeps hashes of the answers only.
    """
    subject = result.subject
    cases = {case.id: case for case in subject.suite.cases}
    kept = {}
    for case_id, outcomes in sorted(result.by_case.items()):
        judged = [outcome for outcome in outcomes if not outcome.undecided]
        if judged:
            case = cases[case_id]
            tags = case.tags_hash if "tags" in subject.suite.read_of(case) else None
            kept[case_id] = _case_scores(case, tags, judged, outputs=outputs)
    return Scores(
        suite=subject.suite.id,
        prompt=subject.prompt.ref,
        fingerprint=subject.fingerprint,
        parts=dict(subject.prompt.parts),
        model=subject.model,
        resolved=result.resolved,
        params=dict(subject.prompt.params),
        scorers=scorer_hashes(result),
        repeats=max((len(outcomes) for outcomes in result.by_case.values()), default=0),
        cases=kept,
        messages=tuple(message.to_json() for message in subject.prompt.messages),
        includes=dict(subject.prompt.partials),
        judges=judges_of(result),
        scorer_versions=scorer_versions(subject),
        llmops=__version__,
    )


def scorer_hashes(result: SubjectResult) -> dict[str, str]:
    """What each metric's scores depend on; the pass rate depends on every scorer that decides."""
    return bases(result.subject, unmeasured(result))


def bases(subject: Subject, without: Collection[str]) -> dict[str, str]:
    """What each metric of a subject depends on; `without` are those that measured nothing.

    A scorer of one case is part of the case's inputs, but for its version where that is not the first, and
    for the files behind it.
    """
    uses = subject.suite.shared_uses(subject.prompt)
    of_cases = case_bases(subject.suite.case_uses)
    rescored = {use.metric for use in subject.suite.case_uses if use.decides}
    deciding = {use.metric: use.identity for use in uses if use.decides}
    deciding |= {metric: basis for metric, basis in of_cases.items() if metric in rescored}
    counting = {metric: basis for metric, basis in deciding.items() if metric not in without}
    hashes = {PASS_RATE: content_hash(counting), **{use.metric: use.identity for use in uses}, **of_cases}
    if any(use.weight != 1 for use in uses):
        weighted: dict[str, Any] = {use.metric: [use.identity, use.weight] for use in uses}
        hashes[WEIGHTED_SCORE] = content_hash(weighted | of_cases)
    return hashes


def scorer_versions(subject: Subject) -> dict[str, ScorerVersion]:
    """By metric, the scorers of a subject whose version is not their first."""
    of_cases = {
        metric: replace(version, without="")
        for metric, version in versions_of(subject.suite.case_uses).items()
    }
    return versions_of(subject.suite.shared_uses(subject.prompt)) | of_cases


def unmeasured(result: SubjectResult) -> tuple[str, ...]:
    """Deciding scorers that had nothing to measure in any case: latency where answers are replayed."""
    subject = result.subject
    valued = {
        score.metric for o in result.outcomes for score in o.scores if score.value is not None or score.error
    }
    deciding = [use.metric for use in subject.suite.metrics_of(subject.prompt) if use.decides]
    judged = any(outcome.answer is not None for outcome in result.outcomes)
    return tuple(metric for metric in deciding if judged and metric not in valued)


def judges_of(result: SubjectResult) -> dict[str, dict[str, Any]]:
    """The judge of each metric that has one: asked for, answering, and how much it flickers."""
    judges = {}
    for metric, models in _judging(result.subject).items():
        resolved: set[str] = set()
        same: dict[tuple[str, str], list[float]] = defaultdict(list)
        for outcome in result.outcomes:
            for score in outcome.scores:
                if score.metric == metric and score.judge:
                    resolved.add(score.judge)
                    if score.value is not None:
                        same[outcome.case_id, text_hash(answer_text(outcome.answer))].append(score.value)
        if resolved:
            judges[metric] = {
                "model": " + ".join(models),
                "resolved": sorted(resolved),
                "noise": pooled_deviation(list(same.values())),
            }
    return judges


def _judging(subject: Subject) -> dict[str, list[str]]:
    """The models that may be asked for each metric, for those that ask one."""
    models: dict[str, set[str]] = defaultdict(set)
    for use in (*subject.suite.shared_uses(subject.prompt), *subject.suite.case_uses):
        if isinstance(use.scorer, AskingScorer):
            models[use.metric].update(use.scorer.models())
    return {metric: sorted(names) for metric, names in models.items()}


def pooled_deviation(groups: Sequence[Sequence[float]]) -> float | None:
    """Standard deviation within groups, pooled over them; None where no group has two values.

    The root of the summed squared deviations over the summed degrees of freedom (one-way random effects).
    """
    freedom = sum(len(group) - 1 for group in groups if group)
    if freedom < 1:
        return None
    squares = 0.0
    for group in groups:
        centre = sum(group) / len(group)
        squares += sum((value - centre) ** 2 for value in group)
    return float(round((squares / freedom) ** 0.5, SCORE_PLACES))


def _case_scores(case: Case, tags: str | None, outcomes: list[Outcome], *, outputs: bool) -> CaseScores:
    scores: dict[str, list[float]] = {}
    for outcome in outcomes:
        for metric, value in outcome.values.items():
            scores.setdefault(metric, []).append(round(value, SCORE_PLACES))
    texts = [outcome.answer.text if outcome.answer is not None else "" for outcome in outcomes]
    calls = [calls_of(outcome.answer) if outcome.answer is not None else () for outcome in outcomes]
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
        id=case.id,
        inputs=case.inputs,
        cluster=case.cluster,
        scores={metric: tuple(values) for metric, values in scores.items()},
        hashes=tuple(text_hash(one_text(text, made)) for text, made in zip(texts, calls, strict=True)),
        outputs=tuple(texts) if outputs else tuple(None for _ in texts),
        input_tokens=_mean([answer.usage.input_tokens for answer in asked], SECOND_PLACES),
        output_tokens=_mean([answer.usage.output_tokens for answer in asked], SECOND_PLACES),
        cost_usd=_mean(costs, COST_PLACES),
        # Not a mean over the repeats: a quantile of means is not the quantile of the calls.
        latency_s=_mean(live[:1], SECOND_PLACES),
        tool_calls=tuple(calls) if outputs and any(calls) else (),
        with_metadata=case.with_metadata,
        tags_hash=tags,
        origin=case.origin if outputs or case.origin is None else replace(case.origin, words=""),
    )


def _mean(values: list[Any], places: int) -> float | None:
    """The mean, or None when one value is unknown: a part of the cost is not the cost."""
    if not values or any(value is None for value in values):
        return None
    return float(round(sum(values) / len(values), places))


def require_complete(result: SubjectResult) -> None:
    """Raise InputError when a result has failed outcomes: a baseline without some cases would hide them.

    So does one of which nobody knows what its scores rest on.
    """
    if result.failures:
        failed = len(result.failures)
        what = "lack a score"
        if all(outcome.undecided for outcome in result.failures):
            what = "have no verdict"
        raise InputError(
            f"{result.subject.title}: {failed} of {len(result.everything)} answers {what}",
            "run `llmops eval` again until every call and scorer works, then accept",
        )
    for read in undeclared_reads(result):
        raise InputError(f"{result.subject.title}: {read.text}", "then run `llmops eval` again, and accept")
