"""The metrics of a comparison as a table, and what is to be said of each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llmops_cli.compare.metric_text import change_text, interval_text, value_text
from llmops_cli.compare.verdict import TONES, Verdict
from llmops_cli.reports.document import Column, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.compare.metric_change import MetricChange


def metric_table(metrics: Sequence[MetricChange], sides: Sequence[str], confidence: float) -> Table:
    """A row for each metric. `sides` are the names of the baseline, where there is one, and of now."""
    *before, now = sides
    columns = [Column("metric"), *(Column(name, "right") for name in before), Column(now, "right")]
    if before:
        columns += [Column("change", "right"), Column(f"{100 * confidence:g}% interval", "right")]
    columns.append(Column("verdict"))
    rows = tuple(_row(change, has_baseline=bool(before)) for change in metrics if _worth_a_row(change))
    return Table(tuple(columns), rows)


def _worth_a_row(change: MetricChange) -> bool:
    """Whether the table has to show a metric: costs and tokens only where there are any, or a rule."""
    if change.rule is not None:
        return True
    if change.metric.unit == "tokens":
        return bool(change.change)
    return not change.metric.is_amount or bool(change.now)


def _row(change: MetricChange, *, has_baseline: bool) -> tuple[Text, ...]:
    verdict = change.verdict
    tier = change.rule.tier if change.rule is not None else ""
    ruling = str(verdict) if verdict is not None else "–"
    if tier == "advisory" and verdict is not None:
        ruling += " (advisory)"
    name = Text(change.metric.name)
    now = Text(value_text(change.metric, change.now))
    last = Text(ruling, TONES[verdict] if verdict is not None else "muted")
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


def metric_notes(change: MetricChange) -> list[Text]:
    """Why its verdict is what it is, and of one that cannot be told, what could be."""
    tone = TONES[change.verdict] if change.verdict is not None else "muted"
    notes = [Text(f"{change.metric}: {reason}", tone) for reason in change.why]
    if change.verdict is not Verdict.INCONCLUSIVE or change.rule is None:
        return notes
    kind = "rise" if change.lower_is_better else "drop"
    limit = change.rule.max_rise if change.lower_is_better else change.rule.max_drop
    limits = []
    if limit is not None:
        shown = f"{limit.amount:.0%}" if limit.relative else _size(change, limit.amount)
        limits.append(f"the gate tolerates a {kind} of {shown}")
    if change.detectable is not None:
        limits.append(_detectable(change, kind))
    return [*notes, Text(f"{change.metric}: {'; '.join(limits)}", "warn")] if limits else notes


def _size(change: MetricChange, amount: float) -> str:
    """A change without its sign, in the unit of the metric."""
    return change_text(change.metric, amount, change.reference).lstrip("+")


def _detectable(change: MetricChange, kind: str) -> str:
    """The smallest change for the worse that these cases can see."""
    smallest = change.detectable or 0.0
    if not math.isfinite(smallest) or (not change.lower_is_better and smallest > 1):
        return f"{change.pairs} cases cannot see any {kind}"
    return f"the smallest that {change.pairs} cases see 4 times out of 5 is about {_size(change, smallest)}"
