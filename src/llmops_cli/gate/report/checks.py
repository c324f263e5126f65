"""Every case and every rule of a gate as a `Check`, for pages, CI servers and spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.compare.report.case_report import case_sections, failing
from llmops_cli.compare.report.metric_text import change_text, interval_text, value_text
from llmops_cli.compare.scores import AMOUNTS
from llmops_cli.compare.verdict import Verdict
from llmops_cli.core.errors import InputError
from llmops_cli.evals.plan import request_for
from llmops_cli.reports.document import Check, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmops_cli.compare.comparison import Comparison, MetricChange
    from llmops_cli.compare.scores import CaseScores
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.result import Outcome, SubjectResult
    from llmops_cli.reports.document import State

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
    found: list[Check] = []
    for comparison in comparisons:
        if comparison.result is not None:
            found += gate_checks(comparison)
            found += case_checks(comparison, comparison.result)
    return found


def gate_checks(comparison: Comparison) -> Iterator[Check]:
    """A check for each metric that has a rule, and one for cases that the baseline had and that are gone."""
    for change in comparison.metrics:
        if change.rule is not None and change.verdict is not None:
            yield _gate_check(comparison, change, change.verdict)
    if comparison.removed:
        said = (
            f"{len(comparison.removed)} cases of the baseline are gone: {', '.join(comparison.removed[:8])}"
        )
        place = suite_place(comparison, "cases")
        yield Check(comparison.title, comparison.now.suite, "gate", "coverage", "failed", place, said, True)


def _gate_check(comparison: Comparison, change: MetricChange, verdict: Verdict) -> Check:
    state = _STATES[verdict]
    if verdict is Verdict.INCONCLUSIVE and comparison.gate.inconclusive == "fail":
        state = "failed"
    advisory = not change.counts
    return Check(
        group=comparison.title,
        suite=comparison.now.suite,
        kind="gate",
        name=change.metric,
        state=state,
        place=suite_place(comparison, "gate", change.metric),
        message=f"{verdict}{' (advisory)' if advisory else ''}: {metric_sentence(change)}",
        blocking=state in ("failed", "error") and not advisory,
        values={change.metric: change.now},
        before_values={change.metric: change.before},
    )


def metric_sentence(change: MetricChange) -> str:
    """A metric before and now, its change and interval, and what the gate says of it."""
    said = value_text(change.metric, change.now)
    if change.before is not None:
        said = f"{value_text(change.metric, change.before)} → {said}"
    if change.change is not None:
        said += f", {change_text(change.metric, change.change, change.reference)}"
    if change.interval is not None:
        percent = f"{100 * change.interval.confidence:g}%"
        said += f", {percent} interval {interval_text(change.metric, change.interval, change.reference)}"
    return "; ".join([f"{change.metric} {said}", *change.reasons])


def suite_place(comparison: Comparison, *pointer: str) -> Place:
    """Where the suite's file says something; its first line where it does not."""
    if comparison.suite is None:
        return Place("")
    source = comparison.suite.source
    return Place(source.path, *source.place(pointer, key=True))


def case_place(case: Case) -> Place:
    """Where a case stands."""
    return Place(case.source.path, *case.source.place(case.pointer))


def case_checks(comparison: Comparison, result: SubjectResult) -> Iterator[Check]:
    """A check for each case of a run."""
    cases = comparison.cases
    earlier = comparison.before.cases if comparison.before is not None else {}
    again: dict[str, list[Outcome]] = {}
    for outcome in (*result.confirmations, *result.retries):
        again.setdefault(outcome.case_id, []).append(outcome)
    aside = {entry.case_id for entry in comparison.quarantined if entry.holds}
    stops = _stopping(comparison)
    for case_id, outcomes in result.by_case.items():
        case, before = cases[case_id], earlier.get(case_id)
        if before is not None and before.inputs != case.inputs_hash:
            before = None
        yield _case_check(
            comparison,
            case,
            (*outcomes, *again.get(case_id, ())),
            before,
            quarantined=case_id in aside,
            stops=case_id in stops,
        )


def _stopping(comparison: Comparison) -> set[str]:
    """The cases that are a reason why the gate says no."""
    found = set(comparison.broken) | {outcome.case_id for outcome in comparison.failures}
    fell = any(
        change.metric == "pass_rate" and change.verdict is Verdict.REGRESSED and change.counts
        for change in comparison.metrics
    )
    if fell:
        found |= {flip.case_id for flip in comparison.flips if flip.worse and not flip.quarantined}
    return found


def _case_check(
    comparison: Comparison,
    case: Case,
    outcomes: Sequence[Outcome],
    before: CaseScores | None,
    *,
    quarantined: bool,
    stops: bool,
) -> Check:
    result = comparison.result
    first = [outcome for outcome in outcomes if not outcome.again]
    now = comparison.now.cases.get(case.id)
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
        group=comparison.title,
        suite=comparison.now.suite,
        kind="case",
        name=case.id,
        state=state,
        place=case_place(case),
        message=message,
        blocking=stops and state in ("failed", "error"),
        before=None if before is None else "passed" if before.passed else "failed",
        seconds=sum(seconds) if seconds else None,
        values=_values(comparison, now),
        before_values=_values(comparison, before),
        facts=_facts(comparison, case),
        sections=tuple(
            case_sections(outcomes, before, case, _sent(result, case) if result is not None else None)
        ),
    )


def _values(comparison: Comparison, scores: CaseScores | None) -> dict[str, float | None]:
    if scores is None:
        return {}
    found = {name: scores.mean(name) for name in comparison.now.metric_names}
    found |= {name: scores.mean(name) for name in AMOUNTS}
    return {name: value for name, value in found.items() if value is not None}


def _facts(comparison: Comparison, case: Case) -> Mapping[str, str]:
    found = {
        "prompt": comparison.now.prompt,
        "model": comparison.now.model,
        "tags": ", ".join(case.tags),
        "cluster": case.cluster or "",
    }
    return {name: said for name, said in found.items() if said}


def _sent(result: SubjectResult, case: Case) -> Sequence[Mapping[str, object]] | None:
    if case.output is not None:
        return None
    try:
        return request_for(result.subject, case).messages
    except InputError:
        return None
