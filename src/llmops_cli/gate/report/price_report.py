"""What a price that moved does to the cost: at the price before, and at that of today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.compare.metric_text import value_text
from llmops_cli.reports.document import Column, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.compare.metric_change import MetricChange
    from llmops_cli.gate.prices import Repriced


def repriced_sentence(repriced: Sequence[Repriced]) -> str:
    """The first gated cost that rests on another price; the same tokens are counted at both prices."""
    first, *rest = sorted(repriced, key=lambda one: _verdict(one.before) == _verdict(one.now))
    was, now = _verdict(first.before), _verdict(first.now)
    verdict = (
        f"is {now} at both" if was == now else f"is {was} at the price before and {now} at that of today"
    )
    more = f", and {len(rest)} more" if rest else ""
    move = first.move
    return f"the price of {move.model} changed ({move}): cost_usd {verdict}{more}"


def repriced_sections(repriced: Sequence[Repriced]) -> list[Section]:
    """Every suite whose model has another price, with the cost of a case at both."""
    if not repriced:
        return []
    names = ("suite", "price", "cost before", "now", "verdict")
    columns = tuple(Column(name, "right" if name in ("cost before", "now") else "left") for name in names)
    rows = [
        (Text(one.suite), Text(f"{which}: {price}"), *_cells(change))
        for one in repriced
        for which, price, change in (("before", one.move.before, one.before), ("now", one.move.now, one.now))
    ]
    sentence = "The tokens of baseline and run are priced alike: a price alone makes nothing better or worse."
    return [Section("Other prices", (Text(sentence), Table(columns, tuple(rows))))]


def repriced_data(one: Repriced) -> dict[str, Any]:
    """The same for machines."""
    return {
        "suite": one.suite,
        "model": one.move.model,
        "before": {"price": one.move.before.to_json(), "verdict": _verdict(one.before) or None},
        "now": {"price": one.move.now.to_json(), "verdict": _verdict(one.now) or None},
    }


def _cells(change: MetricChange | None) -> tuple[Text, Text, Text]:
    if change is None:
        return Text("no rule", "muted"), Text(""), Text("")
    values = (Text(value_text(change.metric, value)) for value in (change.before, change.now))
    return (*values, Text(_verdict(change)))  # type: ignore[return-value]


def _verdict(change: MetricChange | None) -> str:
    return str(change.verdict) if change is not None and change.verdict is not None else ""
