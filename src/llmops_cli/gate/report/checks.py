"""Every case and every rule of a gate as a `Check`, for pages, CI servers and spreadsheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.compare.metric_text import change_text, interval_text, value_text
from llmops_cli.compare.report.case_report import case_sections, failing
from llmops_cli.compare.report.headline import unproven_text
from llmops_cli.compare.verdict import Verdict
from llmops_cli.core.errors import InputError
from llmops_cli.evals.metric import AMOUNTS
from llmops_cli.evals.plan import request_for
from llmops_cli.reports.document import Check, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.metric_change import MetricChange
    from llmops_cli.compare.scores import CaseScores
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.metric import Metric
    from llmops_cli.evals.result import Outcome, SubjectResult
    from llmops_cli.evals.suite import Subject, Suite
    from llmops_cli.reports.document import State
    from llmops_cli.reports.numbers import Unit

_STATES: dict[Verdict, State] = {
    Verdict.REGRESSED: "failed",
    Verdict.INCOMPARABLE: "failed",
    Verdict.INCONCLUSIVE: "skipped",
    Verdict.NO_BASELINE: "skipped",
    Verdict.ERROR: "error",
    Verdict.IMPROVED: "passed",
    Verdict.PASSED: "passed",
}


def all_checks(comparisons: Sequence[Comparison]) -> list[Check]:
    """The rules of each gate, then its cases."""
    checks: list[Check] = []
    for comparison in comparisons:
        if comparison.result is not None:
            checks += gate_checks(comparison)
            checks += case_checks(comparison, comparison.result)
    return checks


def gate_checks(comparison: Comparison) -> Iterator[Check]:
    """A check for each metric that has a rule, and one for cases that the baseline had and that are gone."""
    suite, title, name = comparison.suite, comparison.title, comparison.now.suite
    states = dict(_STATES)
    if comparison.gate.inconclusive == "fail":
        states[Verdict.INCONCLUSIVE] = "failed"
    for change in comparison.metrics:
        if change.rule is not None and change.verdict is not None:
            state, metric = states[change.verdict], change.metric
            words = f"{change.verdict}{'' if change.counts else ' (advisory)'}"
            yield Check(
                group=title,
                suite=name,
                kind="gate",
                name=metric.name,
                state=state,
                place=suite_place(suite, "gate", metric.name),
                message=f"{words}: {metric_sentence(change)}",
                blocking=state in ("failed", "error") and change.counts,
                values={metric.name: change.now},
                before_values={metric.name: change.before},
                units={metric.name: metric.unit},
            )
    removed = comparison.removed
    if removed:
        words = f"{len(removed)} cases of the baseline are gone: {', '.join(removed[:8])}"
        yield Check(title, name, "gate", "coverage", "failed", suite_place(suite, "cases"), words, True)
    if comparison.unproven:
        place, words = suite_place(suite, "gate", "must_pass"), unproven_text(comparison)
        yield Check(title, name, "gate", "must_pass", "failed", place, words, True)


def metric_sentence(change: MetricChange) -> str:
    """A metric before and now, its change and interval, and what the gate says of it."""
    words = value_text(change.metric, change.now)
    if change.before is not None:
        words = f"{value_text(change.metric, change.before)} → {words}"
    if change.change is not None:
        words += f", {change_text(change.metric, change.change, change.reference)}"
    if change.interval is not None:
        percent = f"{100 * change.interval.confidence:g}%"
        words += f", {percent} interval {interval_text(change.metric, change.interval, change.reference)}"
    return "; ".join([f"{change.metric} {words}", *change.why])


def suite_place(suite: Suite | None, *pointer: str) -> Place:
    """Where a suite's file says something; its first line where it does not."""
    if suite is None:
        return Place("")
    return Place(suite.path, *suite.source.place(pointer, key=True))


def case_place(case: Case) -> Place:
    """Where a case stands."""
    return Place(case.source.path, *case.source.place(case.pointer))


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all cases of a subject have in common. `stops` are those that are a reason for a no."""

    subject: Subject
    title: str
    metrics: tuple[Metric, ...]
    units: Mapping[str, Unit]
    facts: Mapping[str, str]
    aside: frozenset[str]
    stops: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Seen:
    """One case: its answers, and its scores in the baseline, if it asked the same there, and now."""

    case: Case
    outcomes: tuple[Outcome, ...]
    before: CaseScores | None
    now: CaseScores | None


def case_checks(comparison: Comparison, result: SubjectResult) -> Iterator[Check]:
    """A check for each case of a run."""
    now, cases = comparison.now, comparison.cases
    earlier = comparison.before.cases if comparison.before is not None else {}
    again: dict[str, list[Outcome]] = {}
    for outcome in (*result.confirmations, *result.retries):
        again.setdefault(outcome.case_id, []).append(outcome)
    metrics = (*map(now.metric, now.metric_names), *AMOUNTS)
    shared = _Shared(
        subject=result.subject,
        title=comparison.title,
        metrics=metrics,
        units={metric.name: metric.unit for metric in metrics},
        facts={"prompt": now.prompt, "model": now.model},
        aside=comparison.aside,
        stops=_stopping(comparison),
    )
    for case_id, outcomes in result.by_case.items():
        case, before = cases[case_id], earlier.get(case_id)
        if case_id not in comparison.same:
            before = None
        seen = _Seen(case, (*outcomes, *again.get(case_id, ())), before, now.cases.get(case_id))
        yield _case_check(shared, seen)


def _stopping(comparison: Comparison) -> frozenset[str]:
    """The cases that are a reason why the gate says no."""
    stops = {*comparison.broken, *(outcome.case_id for outcome in comparison.failures)}
    change = comparison.pass_rate
    if change is not None and change.verdict is Verdict.REGRESSED and change.counts:
        stops |= {flip.case_id for flip in comparison.flips if flip.worse and not flip.quarantined}
    return frozenset(stops)


def _case_check(shared: _Shared, seen: _Seen) -> Check:
    case, before, outcomes = seen.case, seen.before, seen.outcomes
    first = [outcome for outcome in outcomes if not outcome.again]
    quarantined = case.id in shared.aside
    state: State = "passed" if all(outcome.passed for outcome in first) else "failed"
    if any(outcome.failed for outcome in first):
        state = "error"
    elif quarantined:
        state = "skipped"
    seconds = [o.answer.latency_s for o in first if o.answer is not None and o.answer.latency_s is not None]
    message = failing(first)
    if quarantined and case.quarantine is not None:
        message = f"in quarantine until {case.quarantine.until}: {case.quarantine.reason}"
    return Check(
        group=shared.title,
        suite=shared.subject.suite.id,
        kind="case",
        name=case.id,
        state=state,
        place=case_place(case),
        message=message,
        blocking=case.id in shared.stops and state in ("failed", "error"),
        before=None if before is None else "passed" if before.passed else "failed",
        seconds=sum(seconds) if seconds else None,
        values=_values(shared.metrics, seen.now),
        before_values=_values(shared.metrics, before),
        units=shared.units,
        facts=_facts(shared.facts, case),
        sections=tuple(case_sections(outcomes, before, case, _sent(shared.subject, case))),
    )


def _values(metrics: Sequence[Metric], scores: CaseScores | None) -> dict[str, float | None]:
    if scores is None:
        return {}
    values = {metric.name: scores.value(metric) for metric in metrics}
    return {name: value for name, value in values.items() if value is not None}


def _facts(shared: Mapping[str, str], case: Case) -> dict[str, str]:
    facts = {**shared, "tags": ", ".join(case.tags), "cluster": case.cluster or ""}
    return {name: words for name, words in facts.items() if words}


def _sent(subject: Subject, case: Case) -> Sequence[Mapping[str, object]] | None:
    if case.output is not None:
        return None
    try:
        return request_for(subject, case).messages
    except InputError:
        return None
