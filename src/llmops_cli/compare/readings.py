"""Two readings of one run: by the scorers of now, and by those of the base."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.compare.gate import ROUNDING
from llmops_cli.compare.reason import Reason
from llmops_cli.compare.rescored import few
from llmops_cli.compare.verdict import Verdict
from llmops_cli.reports import numbers

if TYPE_CHECKING:
    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.metric_change import MetricChange


def settled(first: Comparison, second: Comparison) -> Comparison:
    """The first reading, if the second comes to the same; else nobody can tell, and it is INCOMPARABLE.

    They come to the same where both allow, or both forbid, and where the scorers of now do not find the
    answers of the run better by more than a drop may be: what is let pass today would hide what is worse
    tomorrow.
    """
    others = {change.metric: change for change in second.metrics}
    laxer = {change.metric for change in first.metrics if _is_laxer(change, others.get(change.metric))}
    if first.verdict is Verdict.INCOMPARABLE or (_stops(first) == _stops(second) and not laxer):
        return first
    if _stops(first) and _stops(second):
        return first
    apart = laxer | {
        change.metric
        for change in first.metrics
        if change.counts and _stopping(change) != _stopping(others.get(change.metric))
    }
    apart = apart or {change.metric for change in first.metrics if change.metric.is_pass_rate}
    # What it is about is said once.
    names = iter((f": {_disagreement(first, second)}",))
    return replace(
        first,
        metrics=tuple(
            replace(change, verdict=Verdict.INCOMPARABLE, reasons=(Reason("readings", name=next(names, "")),))
            if change.metric in apart
            else change
            for change in first.metrics
        ),
    )


def _stops(comparison: Comparison) -> bool:
    return comparison.forbidden or comparison.silenced


def _stopping(change: MetricChange | None) -> bool:
    return (
        change is not None
        and not change.rests_on_unknown
        and change.verdict in (Verdict.REGRESSED, Verdict.INCOMPARABLE, Verdict.ERROR)
    )


def _is_laxer(now: MetricChange, base: MetricChange | None) -> bool:
    """Whether a gated metric of one and the same run is better by the scorers of now than is tolerated."""
    if base is None or now.now is None or base.now is None or not now.counts:
        return False
    better = base.now - now.now if now.lower_is_better else now.now - base.now
    return now.tolerated is not None and better > now.tolerated + ROUNDING


def _disagreement(first: Comparison, second: Comparison) -> str:
    """What each reading says, and of which cases they say something else."""
    broken = second.failures and not first.failures
    if broken:
        cases = tuple(dict.fromkeys(outcome.case_id for outcome in second.failures))
        complaint = next(
            (score.error for outcome in second.failures for score in outcome.scores if score.error), ""
        )
        return f"they break on {numbers.count(len(cases), 'case')} ({few(cases)}): {complaint}"
    cases = tuple(
        case_id
        for case_id, case in first.now.cases.items()
        if case_id not in second.now.cases or second.now.cases[case_id].passes != case.passes
    )
    cases = cases or (first.rescored.differing if first.rescored is not None else ())
    verdicts = f"{second.verdict} by them, {first.verdict} by those of now"
    if _stops(first) == _stops(second):
        passing = [sum(case.passed for case in side.now.cases.values()) for side in (second, first)]
        verdicts = f"{passing[0]} cases pass by them, {passing[1]} by those of now"
    if not cases:
        return verdicts
    judge = "is judged" if len(cases) == 1 else "are judged"
    return f"{verdicts}; {numbers.count(len(cases), 'case')} {judge} otherwise: {few(cases)}"
