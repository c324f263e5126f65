"""What a bisection found, as a Document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.compare.report.cause_report import text_changes
from llmops_cli.compare.report.comparison_data import comparison_data
from llmops_cli.compare.report.metric_text import NONE, value_text
from llmops_cli.compare.report.subject_report import subject_report
from llmops_cli.compare.verdict import TONES
from llmops_cli.evals.metric import PASSES
from llmops_cli.gate.bisect.probe import verdict_text
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Column, Document, Listing, Section, Table, Text

if TYPE_CHECKING:
    from llmops_cli.core.git import Commit
    from llmops_cli.gate.bisect.bisect import Bisection
    from llmops_cli.gate.bisect.probe import Probe
    from llmops_cli.reports.document import Block

SCHEMA = 1
SHOWN_FILES = 20


def bisection_document(found: Bisection) -> Document:
    """The first bad commit, what it did and changed, its numbers, and every commit that was judged."""
    sections: list[Section] = []
    if found.suspects:
        sections.append(_what_it_did(found))
        sections += [section for step in found.steps for section in text_changes(step.attribution)]
    for comparison in found.bad.compared:
        sections += subject_report(comparison, texts=False).sections
    sections.append(_probes(found))
    if found.suspects:
        sections.append(Section("Next", (Listing(tuple(Text(step) for step in _next_steps(found))),)))
    return Document(_headline(found), tuple(sections), _data(found))


def _headline(found: Bisection) -> Text:
    commit = found.found
    if commit is not None:
        return Text(f"REGRESSED: first bad commit {_named(commit)}", "bad")
    if found.suspects:
        count = len(found.suspects)
        said = f"the first bad commit is one of {count}: those before the last cannot be judged"
        return Text(f"REGRESSED: {said}", "bad")
    verdict = found.bad.verdict
    return Text(f"{found.search.bad} is {verdict_text(found.bad)}: nothing to find", TONES[verdict])


def _named(commit: Commit) -> str:
    return f'{commit.short} by {commit.author.name}, {commit.day}: "{commit.subject}"'


def _what_it_did(found: Bisection) -> Section:
    items = []
    if found.found is None:
        items += [Text(_named(commit), "bad") for commit in reversed(found.suspects)]
    items.append(Text(f"against the baseline: {verdict_text(found.bad)}", "bad"))
    if found.good is not None:
        before = f"the last good commit, {found.good.commit.short}: {verdict_text(found.good)}"
        items.append(Text(before))
    causes = dict.fromkeys(cause for step in found.steps for cause in step.causes)
    if causes:
        items.append(Text(f"changed since then: {', '.join(causes)}"))
    shown = found.files[:SHOWN_FILES]
    more = len(found.files) - len(shown)
    items.append(Text(f"files: {', '.join(shown)}{f' and {more} more' if more else ''}"))
    return Section("What it did" if found.found else "The suspects", (Listing(tuple(items)),))


def _probes(found: Bisection) -> Section:
    columns = (
        Column("commit"),
        Column("date"),
        Column("subject"),
        Column("verdict"),
        Column(PASSES.name, "right"),
        Column("live calls", "right"),
    )
    blocks: list[Block] = [Table(columns, tuple(_row(probe) for probe in found.probes))]
    skipped = [probe for probe in found.probes if probe.skipped]
    if skipped:
        notes = (Text(f"{p.commit.short} cannot be judged: {p.skipped}", "warn") for p in skipped)
        blocks.append(Listing(tuple(notes)))
    return Section(f"Commits judged: {len(found.probes)}, newest first", tuple(blocks))


def _row(probe: Probe) -> tuple[Text, ...]:
    verdict = Text("skipped", "warn") if probe.skipped else Text(str(probe.verdict), TONES[probe.verdict])
    return (
        Text(probe.commit.short),
        Text(probe.commit.day),
        Text(probe.commit.subject),
        verdict,
        Text(value_text(PASSES, _pass_rate(probe))),
        Text(numbers.count(probe.live) if probe.comparisons else NONE),
    )


def _pass_rate(probe: Probe) -> float | None:
    change = probe.speaker.pass_rate if probe.speaker is not None else None
    return None if change is None else change.now


def _next_steps(found: Bisection) -> list[str]:
    suite = found.search.suite
    steps = [f"look at it: git show {commit.short}" for commit in found.suspects[-1:]]
    if found.found is not None:
        steps.append(f"take it back and see: git revert {found.found.short}, then llmops eval {suite}")
    return steps


def _data(found: Bisection) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "suite": found.search.suite,
        "exit_code": int(found.exit_code),
        "verdict": found.bad.verdict,
        "first_bad": _commit_data(found.found) if found.found is not None else None,
        "suspects": [_commit_data(commit) for commit in found.suspects],
        "last_good": _commit_data(found.good.commit) if found.good is not None else None,
        "files": list(found.files),
        "causes": list(dict.fromkeys(cause for step in found.steps for cause in step.causes)),
        "subjects": [comparison_data(comparison) for comparison in found.bad.compared],
        "probes": [_probe_data(probe) for probe in found.probes],
    }


def _commit_data(commit: Commit) -> dict[str, Any]:
    return {
        "commit": commit.hash,
        "date": commit.date,
        "author": str(commit.author),
        "subject": commit.subject,
    }


def _probe_data(probe: Probe) -> dict[str, Any]:
    return {
        **_commit_data(probe.commit),
        "verdict": None if probe.skipped else probe.verdict,
        "skipped": probe.skipped,
        "pass_rate": _pass_rate(probe),
        "live_calls": probe.live,
        "cached_answers": probe.cached,
    }
