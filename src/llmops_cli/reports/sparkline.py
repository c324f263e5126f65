"""A row of numbers as a row of bars: `▁▃▅█`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.reports.document import Chart

BARS = "▁▂▃▄▅▆▇█"
FLAT = "▄"


def sparkline(values: Sequence[float]) -> str:
    """A bar for each value, from the lowest of them to the highest; a line where all are the same."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if high == low:
        return FLAT * len(values)
    step = (high - low) / (len(BARS) - 1)
    return "".join(BARS[round((value - low) / step)] for value in values)


def chart_lines(chart: Chart) -> list[str]:
    """A chart where nothing can be drawn: a line for each series, with the values at both ends."""
    lines = []
    for series in chart.series:
        points = [(v, t) for v, t in zip(series.values, series.texts, strict=True) if v is not None]
        if points:
            ends = points[0][1] if len(points) == 1 else f"{points[0][1]} … {points[-1][1]}"
            lines.append(f"{series.name} {sparkline([value for value, _ in points])} {ends}")
        else:
            lines.append(f"{series.name}: no values")
    return lines
