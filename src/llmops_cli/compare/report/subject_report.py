"""One comparison as sections of a report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.compare.report.case_notes import (
    coverage_notes,
    flaky_notes,
    must_pass_notes,
    quarantine_notes,
    retry_notes,
    unproven_notes,
)
from llmops_cli.compare.report.cause_report import cause_line, text_changes
from llmops_cli.compare.report.failure_report import failure_section
from llmops_cli.compare.report.flip_report import flip_sections
from llmops_cli.compare.report.metric_report import metric_notes, metric_table
from llmops_cli.compare.verdict import Verdict
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Listing, Section, Text

if TYPE_CHECKING:
    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.evals.result import SubjectResult
    from llmops_cli.models.answer import Source
    from llmops_cli.reports.document import Block

_SOURCES: dict[Source, str] = {
    "live": "asked now",
    "cache": "from the cache",
    "replay": "replayed",
    "recorded": "recorded in the cases",
}


@dataclass(frozen=True, slots=True)
class SubjectReport:
    """What is to be said of one subject.

    `about` says what was judged and what changed, `findings` are the metrics and what is to be known beside
    them, `details` the failures, the prompt before and now, and the cases that flipped. A reviewer can pass
    over one that is `quiet`: nothing but a PASSED, no case moved, nothing to remark.
    """

    title: str
    about: tuple[Block, ...]
    findings: tuple[Block, ...]
    details: tuple[Section, ...]
    quiet: bool

    @property
    def sections(self) -> list[Section]:
        """All of it."""
        return [Section(self.title, (*self.about, *self.findings)), *self.details]


def subject_report(comparison: Comparison, *, texts: bool = True) -> SubjectReport:
    """The report of one subject. With `texts` false, the prompt before and now is left out."""
    now, attribution, flips = comparison.now, comparison.attribution, comparison.flips
    about = [Text(_facts(comparison), "muted")]
    if attribution is not None:
        about.append(cause_line(attribution, comparison.since, now.judges, sure=comparison.is_sure))
    sides = comparison.names if comparison.before is not None else comparison.names[1:]
    findings: list[Block] = [metric_table(comparison.metrics, sides, 1 - comparison.gate.alpha)]
    notes = _notes(comparison)
    if notes:
        findings.append(Listing(tuple(notes)))
    details = []
    if comparison.failures:
        details.append(failure_section(comparison.failures, comparison.answers))
    if texts:
        details += text_changes(attribution)
    details += flip_sections(flips, comparison.flip_count, now.suite)
    remarks = any(note.tone in ("bad", "warn") for note in notes)
    quiet = comparison.verdict is Verdict.PASSED and not flips and not remarks
    return SubjectReport(comparison.title, tuple(about), tuple(findings), tuple(details), quiet)


def _facts(comparison: Comparison) -> str:
    """How much was judged, and where the answers are from."""
    result, now, size = comparison.result, comparison.now, comparison.size
    if result is None:
        accepted = now.accepted.get("by")
        by = [f"accepted by {accepted}"] if accepted else []
        return " · ".join([numbers.count(size, "case"), *_repeats(now.repeats), *by])
    skipped = result.subject.suite.skipped
    cases = numbers.count(size, "case")
    if skipped:
        same = ", on both sides" if comparison.before is not None else ""
        cases += f" of {numbers.count(size + skipped)} (filtered{same})"
    repeats = min((len(outcomes) for outcomes in result.by_case.values()), default=1)
    return " · ".join([cases, *_repeats(repeats), *_sources(result)])


def _repeats(number: int) -> list[str]:
    return [numbers.count(number, "repeat")] if number > 1 else []


def _sources(result: SubjectResult) -> list[str]:
    """Where the answers of a run are from, and who gave them."""
    sources = Counter(answer.source for answer in result.answers)
    origins = [
        f"{numbers.count(sources[source])} {words}" for source, words in _SOURCES.items() if source in sources
    ]
    if result.resolved and result.resolved != (result.subject.model.partition("/")[2],):
        origins.append(f"answered by {', '.join(result.resolved)}")
    return origins


def _notes(comparison: Comparison) -> list[Text]:
    """What a reader has to know beside the numbers, worst first."""
    confirmations = comparison.result.confirmations if comparison.result is not None else ()
    again = {outcome.case_id for outcome in confirmations}
    notes = must_pass_notes(comparison.broken, comparison.cases, again)
    notes += unproven_notes(comparison.unproven, comparison.cases)
    notes += flaky_notes(comparison.flaky)
    notes += quarantine_notes(comparison.quarantined)
    notes += retry_notes(comparison.flips)
    pairs = max((change.pairs for change in comparison.metrics), default=0)
    notes += coverage_notes(comparison, pairs)
    told = {change.metric.name for change in comparison.metrics if change.rests_on_unknown}
    notes += [
        Text(f"{read.metric}: {read.text}", "bad")
        for read in comparison.undeclared
        if read.metric not in told
    ]
    for change in comparison.metrics:
        notes += metric_notes(change)
    return notes
