"""An evaluation as a Document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.data import evaluation_data
from llmops_cli.baselines.metric_text import change_text, interval_text, value_text
from llmops_cli.baselines.verdict import Verdict, worst
from llmops_cli.evals.suite import MEASURED
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Change, Column, Document, Listing, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.baselines.comparison import Comparison, Flip, MetricChange
    from llmops_cli.baselines.evaluate import Evaluation
    from llmops_cli.evals.result import Outcome
    from llmops_cli.reports.document import Block, Tone

SHOWN_FLIPS = 10
SHOWN_FAILURES = 5

TONES: dict[Verdict, Tone] = {
    Verdict.REGRESSED: "bad",
    Verdict.ERROR: "bad",
    Verdict.INCOMPARABLE: "bad",
    Verdict.INCONCLUSIVE: "warn",
    Verdict.NO_BASELINE: "warn",
    Verdict.IMPROVED: "good",
    Verdict.PASSED: "good",
}


def evaluation_document(evaluation: Evaluation) -> Document:
    """The report of a run: the verdict first, then each subject, then what to do."""
    comparisons = evaluation.comparisons
    sections = [section for comparison in comparisons for section in _subject(comparison)]
    sections.append(_footer(evaluation))
    if evaluation.warnings:
        items = tuple(Text(str(problem), "warn") for problem in evaluation.warnings)
        sections.append(Section("Warnings", (Listing(items),)))
    steps = _next_steps(evaluation)
    if steps:
        sections.append(Section("Next", (Listing(tuple(Text(step) for step in steps)),)))
    return Document(headline(comparisons), tuple(sections), evaluation_data(evaluation))


def headline(comparisons: Sequence[Comparison]) -> Text:
    """The answer in one sentence: the worst verdict, of which suites, and its number."""
    verdict = worst([comparison.verdict for comparison in comparisons])
    these = [comparison for comparison in comparisons if comparison.verdict is verdict]
    cases = sum(len(comparison.result.by_case) for comparison in comparisons)
    if verdict in (Verdict.PASSED, Verdict.IMPROVED):
        improved = [c for c in comparisons if c.verdict is Verdict.IMPROVED]
        said = f"{numbers.count(len(comparisons), 'suite')}, {numbers.count(cases, 'case')}"
        if improved:
            names = ", ".join(comparison.result.subject.suite.id for comparison in improved)
            return Text(f"{verdict}: {said}; better than the baseline: {names}", "good")
        return Text(f"{verdict}: {said}, nothing that the gate forbids", "good")
    said = "; ".join(f"{_name(comparison, comparisons)} {_why(comparison)}" for comparison in these[:3])
    more = f"; and {len(these) - 3} more" if len(these) > 3 else ""
    rest = len(comparisons) - len(these)
    others = (
        f" ({rest} of {len(comparisons)} suites are not)" if rest and verdict is Verdict.REGRESSED else ""
    )
    causes = dict.fromkeys(cause for comparison in these for cause in comparison.causes)
    since = f"; changed since the baseline: {', '.join(causes)}" if causes and len(these) == 1 else ""
    return Text(f"{verdict}: {said}{more}{others}{since}", TONES[verdict])


def _name(comparison: Comparison, among: Sequence[Comparison]) -> str:
    """The suite, and its model or prompt where the suite has several subjects."""
    subject = comparison.result.subject
    same = [other.result.subject for other in among if other.result.subject.suite.id == subject.suite.id]
    parts = [subject.suite.id]
    if len({other.prompt.id for other in same}) > 1:
        parts.append(subject.prompt.id)
    if len({other.model for other in same}) > 1:
        parts.append(subject.model)
    return " · ".join(parts)


def _why(comparison: Comparison) -> str:
    """What the verdict rests on, in half a sentence."""
    verdict = comparison.verdict
    if verdict is Verdict.NO_BASELINE:
        return "has no baseline yet"
    if verdict is Verdict.ERROR and comparison.result.failures:
        failed = comparison.result.failures
        return f"has no verdict: {len(failed)} of {len(comparison.result.outcomes)} answers failed"
    said = []
    if comparison.broken:
        said.append(f"{numbers.count(len(comparison.broken), 'must-pass case')} failed")
    if comparison.removed:
        said.append(f"{numbers.count(len(comparison.removed), 'case')} of the baseline lost")
    said += [
        _metric_sentence(change)
        for change in comparison.metrics
        if change.verdict is verdict and (change.rule is None or change.rule.tier != "advisory")
    ]
    return ", ".join(said)


def _metric_sentence(change: MetricChange) -> str:
    now = value_text(change.metric, change.now)
    if change.verdict is Verdict.INCOMPARABLE or change.verdict is Verdict.ERROR or change.change is None:
        return f"{change.metric}: {'; '.join(change.reasons)}" + (
            f" ({now})" if change.now is not None else ""
        )
    before = value_text(change.metric, change.before)
    moved = change_text(change.metric, change.change, change.before)
    extra = [reason for reason in change.reasons if "floor" in reason or "ceiling" in reason]
    tail = f", {extra[0]}" if extra else ""
    return f"{change.metric} {before} → {now} ({moved}{tail})"


def _subject(comparison: Comparison) -> list[Section]:
    result = comparison.result
    blocks: list[Block] = [Text(_facts(comparison), "muted")]
    if comparison.before is not None:
        blocks.append(Text(_cause_line(comparison), "plain" if comparison.causes else "muted"))
    blocks.append(_metric_table(comparison))
    notes = _notes(comparison)
    if notes:
        blocks.append(Listing(tuple(notes)))
    sections = [Section(result.subject.title, tuple(blocks))]
    if result.failures:
        sections.append(_failures(comparison))
    flips = comparison.flips
    if flips:
        shown = tuple(_flip(flip) for flip in flips[:SHOWN_FLIPS])
        sections.append(Section(_flip_title(comparison), shown))
        if len(flips) > SHOWN_FLIPS:
            rest = tuple(
                Text(f"{flip.case_id} {'passes' if flip.passes_now else 'fails'} now  {flip.place}")
                for flip in flips[SHOWN_FLIPS:]
            )
            title = f"{len(rest)} more changed cases of {result.subject.suite.id}"
            sections.append(Section(title, (Listing(rest),), folded=True))
    return sections


def _facts(comparison: Comparison) -> str:
    result = comparison.result
    suite = result.subject.suite
    said = [numbers.count(len(result.by_case), "case")]
    if suite.skipped:
        said[0] += f" of {len(result.by_case) + suite.skipped} (filtered)"
    repeats = len(result.outcomes) // max(len(result.by_case), 1)
    if repeats > 1:
        said.append(f"{repeats} repeats")
    unasked = len(result.outcomes) - len(result.failures) - result.asked
    for source, noun in (("live", "asked now"), ("cache", "from the cache"), ("replay", "replayed")):
        number = sum(1 for answer in result.answers if answer.source == source)
        if number:
            said.append(f"{number} {noun}")
    if unasked > 0:
        said.append(f"{unasked} recorded in the cases")
    if result.resolved and result.resolved != (result.subject.model.partition("/")[2],):
        said.append(f"answered by {', '.join(result.resolved)}")
    return " · ".join(said)


def _cause_line(comparison: Comparison) -> str:
    if comparison.causes:
        return f"Changed since the baseline: {', '.join(comparison.causes)}"
    if comparison.verdict in (Verdict.REGRESSED, Verdict.IMPROVED) and comparison.flips:
        return "Nothing here changed since the baseline: the model itself answers differently"
    if comparison.flips or any(change.losses or change.wins for change in comparison.metrics):
        return "Nothing changed since the baseline: differences are noise of the model"
    return "Nothing changed since the baseline"


def _metric_table(comparison: Comparison) -> Table:
    gate = comparison.result.subject.suite.gate
    has_baseline = comparison.before is not None
    columns = [Column("metric")]
    if has_baseline:
        columns.append(Column("baseline", "right"))
    columns.append(Column("now", "right"))
    if has_baseline:
        columns += [
            Column("change", "right"),
            Column(f"{100 * (1 - gate.alpha):g}% interval", "right"),
        ]
    columns.append(Column("verdict"))
    rows = tuple(_metric_row(change, has_baseline) for change in comparison.metrics if _worth_a_row(change))
    return Table(tuple(columns), rows)


def _worth_a_row(change: MetricChange) -> bool:
    """Whether the table has to show a metric: costs and tokens only where there are any, or a rule."""
    if change.rule is not None:
        return True
    if change.metric in ("input_tokens", "output_tokens"):
        return bool(change.change)
    return change.metric not in MEASURED or bool(change.now)


def _metric_row(change: MetricChange, has_baseline: bool) -> tuple[Text, ...]:
    verdict = change.verdict
    tier = change.rule.tier if change.rule is not None else ""
    said = str(verdict) if verdict is not None else "–"
    if tier == "advisory" and verdict is not None:
        said += " (advisory)"
    name = Text(change.metric)
    now = Text(value_text(change.metric, change.now))
    last = Text(said, TONES[verdict] if verdict is not None else "muted")
    if not has_baseline:
        return name, now, last
    return (
        name,
        Text(value_text(change.metric, change.before)),
        now,
        Text(change_text(change.metric, change.change, change.before)),
        Text(interval_text(change.metric, change.interval, change.before), "muted"),
        last,
    )


def _notes(comparison: Comparison) -> list[Text]:
    """What a reader has to know beside the numbers, worst first."""
    cases = {case.id: case for case in comparison.result.subject.suite.cases}
    notes = [
        Text(f"must-pass case {case_id} fails ({cases[case_id].place})", "bad")
        for case_id in comparison.broken
    ]
    if comparison.removed:
        notes.append(Text(f"cases lost since the baseline: {_some(comparison.removed)}", "bad"))
    if comparison.changed:
        said = f"cases with other inputs than in the baseline, not compared: {_some(comparison.changed)}"
        notes.append(Text(said, "warn"))
    if comparison.added:
        notes.append(Text(f"new cases, not in the baseline: {_some(comparison.added)}"))
    if comparison.before is not None and (comparison.added or comparison.removed or comparison.changed):
        pairs = max((change.pairs for change in comparison.metrics), default=0)
        same = numbers.count(pairs, "case that is the same", "cases that are the same")
        notes.append(Text(f"changes and intervals are over the {same} on both sides"))
    for change in comparison.metrics:
        for reason in change.reasons:
            tone = TONES[change.verdict] if change.verdict is not None else "muted"
            notes.append(Text(f"{change.metric}: {reason}", tone))
        if change.verdict is Verdict.INCONCLUSIVE and change.rule is not None:
            limit = change.rule.max_rise if change.lower_is_better else change.rule.max_drop
            if limit is not None:
                shown = f"{limit.amount:.0%}" if limit.relative else f"{limit.amount:g}"
                notes.append(Text(f"{change.metric}: the gate tolerates {shown}", "warn"))
    return notes


def _some(names: Sequence[str], shown: int = 8) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"{len(names)} ({', '.join(names[:shown])}{more})"


def _failures(comparison: Comparison) -> Section:
    failures = comparison.result.failures
    grouped: dict[str, list[Outcome]] = {}
    for outcome in failures:
        grouped.setdefault(_failure_text(outcome), []).append(outcome)
    items = []
    for said, outcomes in sorted(grouped.items(), key=lambda entry: -len(entry[1]))[:SHOWN_FAILURES]:
        names = _some(tuple(dict.fromkeys(outcome.case_id for outcome in outcomes)), 3)
        items.append(Text(f"{said} – cases: {names}", "bad"))
    if len(grouped) > SHOWN_FAILURES:
        items.append(Text(f"and {len(grouped) - SHOWN_FAILURES} other kinds of failure", "bad"))
    title = f"{len(failures)} of {len(comparison.result.outcomes)} answers have no verdict"
    return Section(title, (Listing(tuple(items)),))


def _failure_text(outcome: Outcome) -> str:
    if outcome.error:
        return f"{outcome.error_kind}: {outcome.error}"
    broken = [score for score in outcome.scores if score.error]
    return "; ".join(f"scorer {score.metric}: {score.error}" for score in broken)


def _flip_title(comparison: Comparison) -> str:
    worse = sum(1 for flip in comparison.flips if not flip.passes_now)
    better = len(comparison.flips) - worse
    return f"Changed cases: {worse} fail now that passed, {better} pass now that failed"


def _flip(flip: Flip) -> Change:
    now = "passes now" if flip.passes_now else "fails now"
    must = " (must pass)" if flip.must_pass else ""
    return Change(
        label=f"{flip.case_id} {now}{must}",
        before=flip.before,
        after=flip.now,
        note="; ".join(flip.reasons),
        tone="good" if flip.passes_now else "bad",
        place=flip.place,
    )


def _footer(evaluation: Evaluation) -> Section:
    results = [comparison.result for comparison in evaluation.comparisons]
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
    if any(comparison.result.failures for comparison in evaluation.comparisons):
        steps.append("ask the failed ones again (what was answered is kept): llmops eval")
    if failing:
        steps.append(f"see failing cases: llmops runs show {evaluation.run.id} --failed")
    for names, said in ((fresh, "accept as the baseline"), (stopped, "if the change is right, accept it")):
        suites = " ".join(dict.fromkeys(c.result.subject.suite.id for c in names if not c.result.failures))
        if suites:
            reason = ' --reason "…"' if names is stopped else ""
            steps.append(f"{said}: llmops baseline accept {suites}{reason}")
    if evaluation.recorded:
        steps.append(f"commit the recorded answers: git add {' '.join(evaluation.recorded)}")
    return steps
