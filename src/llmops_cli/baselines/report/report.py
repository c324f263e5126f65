"""An evaluation as a Document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.accept.lowered_report import base_sections, base_sentence, base_steps, refusal
from llmops_cli.baselines.compare.verdict import Verdict, worst
from llmops_cli.baselines.report.data import evaluation_data
from llmops_cli.baselines.report.headline import headline
from llmops_cli.baselines.report.subject_report import subject_sections
from llmops_cli.evals.affected_report import affected_section, unaffected_headline
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Document, Listing, Section, Text

if TYPE_CHECKING:
    from llmops_cli.baselines.compare.comparison import Comparison
    from llmops_cli.baselines.evaluate import Evaluation


def evaluation_document(evaluation: Evaluation) -> Document:
    """The report of a run: the verdict first, then each subject, then what to do."""
    comparisons = evaluation.comparisons
    base = evaluation.base
    sections = base_sections(base) if base is not None else []
    sections += [section for comparison in comparisons for section in subject_sections(comparison)]
    if not evaluation.unaffected:
        sections.append(_footer(evaluation))
    if evaluation.affected is not None:
        sections.append(affected_section(evaluation.affected))
    if evaluation.warnings:
        items = tuple(Text(str(problem), "warn") for problem in evaluation.warnings)
        sections.append(Section("Warnings", (Listing(items),)))
    steps = _next_steps(evaluation)
    if steps:
        sections.append(Section("Next", (Listing(tuple(Text(step) for step in steps)),)))
    return Document(_headline(evaluation), tuple(sections), evaluation_data(evaluation))


def _headline(evaluation: Evaluation) -> Text:
    """The verdict in one sentence. What the policy refuses is the answer where nothing else is forbidden."""
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
    said = [
        f"run {evaluation.run.id}",
        numbers.seconds(evaluation.run.seconds),
        f"{numbers.count(live, 'live call')}",
        f"spent {numbers.coverage(sum(spent_known), len(spent_known), len(spent)) if spent else '$0.00'}",
        f"cost of all answers {numbers.coverage(sum(known), len(known), len(costs))}",
        f"{numbers.tokens(total_in)} tokens in, {numbers.tokens(total_out)} out",
    ]
    return Section("Run", (Text(" · ".join(said), "muted"),))


def _limit_broken(comparison: Comparison) -> bool:
    return any("floor" in reason or "ceiling" in reason for c in comparison.metrics for reason in c.reasons)


def _next_steps(evaluation: Evaluation) -> list[str]:
    steps = []
    # Accepting would not help where a must-pass case fails or a floor is broken.
    curable = [c for c in evaluation.comparisons if not c.broken and not _limit_broken(c)]
    stopped = [c for c in curable if c.forbidden and c.before is not None]
    fresh = [c for c in curable if c.before is None]
    failing = any(
        not c.passed for comparison in evaluation.comparisons for c in comparison.now.cases.values()
    )
    if any(comparison.failures for comparison in evaluation.comparisons):
        steps.append("ask the failed ones again (what was answered is kept): llmops eval")
    if failing:
        steps.append(f"see failing cases: llmops runs show {evaluation.run.id} --failed")
    better = [c for c in curable if c.verdict is Verdict.IMPROVED]
    for names, said in (
        (fresh, "accept as the baseline"),
        (better, "keep the better scores"),
        (stopped, "if the change is right, accept it"),
    ):
        suites = " ".join(dict.fromkeys(c.now.suite for c in names if not c.failures))
        if suites:
            reason = ' --reason "…"' if names is stopped else ""
            steps.append(f"{said}: llmops baseline accept {suites}{reason}")
    steps += base_steps(evaluation.base) if evaluation.base is not None else []
    if evaluation.recorded:
        steps.append(f"commit the recorded answers: git add {' '.join(evaluation.recorded)}")
    return steps
