"""One comparison as sections of a report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llmops_cli.compare.report.headline import since
from llmops_cli.compare.report.metric_text import change_text, interval_text, value_text
from llmops_cli.compare.verdict import TONES, Verdict
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Change, Column, Listing, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.compare.attribution import TextChange
    from llmops_cli.compare.comparison import Comparison, Flip, MetricChange, Quarantined
    from llmops_cli.evals.result import Outcome
    from llmops_cli.reports.document import Block

SHOWN_FLIPS = 10
SHOWN_FAILURES = 5
SHOWN_QUARANTINED = 5
SHOWN_TEXTS = 6


def subject_sections(comparison: Comparison, *, texts: bool = True) -> list[Section]:
    """What is to be said of one subject: numbers, notes, failures, what changed, the cases that flipped.

    With `texts` false, the prompt before and now is left out.
    """
    blocks: list[Block] = [Text(_facts(comparison), "muted")]
    if comparison.attribution is not None:
        blocks.append(Text(cause_line(comparison), "plain" if comparison.causes else "muted"))
    blocks.append(_metric_table(comparison))
    notes = _notes(comparison)
    if notes:
        blocks.append(Listing(tuple(notes)))
    sections = [Section(comparison.title, tuple(blocks))]
    if comparison.failures:
        sections.append(failure_section(comparison.failures, comparison.answers))
    if texts:
        sections += text_changes(comparison)
    return sections + flip_sections(comparison)


def flip_sections(comparison: Comparison, *, folded: bool = False) -> list[Section]:
    """The cases that flipped, worst first: ten with both answers, the rest folded; a terminal names them."""
    flips = comparison.flips
    if not flips:
        return []
    shown = () if folded else flips[:SHOWN_FLIPS]
    rest = flips[len(shown) :]
    sections = [Section(_flip_title(flips), tuple(map(_flip, shown)))] if shown else []
    if rest:
        names = tuple(Text(f"{_flip_label(flip)}  {flip.place}") for flip in rest)
        more = f"{numbers.count(len(rest), 'more changed case')} of {comparison.now.suite}"
        title = more if shown else _flip_title(flips)
        sections.append(Section(title, tuple(map(_flip, rest)), folded=True, brief=(Listing(names),)))
    return sections


def is_quiet(comparison: Comparison) -> bool:
    """Whether a reviewer can pass over a subject: nothing but a PASSED, no case moved, nothing to remark."""
    said = _notes(comparison)
    return (
        comparison.verdict is Verdict.PASSED
        and not comparison.flips
        and not any(note.tone in ("bad", "warn") for note in said)
    )


def _facts(comparison: Comparison) -> str:
    result = comparison.result
    said = [numbers.count(comparison.size, "case")]
    repeats = comparison.now.repeats
    if result is not None:
        suite = result.subject.suite
        if suite.skipped:
            said[0] += f" of {comparison.size + suite.skipped} (filtered)"
        repeats = min((len(outcomes) for outcomes in result.by_case.values()), default=1)
    if repeats > 1:
        said.append(f"{repeats} repeats")
    if result is None:
        accepted = comparison.now.accepted.get("by")
        return " · ".join([*said, *([f"accepted by {accepted}"] if accepted else [])])
    unasked = comparison.answers - len(result.failures) - result.asked
    for source, noun in (("live", "asked now"), ("cache", "from the cache"), ("replay", "replayed")):
        number = sum(1 for answer in result.answers if answer.source == source)
        if number:
            said.append(f"{number} {noun}")
    if unasked > 0:
        said.append(f"{unasked} recorded in the cases")
    if result.resolved and result.resolved != (result.subject.model.partition("/")[2],):
        said.append(f"answered by {', '.join(result.resolved)}")
    return " · ".join(said)


def _is_sure(comparison: Comparison) -> bool:
    """Whether a test says that it is no noise, whatever the gate tolerates."""
    alpha = comparison.gate.alpha
    return any(change.adjusted_p is not None and change.adjusted_p <= alpha for change in comparison.metrics)


def cause_line(comparison: Comparison) -> str:
    """What changed since the baseline, or how large the noise is where nothing did."""
    before = since(comparison)
    if comparison.causes:
        return f"Changed since {before}: {', '.join(comparison.causes)}"
    noise = comparison.attribution.noise if comparison.attribution is not None else None
    if noise is None or not (noise.answers or noise.judged):
        return f"Nothing changed since {before}"
    if _is_sure(comparison):
        return (
            f"Nothing here changed since {before}, and it is more than noise: {noise.answers} of "
            f"{noise.cases} answers differ. The model or the judge may have changed without a new name"
        )
    found = []
    if noise.answers:
        found.append(f"noise of the model: {noise.answers} of {noise.cases} answers differ")
    for metric, (cases, by) in noise.judged.items():
        who = "judge" if metric in comparison.now.judges else "scorer"
        same = numbers.count(cases, "answer that stayed the same", "answers that stayed the same")
        found.append(f"noise of the {who}: `{metric}` of {same} moved by {numbers.graded(by)} on average")
    said = "; ".join(found)
    if noise.deviation:
        said += f"; a rerun moves the pass rate by about {numbers.points(noise.deviation).lstrip('+')}"
    return f"Nothing changed since {before}, so this is {said}"


def text_changes(comparison: Comparison) -> list[Section]:
    """The prompt before and now, message by message."""
    causes = comparison.attribution.causes if comparison.attribution is not None else ()
    texts = [text for cause in causes for text in cause.texts if text.before != text.after]
    if not texts:
        return []
    blocks: list[Block] = [_text_change(text) for text in texts[:SHOWN_TEXTS]]
    if len(texts) > SHOWN_TEXTS:
        more = numbers.count(len(texts) - SHOWN_TEXTS, "more text", "more texts")
        blocks.append(Text(f"and {more}; --format json has them all", "muted"))
    return [Section("Prompt changes", tuple(blocks), folded=True)]


def _text_change(text: TextChange) -> Change:
    if text.after is None:
        return Change(text.label, text.before, None, only="before")
    if text.before is not None and text.before.endswith("\n") and text.after.endswith("\n"):
        # The last line break of a file, which both have, would be drawn as an empty line of each.
        return Change(text.label, text.before[:-1], text.after[:-1])
    return Change(text.label, text.before, text.after, only="after" if text.before is None else "")


def _metric_table(comparison: Comparison) -> Table:
    gate = comparison.gate
    has_baseline = comparison.before is not None
    columns = [Column("metric")]
    if has_baseline:
        columns.append(Column(comparison.names[0], "right"))
    columns.append(Column(comparison.names[1], "right"))
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
    if change.metric.unit == "tokens":
        return bool(change.change)
    return not change.metric.is_amount or bool(change.now)


def _metric_row(change: MetricChange, has_baseline: bool) -> tuple[Text, ...]:
    verdict = change.verdict
    tier = change.rule.tier if change.rule is not None else ""
    said = str(verdict) if verdict is not None else "–"
    if tier == "advisory" and verdict is not None:
        said += " (advisory)"
    name = Text(change.metric.name)
    now = Text(value_text(change.metric, change.now))
    last = Text(said, TONES[verdict] if verdict is not None else "muted")
    if not has_baseline:
        return name, now, last
    return (
        name,
        Text(value_text(change.metric, change.before)),
        now,
        Text(change_text(change.metric, change.change, change.reference)),
        Text(interval_text(change.metric, change.interval, change.reference), "muted"),
        last,
    )


def _notes(comparison: Comparison) -> list[Text]:
    """What a reader has to know beside the numbers, worst first."""
    cases = comparison.cases
    notes = [
        Text(
            f"must-pass case {case_id} fails{_asked_again(comparison, case_id)} ({cases[case_id].place})",
            "bad",
        )
        for case_id in comparison.broken
    ]
    notes += [
        Text(f"must-pass case {id_} failed, and passed both times it was asked again: not counted", "warn")
        for id_ in comparison.flaky
    ]
    aside = sorted(comparison.quarantined, key=lambda entry: (entry.holds, entry.passed is not False))
    notes += [_quarantine_note(entry) for entry in aside[:SHOWN_QUARANTINED]]
    if len(aside) > SHOWN_QUARANTINED:
        rest = tuple(entry.case_id for entry in aside[SHOWN_QUARANTINED:])
        notes.append(Text(f"more cases in quarantine: {_some(rest)}", "warn"))
    notes += _retry_notes(comparison)
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
        notes += _metric_notes(change)
    return notes


def _metric_notes(change: MetricChange) -> list[Text]:
    tone = TONES[change.verdict] if change.verdict is not None else "muted"
    notes = [Text(f"{change.metric}: {reason}", tone) for reason in change.why]
    if change.verdict is not Verdict.INCONCLUSIVE or change.rule is None:
        return notes
    kind = "rise" if change.lower_is_better else "drop"
    limit = change.rule.max_rise if change.lower_is_better else change.rule.max_drop
    said = []
    if limit is not None:
        shown = f"{limit.amount:.0%}" if limit.relative else _size(change, limit.amount)
        said.append(f"the gate tolerates a {kind} of {shown}")
    if change.detectable is not None:
        said.append(_detectable(change, kind))
    return [*notes, Text(f"{change.metric}: {'; '.join(said)}", "warn")] if said else notes


def _size(change: MetricChange, amount: float) -> str:
    """A change without its sign, in the unit of the metric."""
    return change_text(change.metric, amount, change.reference).lstrip("+")


def _detectable(change: MetricChange, kind: str) -> str:
    """The smallest change for the worse that these cases can see."""
    found = change.detectable or 0.0
    if not math.isfinite(found) or (not change.lower_is_better and found > 1):
        return f"{change.pairs} cases cannot see any {kind}"
    return f"the smallest that {change.pairs} cases see 4 times out of 5 is about {_size(change, found)}"


def _asked_again(comparison: Comparison, case_id: str) -> str:
    confirmations = comparison.result.confirmations if comparison.result is not None else ()
    again = [outcome for outcome in confirmations if outcome.case_id == case_id]
    if not again:
        return ""
    return ", also when it was asked again"


def _quarantine_note(entry: Quarantined) -> Text:
    reason, until = entry.quarantine.reason, entry.quarantine.until.isoformat()
    if not entry.holds:
        return Text(
            f"quarantine of {entry.case_id} expired on {until} and it counts again ({reason}; {entry.place})",
            "warn",
        )
    state = {True: "passes", False: "fails", None: "has no verdict"}[entry.passed]
    said = f"in quarantine until {until}, not counted: {entry.case_id} {state} now ({reason}; {entry.place})"
    return Text(said, "warn")


def _retry_notes(comparison: Comparison) -> list[Text]:
    """Flipped cases that were asked for once more: which flips are flaky."""
    held = [flip.held for flip in comparison.flips if flip.held is not None]
    if not held:
        return []
    said = numbers.count(len(held), "flipped case")
    steady = sum(1 for flipped, of in held if flipped == of)
    times = max(of for _, of in held)
    return [
        Text(
            f"{said} asked {times} more times: {steady} flipped each time, {len(held) - steady} did not; "
            "the verdict rests on the first answers",
            "warn",
        )
    ]


def _some(names: Sequence[str], shown: int = 8) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"{len(names)} ({', '.join(names[:shown])}{more})"


def failure_section(failures: Sequence[Outcome], answers: int) -> Section:
    """The answers without a verdict, by what went wrong."""
    grouped: dict[str, list[Outcome]] = {}
    for outcome in failures:
        grouped.setdefault(_failure_text(outcome), []).append(outcome)
    items = []
    for said, outcomes in sorted(grouped.items(), key=lambda entry: -len(entry[1]))[:SHOWN_FAILURES]:
        names = _some(tuple(dict.fromkeys(outcome.case_id for outcome in outcomes)), 3)
        items.append(Text(f"{said} – cases: {names}", "bad"))
    if len(grouped) > SHOWN_FAILURES:
        items.append(Text(f"and {len(grouped) - SHOWN_FAILURES} other kinds of failure", "bad"))
    title = f"{len(failures)} of {answers} answers have no verdict"
    return Section(title, (Listing(tuple(items)),))


def _failure_text(outcome: Outcome) -> str:
    if outcome.error:
        return f"{outcome.error_kind}: {outcome.error}"
    broken = [score for score in outcome.scores if score.error]
    return "; ".join(f"scorer {score.metric}: {score.error}" for score in broken)


def _flip_title(flips: Sequence[Flip]) -> str:
    counted = [flip for flip in flips if not flip.quarantined]
    worse = sum(1 for flip in counted if flip.worse)
    better = len(counted) - worse
    said = f"{worse} pass less often than before, {better} more often"
    if all(flip.whole for flip in counted):
        said = f"{worse} fail now that passed, {better} pass now that failed"
    aside = len(flips) - len(counted)
    return f"Changed cases: {said}" + (f"; {aside} in quarantine" if aside else "")


def _flip_label(flip: Flip) -> str:
    again = []
    if flip.held is not None:
        again = [f"asked again: the same {flip.held[0]} of {flip.held[1]} times"]
    marks = [
        *(["must pass"] if flip.must_pass else []),
        *again,
        *(["in quarantine, not counted"] if flip.quarantined else []),
    ]
    mark = f" ({', '.join(marks)})" if marks else ""
    (passed, of), (passes, out_of) = flip.passes_before, flip.passes_now
    if flip.whole and of == 1:
        times = f", {out_of} of {out_of} times" if out_of > 1 else ""
        return f"{flip.case_id} {'fails' if flip.worse else 'passes'} now{times}{mark}"
    return f"{flip.case_id} passes {passes} of {out_of} times, was {passed} of {of}{mark}"


def _flip(flip: Flip) -> Change:
    return Change(
        label=_flip_label(flip),
        before=flip.before,
        after=flip.now,
        note="; ".join(flip.reasons),
        tone="bad" if flip.worse else "good",
        place=flip.place,
    )
