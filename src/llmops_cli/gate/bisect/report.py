"""What a bisection found, as a Document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.compare.metric_text import NONE, value_text
from llmops_cli.compare.report.cause_report import text_changes
from llmops_cli.compare.report.comparison_data import comparison_data
from llmops_cli.compare.report.subject_report import subject_report
from llmops_cli.compare.verdict import TONES
from llmops_cli.evals.metric import PASSES
from llmops_cli.gate.bisect.probe import verdict_text
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Column, Document, Listing, Section, Table, Text

if TYPE_CHECKING:
    from llmops_cli.core.commit import Commit
    from llmops_cli.gate.bisect.bisect import Bisection
    from llmops_cli.gate.bisect.probe import Probe
    from llmops_cli.reports.document import Block

SCHEMA = 1
SHOWN_FILES = 20


def bisection_document(bisection: Bisection) -> Document:
    """The first bad commit, what it did and changed, its numbers, and every commit that was judged."""
    sections: list[Section] = []
    if bisection.suspects:
        sections.append(_what_it_did(bisection))
        sections += [section for step in bisection.steps for section in text_changes(step.attribution)]
    for comparison in bisection.bad.compared:
        sections += subject_report(comparison, texts=False).sections
    sections.append(_probes(bisection))
    if bisection.suspects:
        sections.append(Section("Next", (Listing(tuple(Text(step) for step in _next_steps(bisection))),)))
    return Document(_headline(bisection), tuple(sections), _data(bisection))


def _headline(bisection: Bisection) -> Text:
    commit = bisection.first_bad
    if commit is not None:
        return Text(f"REGRESSED: first bad commit {_named(commit)}", "bad")
    if bisection.suspects:
        count = len(bisection.suspects)
        place = f"the first bad commit is one of {count}: those before the last cannot be judged"
        return Text(f"REGRESSED: {place}", "bad")
    verdict = bisection.bad.verdict
    return Text(f"{bisection.search.bad} is {verdict_text(bisection.bad)}: nothing to find", TONES[verdict])


def _named(commit: Commit) -> str:
    return f'{commit.short} by {commit.author.name}, {commit.day}: "{commit.subject}"'


def _what_it_did(bisection: Bisection) -> Section:
    items = []
    if bisection.first_bad is None:
        items += [Text(_named(commit), "bad") for commit in reversed(bisection.suspects)]
    items.append(Text(f"against the baseline: {verdict_text(bisection.bad)}", "bad"))
    if bisection.good is not None:
        before = f"the last good commit, {bisection.good.commit.short}: {verdict_text(bisection.good)}"
        items.append(Text(before))
    causes = dict.fromkeys(cause for step in bisection.steps for cause in step.causes)
    if causes:
        items.append(Text(f"changed since then: {', '.join(causes)}"))
    shown = bisection.files[:SHOWN_FILES]
    more = len(bisection.files) - len(shown)
    items.append(Text(f"files: {', '.join(shown)}{f' and {more} more' if more else ''}"))
    return Section("What it did" if bisection.first_bad else "The suspects", (Listing(tuple(items)),))


def _probes(bisection: Bisection) -> Section:
    columns = (
        Column("commit"),
        Column("date"),
        Column("subject"),
        Column("verdict"),
        Column(PASSES.name, "right"),
        Column("live calls", "right"),
    )
    blocks: list[Block] = [Table(columns, tuple(_row(probe) for probe in bisection.probes))]
    skipped = [probe for probe in bisection.probes if probe.skipped]
    if skipped:
        notes = (Text(f"{p.commit.short} cannot be judged: {p.skipped}", "warn") for p in skipped)
        blocks.append(Listing(tuple(notes)))
    return Section(f"Commits judged: {len(bisection.probes)}, newest first", tuple(blocks))


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


def _next_steps(bisection: Bisection) -> list[str]:
    suite = bisection.search.suite
    steps = [f"look at it: git show {commit.short}" for commit in bisection.suspects[-1:]]
    if bisection.first_bad is not None:
        steps.append(
            f"take it back and see: git revert {bisection.first_bad.short}, then llmops eval {suite}"
        )
    return steps


def _data(bisection: Bisection) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "suite": bisection.search.suite,
        "exit_code": int(bisection.exit_code),
        "verdict": bisection.bad.verdict,
        "first_bad": _commit_data(bisection.first_bad) if bisection.first_bad is not None else None,
        "suspects": [_commit_data(commit) for commit in bisection.suspects],
        "last_good": _commit_data(bisection.good.commit) if bisection.good is not None else None,
        "files": list(bisection.files),
        "causes": list(dict.fromkeys(cause for step in bisection.steps for cause in step.causes)),
        "subjects": [comparison_data(comparison) for comparison in bisection.bad.compared],
        "probes": [_probe_data(probe) for probe in bisection.probes],
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
