"""Values and changes of metrics, each in its own unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.reports import numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.evals.metric import Metric
    from llmops_cli.reports.numbers import Unit
    from llmops_cli.stats import Interval

NONE = "–"
"""Stands where there is no value."""


def _tokens(value: float) -> str:
    return f"{value:,.1f}"


VALUES: dict[Unit, Callable[[float], str]] = {
    "rate": numbers.rate,
    "graded": numbers.graded,
    "usd": numbers.cost,
    "seconds": numbers.seconds,
    "tokens": _tokens,
}
"""How a value is written, by its unit."""
CHANGES: dict[Unit, tuple[Callable[[float], str], Callable[[float, float], str]]] = {
    "rate": (numbers.points, numbers.points_interval),
    "graded": (numbers.graded_change, numbers.graded_interval),
}
"""How a change and its interval are written. What has another unit changes in proportion to what it was."""


def value_text(metric: Metric, value: float | None) -> str:
    """A metric's value in its own unit."""
    return NONE if value is None else VALUES[metric.unit](value)


def change_text(metric: Metric, change: float | None, before: float | None) -> str:
    """A change of a metric with its sign: rates in points, costs, tokens and latencies in proportion."""
    if change is None:
        return NONE
    if metric.unit in CHANGES:
        return CHANGES[metric.unit][0](change)
    return numbers.relative(change / before) if before else NONE


def interval_text(metric: Metric, interval: Interval | None, before: float | None) -> str:
    """The interval of a change, in the unit that `change_text` uses."""
    if interval is None:
        return NONE
    if metric.unit in CHANGES:
        return CHANGES[metric.unit][1](interval.low, interval.high)
    # Percentages, which `points_interval` writes without their sign.
    return numbers.points_interval(interval.low / before, interval.high / before) if before else NONE
