"""Values and changes of metrics, each in its own unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.evals.suite import MEASURED, PASS_RATE, repeated_pass
from llmops_cli.reports import numbers

if TYPE_CHECKING:
    from llmops_cli.stats import Interval

NONE = "–"
"""Stands where there is no value."""


def value_text(metric: str, value: float | None) -> str:
    """A metric's value in its own unit."""
    if value is None:
        return NONE
    if _is_rate(metric):
        return numbers.rate(value)
    if metric == "cost_usd":
        return numbers.cost(value)
    if metric.startswith("latency_"):
        return numbers.seconds(value)
    if metric.endswith("_tokens"):
        return f"{value:,.1f}"
    return numbers.graded(value)


def change_text(metric: str, change: float | None, before: float | None) -> str:
    """A change of a metric with its sign: rates in points, costs, tokens and latencies in proportion."""
    if change is None:
        return NONE
    if _is_rate(metric):
        return numbers.points(change)
    if metric in MEASURED:
        return numbers.relative(change / before) if before else NONE
    return numbers.graded_change(change)


def interval_text(metric: str, interval: Interval | None, before: float | None) -> str:
    """The interval of a change, in the unit that `change_text` uses."""
    if interval is None:
        return NONE
    if _is_rate(metric):
        return numbers.points_interval(interval.low, interval.high)
    if metric in MEASURED:
        # Percentages, which `points_interval` writes without their sign.
        return numbers.points_interval(interval.low / before, interval.high / before) if before else NONE
    return numbers.graded_interval(interval.low, interval.high)


def _is_rate(metric: str) -> bool:
    return metric == PASS_RATE or repeated_pass(metric) is not None
