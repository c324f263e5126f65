"""A row of numbers as a row of bars: `▁▃▅█`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
FLAT = "▄"


def sparkline(values: Sequence[float]) -> str:
    """A bar for each value, from the lowest of them to the highest; a line where all are the same."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if high == low:
        return FLAT * len(values)
    step = (high - low) / (len(BARS) - 1)
    return "".join(BARS[round((value - low) / step)] for value in values)
