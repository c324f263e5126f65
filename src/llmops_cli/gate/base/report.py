"""What a change does to committed baselines, as part of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.looks import told_looks
from llmops_cli.compare.metric_text import change_text, interval_text, value_text
from llmops_cli.compare.report.cause_report import text_changes
from llmops_cli.compare.report.flip_report import flip_sections
from llmops_cli.core.commit import SHORT
from llmops_cli.core.project import MARKER
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Column, Listing, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmops_cli.compare.metric_change import MetricChange
    from llmops_cli.gate.base.change import BaseComparison, BaselineChange
    from llmops_cli.reports.document import Block, Tone

NAMED = 8
"""Cases that are named one by one."""


SOMEBODY = "somebody who may"
_DOES = {"replaced": "replaces", "removed": "removes", "unused": "leaves", "raised": "edits"}


def base_sections(base: BaseComparison, deciders: Sequence[str]) -> list[Section]:
    """The baselines that the change lowers and raises: old, new, who and why; then what else it touches.

    `deciders` are the sentences of what decides and changed.
    """
    at = f"{base.reference} ({base.commit[:SHORT]})"
    sections = [
        section
        for change in base.loud
        for section in _sections(change, f"{_DOES.get(change.kind, 'lowers')} a baseline of {at}")
    ]
    raised = [change for change in base.changes if not change.loud and _better(change)]
    sections += [section for change in raised for section in _sections(change, f"raises a baseline of {at}")]
    quiet = [Text(sentence, "warn") for sentence in (*base.notes, *deciders)]
    rest = [change for change in base.changes if not change.loud and change not in raised]
    quiet += [Text(f"{change.path}: {_quiet(change)}") for change in rest]
    if quiet:
        sections.append(Section(f"Changed since {at}", (Listing(tuple(quiet)),)))
    return sections


def _sections(change: BaselineChange, title: str) -> list[Section]:
    """One baseline file; behind it, folded, the prompt and the cases that changed with it."""
    sections, comparison = [Section(f"This change {title}", tuple(_blocks(change)))], change.comparison
    if comparison is None:
        return sections
    sections += text_changes(comparison.attribution)
    return sections + flip_sections(comparison.flips, comparison.flip_count, change.suite, folded=True)


def _better(change: BaselineChange) -> list[MetricChange]:
    """The metrics that a change makes better."""
    metrics = change.comparison.metrics if change.comparison is not None else ()
    return [metric for metric in metrics if metric.change and (metric.change > 0) != metric.lower_is_better]


def refusal(base: BaseComparison) -> str:
    """The first thing that the policy refuses, in half a sentence; empty where nothing is refused."""
    refused = [change for change in base.loud if change.unmet]
    if not refused:
        return ""
    first = refused[0]
    more = f", and {len(refused) - 1} more" if len(refused) > 1 else ""
    against = " against the policy" if first.kind != "unused" else f" ({first.path})"
    return f"{first.suite} baseline {_done(first)}{against}: {first.unmet[0].text}{more}"


def _done(change: BaselineChange) -> str:
    """What happened to a baseline, as one participle and its numbers."""
    if change.kind == "removed":
        return "removed"
    if change.kind == "unused":
        return "is no longer used"
    if change.kind == "replaced":
        return "replaced"
    if change.worse:
        worst = change.worse[0]
        name = "" if worst.metric.is_pass_rate else f"in {worst.metric} "
        was, now = (value_text(worst.metric, value) for value in (worst.before, worst.now))
        return f"lowered {name}from {was} to {now}"
    return "lowered" if change.kind == "lowered" else "edited"


def base_sentence(base: BaseComparison) -> str:
    """What the first line of a report has to say of it; empty where nothing is lowered or raised."""
    if not base.loud:
        raised = [(change, _better(change)[0]) for change in base.changes if _better(change)]
        if not raised:
            return ""
        change, best = raised[0]
        was, now = (value_text(best.metric, value) for value in (best.before, best.now))
        more = f" and {len(raised) - 1} more" if len(raised) > 1 else ""
        return f"this change raises a baseline: {change.suite} {best.metric} {was} → {now}{more}"
    return f"this change lowers a baseline: {lowered_baseline(base)}"


def lowered_baseline(base: BaseComparison) -> str:
    """The first baseline that a reviewer has to see: how it moved, by whom, and how many more there are."""
    first = base.loud[0]
    more = f" and {len(base.loud) - 1} more" if len(base.loud) > 1 else ""
    by = f", {_who(first)}" if first.by else ""
    return f"{first.suite} {_moved(first)}{by}{more}"


def base_steps(base: BaseComparison, program: str) -> list[Text]:
    """What would make the policy met, a step for each refused baseline; `program` is how llmops is called."""
    return list(dict.fromkeys(_step(base, change, program) for change in base.loud if change.unmet))


def _step(base: BaseComparison, change: BaselineChange, program: str) -> Text:
    suite = change.suite
    accept = f'{program} eval {suite} && {program} baseline accept {suite} --reason "…"'
    if change.has_old_scores:
        # The scores are there already, so that accepting them again would change nothing.
        back = f"git checkout {base.commit[:SHORT]} -- {change.path}"
        back = f"git rm {change.path}" if change.fresh else back
        step = "put back what was there, and accept with a reason"
        return Text(step, command=f"{back} && {accept}")
    if change.kind in ("unused", "removed") and not change.is_needed:
        step = f"{SOMEBODY} has to remove it on this branch"
        return Text(step, command=f"git rm {change.path}")
    alone = any(point.kind in ("alone", "hidden") for point in change.unmet)
    who = who_accepts(base) if alone else SOMEBODY
    return Text(f"{who} has to accept the lower scores on this branch", command=accept)


def who_accepts(base: BaseComparison) -> str:
    """Who has to accept what stops a run, by the policy of the base."""
    if base.rules is None or not base.rules.needs_another:
        return SOMEBODY
    return (
        "somebody else than the author (who works alone first says `policy: {author_may_accept: true}` in "
        f"{MARKER} on {base.reference})"
    )


def _moved(change: BaselineChange) -> str:
    """The metric that fell most plainly, before and now."""
    if change.kind == "removed":
        return "has no baseline any more"
    if change.kind == "unused":
        if change.is_unnamed:
            return f"{change.suite} is not compared with it any more"
        return "is compared with by no suite any more"
    if change.kind == "replaced" and change.rescored:
        return "is scored by other rules"
    comparison = change.comparison
    if not change.worse and comparison is not None:
        for ids, words in (
            (comparison.removed, "lost {}"),
            (change.lost, "lost scores of {}"),
            (comparison.changed, "asks something else in {}"),
        ):
            if ids:
                return words.format(numbers.count(len(ids), "case"))
        return "was edited, and no metric is lower"
    worst = change.worse[0]
    return f"{worst.metric} {value_text(worst.metric, worst.before)} → {value_text(worst.metric, worst.now)}"


def _blocks(change: BaselineChange) -> Iterator[Block]:
    """One baseline file: what moved, then who accepted it and why."""
    tone: Tone = "bad" if change.unmet else "warn" if change.loud else "good"
    better = [] if change.loud else [metric for metric in _better(change) if not metric.lower_is_better]
    yield Text(f"{change.path}: {_moved(change)}" if change.loud else change.path, tone)
    moved = [metric for metric in change.worse if metric.change is not None] if change.loud else better
    if moved:
        names = ("metric", "was", "now", "change", "interval", "cases")
        columns = tuple(Column(name, "right" if at else "left") for at, name in enumerate(names))
        yield Table(columns, tuple(_row(metric, "bad" if change.loud else "good") for metric in moved))
    yield Listing(tuple(_lines(change)))


def _row(metric: MetricChange, tone: Tone) -> tuple[Text, ...]:
    return (
        Text(metric.metric.name),
        Text(value_text(metric.metric, metric.before)),
        Text(value_text(metric.metric, metric.now)),
        Text(change_text(metric.metric, metric.change, metric.reference), tone),
        Text(interval_text(metric.metric, metric.interval, metric.reference), "muted"),
        Text(numbers.count(metric.pairs)),
    )


def _lines(change: BaselineChange) -> Iterator[Text]:
    yield Text(_who(change))
    if change.loud or change.why:
        yield Text(f"why: {change.why or 'no reason given'}")
    scores = change.comparison
    if change.by and scores is not None and (looks := told_looks(scores.now.accepted)):
        yield Text(f"accepted was {looks}", "warn")
    for point in change.unmet:
        yield Text(f"policy not met: {point.text}", "bad")
    comparison = change.comparison
    if comparison is not None:
        for ids, words in (
            (comparison.removed, "cases that are gone"),
            (change.lost, "cases that lost a score"),
            (comparison.changed, "cases with other inputs"),
        ):
            if ids:
                more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
                yield Text(f"{words}: {', '.join(ids[:NAMED])}{more}", "warn")
        if comparison.causes:
            yield Text(f"changed with it: {', '.join(comparison.causes)}")


def _quiet(change: BaselineChange) -> str:
    by = " and ".join(change.by) or "nobody"
    if change.kind == "rescored":
        return f"the scorers of now give its answers these scores; accepted by {by}, and rescored"
    scores = change.comparison
    if scores is not None and scores.before is not None and scores.now.accepted == scores.before.accepted:
        return f"{'moved here' if change.fresh else 'written in another form'}, no metric is lower"
    state = "a first baseline" if change.kind == "added" else "accepted anew, no metric is lower"
    return f"{state}, accepted by {by}" + (f": {change.why}" if change.why else "")


def _who(change: BaselineChange) -> str:
    first, *others = change.by or ("nobody",)
    also = f", approved by {' and '.join(others)}" if others else ""
    if change.kind == "unused":
        return f"changed by {' and '.join(change.by) or 'nobody'}"
    return f"{'removed' if change.kind == 'removed' else 'accepted'} by {first}{also}"
