"""An evaluation as a Document."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.accept.lowered_report import base_sections, base_sentence, base_steps, refusal
from llmops_cli.baselines.compare.verdict import TONES, Verdict, worst
from llmops_cli.baselines.report.annotations import run_annotations
from llmops_cli.baselines.report.charts import chart_sections
from llmops_cli.baselines.report.checks import all_checks
from llmops_cli.baselines.report.data import evaluation_data
from llmops_cli.baselines.report.headline import headline, subject_name
from llmops_cli.baselines.report.metric_text import change_text, value_text
from llmops_cli.baselines.report.offline import offline_sections, offline_steps
from llmops_cli.baselines.report.shard_report import shard_headline, shard_sections, shard_steps
from llmops_cli.baselines.report.subject_report import is_quiet, subject_sections
from llmops_cli.core.git import SHORT
from llmops_cli.evals.affected_report import affected_section, unaffected_headline
from llmops_cli.evals.suite import PASS_RATE
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Code, Column, Document, Listing, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.baselines.compare.comparison import Comparison
    from llmops_cli.baselines.evaluate import Evaluation, Options


def evaluation_document(evaluation: Evaluation) -> Document:
    """The report of a run: the verdict first, then each subject, what stops the merge before the rest."""
    base, project = evaluation.base, evaluation.project
    # Stable: subjects of one verdict stay in the order of their files.
    comparisons = sorted(evaluation.comparisons, key=lambda each: list(Verdict).index(each.verdict))
    sections = offline_sections(evaluation)
    sections += base_sections(base) if base is not None else []
    if evaluation.shard is not None:
        sections += shard_sections(evaluation)
    if len(comparisons) > 1:
        sections.append(_overview(comparisons))
    for comparison in comparisons:
        quiet = len(comparisons) > 1 and is_quiet(comparison)
        sections += [replace(s, folded=s.folded or quiet) for s in subject_sections(comparison)]
    if evaluation.run.id:
        sections.append(_footer(evaluation))
    if evaluation.affected is not None:
        sections.append(affected_section(evaluation.affected))
    if evaluation.warnings:
        items = tuple(Text(str(problem), "warn") for problem in evaluation.warnings)
        sections.append(Section("Warnings", (Listing(items),)))
    steps = _next_steps(evaluation)
    if steps:
        sections.append(Section("Next", (Listing(tuple(steps)),)))
    sections.append(_reproduce(evaluation))
    return Document(
        _headline(evaluation),
        tuple(sections),
        evaluation_data(evaluation),
        annotations=run_annotations(comparisons, base, evaluation.warnings),
        checks=lambda: all_checks(comparisons),
        charts=lambda: chart_sections(project, comparisons),
        folder=project.folder,
    )


def _headline(evaluation: Evaluation) -> Text:
    """The verdict in one sentence. What the policy refuses is the answer where nothing else is forbidden."""
    if evaluation.shard is not None:
        return shard_headline(evaluation, evaluation.shard)
    first = headline(evaluation.comparisons)
    if evaluation.affected is not None and evaluation.unaffected:
        first = unaffected_headline(evaluation.affected)
    lowered = base_sentence(evaluation.base) if evaluation.base is not None else ""
    if not lowered or evaluation.base is None:
        return first
    if evaluation.base.refused and not any(comparison.forbidden for comparison in evaluation.comparisons):
        verdict = worst([comparison.verdict for comparison in evaluation.comparisons])
        itself = "the change reaches no suite" if evaluation.unaffected else f"the run itself: {verdict}"
        return Text(f"REFUSED: {refusal(evaluation.base)} ({itself})", "bad")
    return Text(f"{first.text}; {lowered}", first.tone if first.tone == "bad" else "warn")


def _overview(comparisons: Sequence[Comparison]) -> Section:
    """A row for each subject: several suites at one glance."""
    columns = [
        Column("suite"),
        Column("verdict"),
        Column(f"{PASS_RATE} before", "right"),
        Column("now", "right"),
    ]
    rows = []
    for comparison in comparisons:
        change = next(change for change in comparison.metrics if change.metric == PASS_RATE)
        rows.append(
            (
                Text(subject_name(comparison, comparisons)),
                Text(comparison.verdict, TONES[comparison.verdict]),
                Text(value_text(PASS_RATE, change.before)),
                Text(value_text(PASS_RATE, change.now)),
                Text(change_text(PASS_RATE, change.change, change.reference)),
                Text(_moved(comparison)),
            )
        )
    columns += [Column("change", "right"), Column("changed cases")]
    return Section("", (Table(tuple(columns), tuple(rows)),))


def _moved(comparison: Comparison) -> str:
    counted = [flip for flip in comparison.flips if not flip.quarantined]
    worse = sum(1 for flip in counted if flip.worse)
    if not counted:
        return "–"
    return f"{worse} worse, {len(counted) - worse} better"


def _footer(evaluation: Evaluation) -> Section:
    results = evaluation.run.subjects
    costs = [cost for result in results for cost in result.costs]
    known = [cost for cost in costs if cost is not None]
    spent = [cost for result in results for cost in result.spent]
    spent_known = [cost for cost in spent if cost is not None]
    live = sum(1 for result in results for answer in result.answers if answer.source == "live")
    tokens_in = [answer.usage.input_tokens for result in results for answer in result.answers]
    total_in = sum(count for count in tokens_in if count is not None)
    total_out = sum(answer.usage.output_tokens or 0 for result in results for answer in result.answers)
    commit = str(evaluation.run.provenance.get("commit") or "")
    changed = " with uncommitted changes" if evaluation.run.provenance.get("dirty") else ""
    said = [
        f"run {evaluation.run.id}",
        *([f"commit {commit[:SHORT]}{changed}"] if commit else []),
        _time(evaluation),
        f"{numbers.count(live, 'live call')}",
        f"spent {numbers.coverage(sum(spent_known), len(spent_known), len(spent)) if spent else '$0.00'}",
        f"cost of all answers {numbers.coverage(sum(known), len(known), len(costs))}",
        f"{numbers.tokens(total_in)} tokens in, {numbers.tokens(total_out)} out",
    ]
    return Section("Run", (Text(" · ".join(said), "muted"),))


def _time(evaluation: Evaluation) -> str:
    """How long it took: of shards, which ran side by side, the slowest."""
    took = numbers.seconds(evaluation.run.seconds)
    shards = evaluation.run.provenance.get("merged_from")
    return f"merged from {numbers.count(len(shards), 'shard')}, the slowest took {took}" if shards else took


def _limit_broken(comparison: Comparison) -> bool:
    return any("floor" in reason or "ceiling" in reason for c in comparison.metrics for reason in c.reasons)


def _next_steps(evaluation: Evaluation) -> list[Text]:
    steps = offline_steps(evaluation)
    # Accepting would not help where a must-pass case fails or a floor is broken.
    curable = [c for c in evaluation.comparisons if not c.broken and not _limit_broken(c)]
    stopped = [c for c in curable if c.forbidden and c.before is not None]
    fresh = [c for c in curable if c.before is None]
    failing = any(
        not c.passed for comparison in evaluation.comparisons for c in comparison.now.cases.values()
    )
    if any(result.failures for result in evaluation.run.subjects) and not steps:
        steps.append(_ask_again(evaluation))
    if evaluation.shard is not None:
        return [*steps, *shard_steps(evaluation, evaluation.shard)]
    if failing:
        steps.append(Text("see failing cases", command=f"llmops runs show {evaluation.run.id} --failed"))
    better = [c for c in curable if c.verdict is Verdict.IMPROVED]
    for names, said in (
        (fresh, "accept as the baseline"),
        (better, "keep the better scores"),
        (stopped, "if the change is right, accept it"),
    ):
        suites = " ".join(dict.fromkeys(c.now.suite for c in names if not c.failures))
        if suites:
            reason = ' --reason "…"' if names is stopped else ""
            steps.append(Text(said, command=f"llmops baseline accept {suites}{reason}"))
    steps += [Text(said) for said in base_steps(evaluation.base)] if evaluation.base is not None else []
    if evaluation.recorded:
        files = " ".join(evaluation.recorded)
        steps.append(Text("commit the recorded answers", command=f"git add {files}"))
    return steps


def _ask_again(evaluation: Evaluation) -> Text:
    said = "ask the failed ones again (what was answered is kept)"
    shard = f" --shard {evaluation.shard}" if evaluation.shard is not None else ""
    if evaluation.run.provenance.get("merged_from"):
        return Text(f"{said}: run the shards with failed answers again, then merge all of them again")
    return Text(said, command=f"llmops eval{shard}")


def _reproduce(evaluation: Evaluation) -> Section:
    """What to type for the same run in a clone; whoever ran it in a terminal has just typed it."""
    folder = evaluation.project.folder
    command = ["llmops", *(["-C", folder] if folder else []), "eval", *_arguments(evaluation.options)]
    return Section("How to reproduce", (Code(shlex.join(command), "sh"),), folded=True, brief=())


def _arguments(options: Options) -> list[str]:
    """The options that say what is judged, as they are typed."""
    found = list(options.suites)
    for name, values in (("--filter", options.filters), ("--model", options.models)):
        found += [word for value in values for word in (name, value)]
    found += ["--prompt", options.prompt] if options.prompt else []
    found += ["--repeats", str(options.repeats)] if options.repeats else []
    found += ["--cache", options.cache] if options.cache == "replay" else []
    found += ["--offline"] if options.offline else []
    found += ["--shard", str(options.shard)] if options.shard is not None else []
    return found + (["--base", options.base] if options.base else [])
