"""What a run has to say at lines of files: of prompts, suites, cases and baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmops_cli.compare.report.case_report import failing
from llmops_cli.compare.verdict import Verdict
from llmops_cli.evals.named_models import placed_uses
from llmops_cli.gate.report.checks import case_place, metric_sentence, suite_place
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Annotation, Place
from llmops_cli.reports.problems import problem_annotations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from llmops_cli.compare.comparison import Comparison, Quarantined
    from llmops_cli.compare.flip import Flip
    from llmops_cli.compare.metric_change import MetricChange
    from llmops_cli.core.problem import Problem
    from llmops_cli.core.source import Source
    from llmops_cli.evals.case import Case
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
    remarks = [] if base is None else list(_lowered(base))
    for comparison in comparisons:
        remarks += _subject(comparison)
    remarks += problem_annotations(warnings)
    return tuple(sorted(remarks, key=lambda remark: _ORDER[remark.level]))


def _subject(comparison: Comparison) -> Iterator[Annotation]:
    """The remarks on one subject."""
    result, cases, name = comparison.result, comparison.cases, comparison.now.suite
    answers = _Answers(
        {} if result is None else result.by_case, {flip.case_id: flip for flip in comparison.flips}
    )
    yield from _metrics(comparison)
    yield from _undeclared(comparison)
    yield from _must_pass(comparison.broken, comparison.flaky, cases, answers)
    for case_id in comparison.unproven:
        title = f"must-pass case {case_id} changed"
        words = "it passed before, and nobody can tell whether it would pass as it was"
        yield Annotation("error", "must-pass", title, words, case_place(cases[case_id]))
    if result is not None:
        yield from failure_annotations(result)
    yield from _lost(name, comparison.removed, suite_place(comparison.suite, "cases"))
    # Under a PASSED a few flips are what models do: worth a look, and not a warning.
    level: Level = "notice" if comparison.verdict in (Verdict.PASSED, Verdict.IMPROVED) else "warning"
    told = {*comparison.broken, *comparison.flaky}
    worse = [flip for flip in comparison.flips if flip.worse and not flip.quarantined]
    yield from _flips([flip for flip in worse if flip.case_id not in told], cases, answers, level)
    yield from _quarantine(comparison.quarantined, cases)


def _metrics(comparison: Comparison) -> Iterator[Annotation]:
    """Metrics that stop the merge, at the line that changed; those that cannot tell, at their rule."""
    name, suite = comparison.now.suite, comparison.suite
    causes = ", ".join(comparison.causes)
    changed = [f"changed since the baseline: {causes}"] if causes else []
    for change in comparison.metrics:
        if not change.counts or change.rule is None or change.verdict is None or change.rests_on_unknown:
            continue
        words, metric = metric_sentence(change), change.metric
        if change.verdict in _STOPPED and not (change.verdict is Verdict.ERROR and comparison.failures):
            title = f"{name}: {metric} {_word(change)}"
            place = _cause_place(comparison) or suite_place(suite, "gate", metric.name)
            yield Annotation("error", change.verdict.lower(), title, "\n".join([words, *changed]), place)
        elif change.verdict is Verdict.INCONCLUSIVE:
            level: Level = "error" if comparison.forbidden else "warning"
            title = f"{name}: {metric} cannot be told from noise"
            place = suite_place(suite, "gate", metric.name)
            yield Annotation(level, "inconclusive", title, words, place)


def _undeclared(comparison: Comparison) -> Iterator[Annotation]:
    """Scorers that opened files which the suite does not name, where the suite names the scorer."""
    if comparison.result is None or not comparison.undeclared:
        return
    places = {use.metric: (source, use) for source, use in placed_uses(comparison.result.subject)}
    for read in comparison.undeclared:
        source, use = places[read.metric]
        place = Place(source.path, *source.place(use.pointer))
        title = f"{comparison.now.suite}: {read.metric} rests on a file that nobody names"
        yield Annotation("error", "undeclared-read", title, read.text, place)


def _word(change: MetricChange) -> str:
    if change.verdict is Verdict.REGRESSED:
        return "rose" if change.lower_is_better else "fell"
    return "is not comparable" if change.verdict is Verdict.INCOMPARABLE else "has no value"


def _cause_place(comparison: Comparison) -> Place | None:
    """The line of the prompt, or of one of its partials, that explains a difference; None without any."""
    result, before, attribution = comparison.result, comparison.before, comparison.attribution
    if result is None or before is None or attribution is None:
        return None
    kinds = {cause.kind: cause for cause in attribution.causes}
    source = result.subject.prompt.source
    if "prompt" in kinds:
        return _message_place(source, before.messages, comparison.now.messages)
    if "includes" in kinds and kinds["includes"].texts:
        return Place(kinds["includes"].texts[0].path, 1)
    for kind, key in _KEYS.items():
        if kind in kinds and key in source.data:
            return Place(source.path, *source.place((key,), key=True))
    return None


def _message_place(
    source: Source, before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> Place:
    """The first message that is another one now."""
    other = next((at for at, pair in enumerate(zip(before, now, strict=False)) if pair[0] != pair[1]), None)
    index = min(len(before), len(now) - 1) if other is None else other
    short = "messages" not in source.data
    return Place(source.path, *source.place(("prompt",) if short else ("messages", index)))


@dataclass(frozen=True, slots=True)
class _Answers:
    """The outcomes of each case, and the flips, by case."""

    outcomes: Mapping[str, Sequence[Outcome]]
    flips: Mapping[str, Flip]

    def why(self, case_id: str) -> str:
        """The scorers' reasons; what the answer was, where the baseline has it, and is now."""
        words = [failing(self.outcomes.get(case_id, ()))]
        flip = self.flips.get(case_id)
        if flip is not None and flip.before is not None and flip.now is not None:
            words.append(f"before: {_cut(flip.before)}\nnow: {_cut(flip.now)}")
        return "\n".join(filter(None, words))


def _cut(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[:most]} … {len(text) - most:,} more characters"


def _must_pass(
    broken: Sequence[str], flaky: Sequence[str], cases: Mapping[str, Case], answers: _Answers
) -> Iterator[Annotation]:
    for case_id in broken:
        title = f"must-pass case {case_id} fails"
        yield Annotation("error", "must-pass", title, answers.why(case_id), case_place(cases[case_id]))
    for case_id in flaky:
        title = f"must-pass case {case_id} failed once"
        words = "it failed, and passed both times it was asked again: not counted"
        yield Annotation("warning", "flaky", title, words, case_place(cases[case_id]))


def failure_annotations(result: SubjectResult) -> Iterator[Annotation]:
    """One remark for each kind of failure, at its first case: an outage is one thing, not a thousand."""
    suite = result.subject.suite
    cases = {case.id: case for case in suite.cases}
    grouped: dict[str, list[Outcome]] = {}
    for outcome in result.failures:
        grouped.setdefault(failing([outcome]), []).append(outcome)
    for words, outcomes in grouped.items():
        lacking = "a verdict" if any(outcome.undecided for outcome in outcomes) else "a score"
        title = f"{suite.id}: {numbers.count(len(outcomes), 'answer')} without {lacking}"
        yield Annotation("error", "no-verdict", title, words, case_place(cases[outcomes[0].case_id]))


def _lost(suite: str, removed: Sequence[str], place: Place) -> Iterator[Annotation]:
    if removed:
        lost = numbers.count(len(removed), "case")
        words = f"gone: {', '.join(removed[:20])}{', …' if len(removed) > 20 else ''}"
        yield Annotation("error", "lost-cases", f"{suite}: {lost} of the baseline went", words, place)


def _flips(
    flips: Sequence[Flip], cases: Mapping[str, Case], answers: _Answers, level: Level
) -> Iterator[Annotation]:
    for flip in flips:
        case = cases.get(flip.case_id)
        if case is not None:
            passes, of = flip.passes_now
            times = f"passes {passes} of {of} times" if of > 1 and not flip.whole else "fails now"
            title = f"{flip.case_id} {times}"
            yield Annotation(level, "flip", title, answers.why(flip.case_id), case_place(case))


def _quarantine(quarantined: Sequence[Quarantined], cases: Mapping[str, Case]) -> Iterator[Annotation]:
    for entry in quarantined:
        if not entry.holds:
            title = f"quarantine of {entry.case_id} expired on {entry.quarantine.until.isoformat()}"
            words = f"it counts again; the reason was: {entry.quarantine.reason}"
            yield Annotation("warning", "quarantine", title, words, case_place(cases[entry.case_id]))


def _lowered(base: BaseComparison) -> Iterator[Annotation]:
    for change in base.loud:
        level: Level = "error" if change.unmet else "warning"
        who = " and ".join(change.by) or "nobody"
        done = "changed" if change.kind in ("unused", "removed") else "accepted"
        why = f": {change.why}" if change.why else "" if done == "changed" else ": no reason given"
        words = [f"{done} by {who}{why}", *(point.text for point in change.unmet)]
        title = f"this change {_DONE.get(change.kind, 'edits')} the baseline of {change.suite}"
        yield Annotation(level, "baseline", title, "\n".join(words), Place(change.path, 1))


_DONE = {"lowered": "lowers", "replaced": "replaces", "removed": "removes", "unused": "no longer uses"}
