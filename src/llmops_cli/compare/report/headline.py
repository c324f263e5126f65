"""The answer of one or several comparisons in one sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.compare.metric_text import change_text, value_text
from llmops_cli.compare.reason import changed_cases
from llmops_cli.compare.verdict import TONES, Verdict, worst
from llmops_cli.core.errors import OfflineError
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.metric_change import MetricChange
    from llmops_cli.evals.result import Outcome


def headline(comparisons: Sequence[Comparison]) -> Text:
    """The answer in one sentence: the worst verdict, of which suites, its number, and what it leaves out."""
    answer = _answer(comparisons)
    answer = replace(answer, text="; ".join([answer.text, *_rescored(comparisons)]))
    changed = sum(len(comparison.changed) for comparison in comparisons if not _says_changed(comparison))
    if not changed:
        return answer
    cases = numbers.count(sum(comparison.size for comparison in comparisons), "case")
    asks = "asks" if changed == 1 else "ask"
    left_out = f"{numbers.count(changed)} of {cases} {asks} something else than before and cannot be compared"
    return replace(answer, text=f"{answer.text}; {left_out}")


def _says_changed(comparison: Comparison) -> bool:
    """Whether its verdict is about the cases that changed, and so names them."""
    if comparison.verdict is not Verdict.INCOMPARABLE:
        return False
    reasons = (reason for change in comparison.metrics for reason in change.reasons)
    return bool(comparison.unproven) or any(reason.kind == "changed cases" for reason in reasons)


def _rescored(comparisons: Sequence[Comparison]) -> list[str]:
    """What other scorers made of baselines, where the sentence does not say it as a cause."""
    return [
        f"the scorers of {subject_name(comparison, comparisons)} changed: {comparison.rescored.text}"
        for comparison in comparisons
        if comparison.rescored is not None
        and comparison.rescored.differing
        and comparison.verdict in (Verdict.PASSED, Verdict.IMPROVED)
    ]


def _answer(comparisons: Sequence[Comparison]) -> Text:
    verdict = worst([comparison.verdict for comparison in comparisons])
    these = [comparison for comparison in comparisons if comparison.verdict is verdict]
    cases = sum(comparison.size for comparison in comparisons)
    if verdict in (Verdict.PASSED, Verdict.IMPROVED):
        improved = [c for c in comparisons if c.verdict is Verdict.IMPROVED]
        words = f"{numbers.count(len(comparisons), 'suite')}, {numbers.count(cases, 'case')}"
        if improved:
            names = "; ".join(
                f"{subject_name(comparison, comparisons)} {_why(comparison)}" for comparison in improved[:3]
            )
            more = f"; and {len(improved) - 3} more" if len(improved) > 3 else ""
            return Text(f"{verdict}: {names}{more} ({words})", "good")
        return Text(f"{verdict}: {words}, nothing that the gate forbids", "good")
    words = "; ".join(
        f"{subject_name(comparison, comparisons)} {_why(comparison)}" for comparison in these[:3]
    )
    more = f"; and {len(these) - 3} more" if len(these) > 3 else ""
    rest = len(comparisons) - len(these)
    others = (
        f" ({rest} of {len(comparisons)} suites are not)" if rest and verdict is Verdict.REGRESSED else ""
    )
    causes = dict.fromkeys(cause for comparison in these for cause in comparison.causes)
    changes = f"; changed since {these[0].since}: {', '.join(causes)}" if causes and len(these) == 1 else ""
    return Text(f"{verdict}: {words}{more}{others}{changes}", TONES[verdict])


def subject_name(comparison: Comparison, among: Sequence[Comparison]) -> str:
    """The suite, and its model or prompt where the suite has several subjects."""
    now = comparison.now
    same = [other.now for other in among if other.now.suite == now.suite]
    parts = [now.suite]
    if len({other.prompt_id for other in same}) > 1:
        parts.append(now.prompt_id)
    if len({other.model for other in same}) > 1:
        parts.append(now.model)
    return " · ".join(parts)


def _why(comparison: Comparison) -> str:
    """What the verdict rests on, in half a sentence."""
    verdict = comparison.verdict
    if verdict is Verdict.NO_BASELINE:
        return "has no baseline yet"
    parts = []
    if verdict is Verdict.ERROR and comparison.without_verdict:
        parts.append(f"has no verdict: {_failed(comparison.without_verdict, comparison.answers)}")
        return ", ".join([*parts, went(comparison)] if comparison.removed else parts)
    if comparison.broken:
        parts.append(f"{numbers.count(len(comparison.broken), 'must-pass case')} failed")
    if comparison.removed:
        parts.append(went(comparison))
    if comparison.unproven and verdict is Verdict.INCOMPARABLE:
        parts.append(unproven_text(comparison))
    spoken = [change for change in comparison.metrics if change.verdict is verdict and change.counts]
    twice = [reason for change in spoken for reason in change.reasons if reason.kind == "changed cases"]
    parts += [changed_cases(twice)] if twice else []
    parts += [
        _metric_sentence(change) for change in spoken if not any(reason in twice for reason in change.reasons)
    ]
    told = {change.metric.name for change in spoken}
    if verdict is Verdict.ERROR:
        parts += [f"{read.metric}: {read.text}" for read in comparison.undeclared if read.metric not in told]
    return ", ".join(parts)


NAMED = 3
"""Cases that a sentence names."""


def went(comparison: Comparison) -> str:
    """The cases of the baseline that are gone."""
    return f"{numbers.count(len(comparison.removed), 'case')} went ({_named(comparison, comparison.removed)})"


def unproven_text(comparison: Comparison) -> str:
    """The must-pass cases that changed and passed before."""
    count = numbers.count(len(comparison.unproven), "must-pass case")
    names = _named(comparison, comparison.unproven)
    they = "it" if len(comparison.unproven) == 1 else "they"
    return f"{count} changed ({names}), and nobody can tell whether {they} would pass as before"


def _named(comparison: Comparison, cases: Sequence[str]) -> str:
    """The first of some cases, and how many more there are."""
    more = f" and {len(cases) - NAMED} more" if len(cases) > NAMED else ""
    return f"{', '.join(map(comparison.name, cases[:NAMED]))}{more}"


def _failed(failures: Sequence[Outcome], answers: int) -> str:
    unknown = sum(1 for outcome in failures if outcome.error_kind == OfflineError.kind)
    of = f"of {answers} answers"
    if not unknown:
        return f"{len(failures)} {of} failed"
    words = f"{unknown} {of} are not recorded, and this run calls no provider (--offline)"
    others = len(failures) - unknown
    return f"{words}; {others} {of} failed" if others else words


def predecessor_sentence(comparison: Comparison) -> str:
    """How a subject does beside the model that its suite ran on before."""
    change = comparison.pass_rate
    if change is None or change.change is None:
        return f"it cannot be compared with {comparison.names[0]}"
    before, now = (value_text(change.metric, value) for value in (change.before, change.now))
    moved = change_text(change.metric, change.change, change.reference)
    return f"beside {comparison.names[0]}: {change.metric} {before} → {now} ({moved})"


def _metric_sentence(change: MetricChange) -> str:
    now = value_text(change.metric, change.now)
    if change.verdict is Verdict.INCOMPARABLE or change.verdict is Verdict.ERROR or change.change is None:
        return f"{change.metric}: {'; '.join(change.why)}" + (f" ({now})" if change.now is not None else "")
    before = value_text(change.metric, change.before)
    moved = change_text(change.metric, change.change, change.reference)
    limits = [reason.text for reason in change.reasons if reason.is_limit]
    tail = f", {limits[0]}" if limits else ""
    return f"{change.metric} {before} → {now} ({moved}{tail})"
