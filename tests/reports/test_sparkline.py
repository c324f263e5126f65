"""Bars: the lowest value is the lowest bar, and equal values are a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.reports.sparkline import BARS, sparkline


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([0.7], "▄"),
        ([0.7, 0.7, 0.7], "▄▄▄"),
        ([0.0, 1.0], "▁█"),
        ([1.0, 0.0, 1.0], "█▁█"),
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([0.712, 0.761, 0.805, 0.88], "▁▃▅█"),
        ([-1.0, 0.0, 1.0], "▁▅█"),
    ],
)
def test_bars(values: list[float], drawn: str) -> None:
    assert sparkline(values) == drawn


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=40))
def test_a_higher_value_never_has_a_lower_bar(values: list[float]) -> None:
    bars = [BARS.index(bar) for bar in sparkline(values)]
    assert len(bars) == len(values)
    ranked = [bar for _, bar in sorted(zip(values, bars, strict=True))]
    assert ranked == sorted(ranked)
