"""What a run has to say at lines of files: of prompts, suites, cases and baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.compare.report.case_report import failing
from llmops_cli.compare.verdict import Verdict
from llmops_cli.gate.report.checks import case_place, metric_sentence, suite_place
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Annotation, Place
from llmops_cli.reports.problems import problem_annotations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmops_cli.compare.comparison import Comparison, MetricChange
    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.result import Outcome, SubjectResult
    from llmops_cli.gate.base.change import BaseComparison
    from llmops_cli.reports.document import Level

_ORDER: dict[Level, int] = {"error": 0, "warning": 1, "notice": 2}
_KEYS = {"params": "params", "tools": "tools", "output": "output", "model": "model", "resolved": "model"}
"""Where a prompt file says what a kind of cause is about."""
_STOPPED = (Verdict.REGRESSED, Verdict.INCOMPARABLE, Verdict.ERROR)


def run_annotations(
    comparisons: Sequence[Comparison], base: BaseComparison | None, warnings: Iterable[Problem]
) -> tuple[Annotation, ...]:
    """Everything worth a remark, reasons for a no first."""
    found = [] if base is None else list(_lowered(base))
    for comparison in comparisons:
        found += [*_metrics(comparison), *_must_pass(comparison)]
        found += failure_annotations(comparison.result) if comparison.result is not None else []
        found += [*_lost(comparison), *_flips(comparison), *_quarantine(comparison)]
    found += problem_annotations(warnings)
    return tuple(sorted(found, key=lambda each: _ORDER[each.level]))


def _metrics(comparison: Comparison) -> Iterator[Annotation]:
    """Metrics that stop the merge, at the line that changed; those that cannot tell, at their rule."""
    suite = comparison.now.suite
    for change in comparison.metrics:
        if not change.counts or change.rule is None or change.verdict is None:
            continue
        said = metric_sentence(change)
        if change.verdict in _STOPPED and not (change.verdict is Verdict.ERROR and comparison.failures):
            message = "\n".join([said, *_causes(comparison)])
            title = f"{suite}: {change.metric} {_word(change)}"
            place = cause_place(comparison) or suite_place(comparison.suite, "gate", change.metric.name)
            yield Annotation("error", change.verdict.lower(), title, message, place)
        elif change.verdict is Verdict.INCONCLUSIVE:
            level: Level = "error" if comparison.forbidden else "warning"
            place = suite_place(comparison.suite, "gate", change.metric.name)
            title = f"{suite}: {change.metric} cannot be told from noise"
            yield Annotation(level, "inconclusive", title, said, place)


def _word(change: MetricChange) -> str:
    if change.verdict is Verdict.REGRESSED:
        return "rose" if change.lower_is_better else "fell"
    return "is not comparable" if change.verdict is Verdict.INCOMPARABLE else "has no value"


def _causes(comparison: Comparison) -> list[str]:
    return [f"changed since the baseline: {', '.join(comparison.causes)}"] if comparison.causes else []


def cause_place(comparison: Comparison) -> Place | None:
    """The line of the prompt, or of one of its partials, that explains a difference; None without any."""
    result, before, attribution = comparison.result, comparison.before, comparison.attribution
    if result is None or before is None or attribution is None:
        return None
    kinds = {cause.kind: cause for cause in attribution.causes}
    source = result.subject.prompt.source
    if "prompt" in kinds:
        old, new = before.messages, comparison.now.messages
        same = next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), None)
        index = min(len(old), len(new) - 1) if same is None else same
        short = "messages" not in source.data
        return Place(source.path, *source.place(("prompt",) if short else ("messages", index)))
    if "includes" in kinds and kinds["includes"].texts:
        return Place(kinds["includes"].texts[0].path, 1)
    for kind, key in _KEYS.items():
        if kind in kinds and key in source.data:
            return Place(source.path, *source.place((key,), key=True))
    return None


def _must_pass(comparison: Comparison) -> Iterator[Annotation]:
    cases = comparison.cases
    for case_id in comparison.broken:
        title = f"must-pass case {case_id} fails"
        yield Annotation("error", "must-pass", title, _why(comparison, case_id), case_place(cases[case_id]))
    for case_id in comparison.flaky:
        title = f"must-pass case {case_id} failed once"
        said = "it failed, and passed both times it was asked again: not counted"
        yield Annotation("warning", "flaky", title, said, case_place(cases[case_id]))


def _why(comparison: Comparison, case_id: str) -> str:
    """The scorers' reasons; what the answer was, where the baseline has it, and is now."""
    outcomes = comparison.result.by_case[case_id] if comparison.result is not None else ()
    said = [failing(outcomes)]
    flip = next((flip for flip in comparison.flips if flip.case_id == case_id), None)
    if flip is not None and flip.before is not None and flip.now is not None:
        said.append(f"before: {_cut(flip.before)}\nnow: {_cut(flip.now)}")
    return "\n".join(filter(None, said))


def _cut(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[:most]} … {len(text) - most:,} more characters"


def failure_annotations(result: SubjectResult) -> Iterator[Annotation]:
    """One remark for each kind of failure, at its first case: an outage is one thing, not a thousand."""
    suite = result.subject.suite
    cases = {case.id: case for case in suite.cases}
    grouped: dict[str, list[Outcome]] = {}
    for outcome in result.failures:
        grouped.setdefault(failing([outcome]), []).append(outcome)
    for said, outcomes in grouped.items():
        title = f"{suite.id}: {numbers.count(len(outcomes), 'answer')} without a verdict"
        yield Annotation("error", "no-verdict", title, said, case_place(cases[outcomes[0].case_id]))


def _lost(comparison: Comparison) -> Iterator[Annotation]:
    if comparison.removed:
        lost = numbers.count(len(comparison.removed), "case")
        more = ", …" if len(comparison.removed) > 20 else ""
        said = f"gone: {', '.join(comparison.removed[:20])}{more}"
        title = f"{comparison.now.suite}: {lost} of the baseline lost"
        yield Annotation("error", "lost-cases", title, said, suite_place(comparison.suite, "cases"))


def _flips(comparison: Comparison) -> Iterator[Annotation]:
    broken = {*comparison.broken, *comparison.flaky}
    # Under a PASSED a few flips are what models do: worth a look, and not a warning.
    quiet = comparison.verdict in (Verdict.PASSED, Verdict.IMPROVED)
    for flip in comparison.flips:
        if flip.worse and not flip.quarantined and flip.case_id not in broken:
            case = comparison.cases.get(flip.case_id)
            if case is not None:
                passes, of = flip.passes_now
                times = f"passes {passes} of {of} times" if of > 1 and not flip.whole else "fails now"
                title = f"{flip.case_id} {times}"
                yield Annotation(
                    "notice" if quiet else "warning",
                    "flip",
                    title,
                    _why(comparison, flip.case_id),
                    case_place(case),
                )


def _quarantine(comparison: Comparison) -> Iterator[Annotation]:
    for entry in comparison.quarantined:
        if not entry.holds:
            case = comparison.cases[entry.case_id]
            title = f"quarantine of {entry.case_id} expired on {entry.quarantine.until.isoformat()}"
            said = f"it counts again; the reason was: {entry.quarantine.reason}"
            yield Annotation("warning", "quarantine", title, said, case_place(case))


def _lowered(base: BaseComparison) -> Iterator[Annotation]:
    for change in base.loud:
        level: Level = "error" if change.unmet else "warning"
        who = " and ".join(change.by) or "nobody"
        done = "changed" if change.kind in ("unused", "removed") else "accepted"
        why = f": {change.why}" if change.why else "" if done == "changed" else ": no reason given"
        said = [f"{done} by {who}{why}", *(point.text for point in change.unmet)]
        title = f"this change {_DONE.get(change.kind, 'edits')} the baseline of {change.suite}"
        yield Annotation(level, "baseline", title, "\n".join(said), Place(change.path, 1))


_DONE = {"lowered": "lowers", "replaced": "replaces", "removed": "removes", "unused": "no longer uses"}
