"""The run of one shard as parts of a report: what was asked, what is missing, and no verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.compare.report.failure_report import failure_section
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Column, Section, Table, Text

if TYPE_CHECKING:
    from llmops_cli.evals.shards.shard import Shard
    from llmops_cli.gate.evaluation import Evaluation


def shard_headline(evaluation: Evaluation, shard: Shard) -> Text:
    """How much of everything was asked, and that nothing is judged."""
    results = evaluation.run.subjects
    failures = sum(len(result.failures) for result in results)
    asked = sum(len(result.by_case) for result in results)
    every = numbers.count(evaluation.planned, "case")
    if not evaluation.planned:
        sentence = "the change reaches no suite, so nothing was asked"
    elif not asked:
        sentence = f"none of {every} falls into it, so nothing was asked"
    elif failures:
        answers = numbers.count(sum(len(result.everything) for result in results), "answer")
        sentence = f"{asked:,} of {every} asked, {failures:,} of {answers} failed"
    else:
        sentence = f"{asked:,} of {every} asked"
    rest = "nothing is judged yet; llmops merge judges all shards together"
    return Text(f"SHARD {shard.number} of {shard.of}: {sentence}, {rest}", "bad" if failures else "plain")


def shard_sections(evaluation: Evaluation) -> list[Section]:
    """A row for each suite, and the answers that are missing."""
    results = evaluation.run.subjects
    columns = (
        Column("suite"),
        Column("cases", "right"),
        Column("answers", "right"),
        Column("failed", "right"),
    )
    rows = [
        (
            Text(result.subject.title),
            Text(f"{len(result.by_case):,} of {len(result.subject.suite.cases):,}"),
            Text(numbers.count(len(result.everything) - len(result.failures))),
            Text(numbers.count(len(result.failures)), "bad" if result.failures else "muted"),
        )
        for result in results
    ]
    sections = [Section("", (Table(columns, tuple(rows)),))] if rows else []
    failures = [outcome for result in results for outcome in result.failures]
    if failures:
        sections.append(failure_section(failures, sum(len(result.everything) for result in results)))
    return sections


def shard_steps(evaluation: Evaluation, shard: Shard, program: str) -> list[Text]:
    """What comes after one shard."""
    folder = f"{evaluation.project.shown(evaluation.run.folder.parent)}/"
    if evaluation.exit_code:
        return []
    merge = f"{program} merge {folder}"
    return [Text(f"when all {shard.of} shards are run, and their runs are in one folder", command=merge)]
