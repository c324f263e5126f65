"""An evaluation as a Document."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.compare.metric_change import MetricChange
from llmops_cli.compare.metric_text import change_text, value_text
from llmops_cli.compare.report.flip_report import moved_text
from llmops_cli.compare.report.headline import subject_name, unproven_text
from llmops_cli.compare.report.subject_report import subject_report
from llmops_cli.compare.verdict import TONES, Verdict
from llmops_cli.core.commit import SHORT
from llmops_cli.evals.affected.report import affected_section
from llmops_cli.evals.metric import PASSES
from llmops_cli.gate.base.report import base_sections
from llmops_cli.gate.report.annotations import failure_annotations, run_annotations
from llmops_cli.gate.report.checks import all_checks
from llmops_cli.gate.report.data import evaluation_data
from llmops_cli.gate.report.headline import evaluation_headline
from llmops_cli.gate.report.offline import offline_sections
from llmops_cli.gate.report.price_report import repriced_sections
from llmops_cli.gate.report.shard_report import shard_sections
from llmops_cli.gate.report.steps import next_section
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Column, Document, Listing, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.core.project import Project
    from llmops_cli.gate.evaluation import Evaluation
    from llmops_cli.models.answer import Usage


LOOSENED = (
    "This change loosens the rules that judge it. They count from the next change on; by those of "
    "{reference} the run is"
)
WAIVED = (
    "This change loosens the rules that judge it, and that is accepted; by those of {reference} the run is"
)


def evaluation_document(evaluation: Evaluation) -> Document:
    """The report of a run: the verdict first, then each subject, what stops the merge before the rest."""
    base, project = evaluation.base, evaluation.project
    # Stable: subjects of one verdict stay in the order of their files.
    comparisons = sorted(
        evaluation.comparisons, key=lambda comparison: list(Verdict).index(comparison.verdict)
    )
    sections = offline_sections(evaluation)
    sections += (
        base_sections(base, [change.told for change in evaluation.deciders]) if base is not None else []
    )
    if base is not None and evaluation.loosened:
        sections.append(_loosened(evaluation.loosened, LOOSENED.format(reference=base.reference)))
    if base is not None and evaluation.waived:
        sections.append(_loosened(evaluation.waived, WAIVED.format(reference=base.reference)))
    sections += repriced_sections(evaluation.repriced)
    if evaluation.shard is not None:
        sections += shard_sections(evaluation)
    if len(comparisons) > 1:
        sections.append(_overview(comparisons))
    sections += [section for predecessor in evaluation.predecessors for section in _beside(predecessor)]
    for report in map(subject_report, comparisons):
        quiet = len(comparisons) > 1 and report.quiet
        sections += [replace(section, folded=section.folded or quiet) for section in report.sections]
    if evaluation.run.id:
        sections.append(_footer(evaluation))
    if evaluation.affected is not None:
        sections.append(affected_section(evaluation.affected))
    if evaluation.warnings:
        items = tuple(Text(str(problem), "warn") for problem in evaluation.warnings)
        sections.append(Section("Warnings", (Listing(items),)))
    sections.append(next_section(evaluation))
    remarks = run_annotations([*evaluation.loosened, *comparisons], base, evaluation.warnings)
    if evaluation.shard is not None:
        remarks = (
            *(remark for result in evaluation.run.subjects for remark in failure_annotations(result)),
            *remarks,
        )
    first = evaluation_headline(evaluation)
    return Document(
        first,
        tuple(sections),
        evaluation_data(evaluation, first.text),
        annotations=remarks,
        checks=lambda: all_checks(comparisons),
        charts=lambda: _charts(project, comparisons),
        folder=project.folder,
    )


def _charts(project: Project, comparisons: Sequence[Comparison]) -> list[Section]:
    from llmops_cli.gate.report.charts import chart_sections

    return chart_sections(project, comparisons)


def _loosened(comparisons: Sequence[Comparison], sentence: str) -> Section:
    """What the rules at the base say of a run that the rules of the change let pass."""
    items = [
        Text(f"{comparison.now.suite}: {comparison.verdict}: {change.metric}: {reason}", "bad")
        for comparison in comparisons
        for change in comparison.metrics
        if change.verdict is comparison.verdict
        for reason in change.why
    ]
    items += [
        Text(f"{comparison.now.suite}: must-pass case {case_id} fails", "bad")
        for comparison in comparisons
        for case_id in comparison.broken
    ]
    items += [
        Text(f"{comparison.now.suite}: {unproven_text(comparison)}", "bad")
        for comparison in comparisons
        if comparison.unproven
    ]
    blocks = (Text(sentence), _overview_table(comparisons), Listing(tuple(items)))
    return Section("Loosened rules", blocks)


def _overview(comparisons: Sequence[Comparison]) -> Section:
    """Several suites at one glance."""
    return Section("", (_overview_table(comparisons),))


def _overview_table(comparisons: Sequence[Comparison]) -> Table:
    """A row for each subject."""
    columns = [
        Column("suite"),
        Column("verdict"),
        Column(f"{PASSES} before", "right"),
        Column("now", "right"),
    ]
    rows = []
    for comparison in comparisons:
        change = comparison.pass_rate or MetricChange(PASSES)
        rows.append(
            (
                Text(subject_name(comparison, comparisons)),
                Text(comparison.verdict, TONES[comparison.verdict]),
                Text(value_text(PASSES, change.before)),
                Text(value_text(PASSES, change.now)),
                Text(change_text(PASSES, change.change, change.reference)),
                Text(moved_text(comparison.flip_count)),
            )
        )
    columns += [Column("change", "right"), Column("changed cases")]
    return Table(tuple(columns), tuple(rows))


def _footer(evaluation: Evaluation) -> Section:
    results = evaluation.run.subjects
    costs = [cost for result in results for cost in result.costs]
    told = [cost for cost in costs if cost is not None]
    spent = [cost for result in results for cost in result.spent]
    spent_told = [cost for cost in spent if cost is not None]
    answers = [answer for result in results for answer in result.answers]
    live = sum(1 for answer in answers if answer.source == "live")
    judged = sum(len(result.rejudged.asked) for result in results)
    commit = str(evaluation.run.provenance.get("commit") or "")
    changed = " with uncommitted changes" if evaluation.run.provenance.get("dirty") else ""
    facts = [
        f"run {evaluation.run.id}",
        *([f"commit {commit[:SHORT]}{changed}"] if commit else []),
        _time(evaluation),
        f"{numbers.count(live, 'live call')}",
        *([f"judges asked again about {numbers.count(judged, 'answer')}"] if judged else []),
        f"spent {numbers.coverage(sum(spent_told), len(spent_told), len(spent)) if spent else '$0.00'}",
        f"cost of all answers {numbers.coverage(sum(told), len(told), len(costs))}",
        _tokens([answer.usage for answer in answers if answer.source != "recorded"]),
    ]
    return Section("Run", (Text(" · ".join(facts), "muted"),))


def _tokens(usages: Sequence[Usage]) -> str:
    """How many tokens the answers took, and of how many answers that is known: unknown is not 0."""
    counted = [
        (usage.input_tokens, usage.output_tokens)
        for usage in usages
        if usage.input_tokens is not None and usage.output_tokens is not None
    ]
    if usages and not counted:
        return f"tokens {numbers.UNKNOWN}"
    total_in = numbers.tokens(sum(tokens_in for tokens_in, _ in counted))
    total_out = numbers.tokens(sum(tokens_out for _, tokens_out in counted))
    part = "" if len(counted) == len(usages) else f" for {numbers.part(len(counted), len(usages), 'answer')}"
    return f"{total_in} tokens in, {total_out} out{part}"


def _time(evaluation: Evaluation) -> str:
    """How long it took: of shards, which ran side by side, the slowest."""
    took = numbers.seconds(evaluation.run.seconds)
    shards = evaluation.run.provenance.get("merged_from")
    return f"merged from {numbers.count(len(shards), 'shard')}, the slowest took {took}" if shards else took


def _beside(comparison: Comparison) -> list[Section]:
    """A model beside the one that the suite ran on before."""
    report = subject_report(comparison)
    old, new = comparison.names
    information = f"For information: {new} has no baseline yet. Beside the one of {old}, on the same cases:"
    title = f"{comparison.now.suite} on {new}, beside {old}"
    return [Section(title, (Text(information), *report.findings)), *report.details]
