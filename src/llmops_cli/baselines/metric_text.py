"""Values and changes of metrics, each in its own unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.evals.suite import PASS_RATE
from llmops_cli.reports import numbers

if TYPE_CHECKING:
    from llmops_cli.stats import Interval

NONE = "–"
"""Stands where there is no value."""


def value_text(metric: str, value: float | None) -> str:
    """A metric's value in its own unit."""
    if value is None:
        return NONE
    if metric == PASS_RATE:
        return numbers.rate(value)
    if metric == "cost_usd":
        return numbers.cost(value)
    if metric.startswith("latency_"):
        return numbers.seconds(value)
    if metric.endswith("_tokens"):
        return f"{value:,.1f}"
    return numbers.graded(value)


def change_text(metric: str, change: float | None) -> str:
    """A change of a metric in its own unit, with its sign."""
    if change is None:
        return NONE
    if metric == PASS_RATE:
        return numbers.points(change)
    if metric == "cost_usd":
        return numbers.cost_change(change)
    if metric.startswith("latency_"):
        return ("+" if change > 0 else numbers.MINUS if change < 0 else "±") + numbers.seconds(abs(change))
    return numbers.graded_change(change, 1 if metric.endswith("_tokens") else 3)


def interval_text(metric: str, interval: Interval | None) -> str:
    """The interval of a change in the metric's unit."""
    if interval is None:
        return NONE
    if metric == PASS_RATE:
        return numbers.points_interval(interval.low, interval.high)
    if metric == "cost_usd":
        return f"[{numbers.cost_change(interval.low)}, {numbers.cost_change(interval.high)}]"
    digits = 1 if metric.endswith("_tokens") else 3
    return numbers.graded_interval(interval.low, interval.high, digits)
