from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.reports import numbers as n

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE: list[tuple[Callable[..., str], tuple[Any, ...], str]] = [
    (n.rate, (0.875,), "87.5%"),
    (n.rate, (0.0,), "0.0%"),
    (n.rate, (-0.0,), "0.0%"),
    (n.rate, (1.0,), "100.0%"),
    (n.rate, (0.1 + 0.2 + 0.7,), "100.0%"),
    (n.rate, (0.9996,), ">99.9%"),
    (n.rate, (0.9995,), ">99.9%"),
    (n.rate, (0.9994,), "99.9%"),
    (n.rate, (0.0004,), "<0.1%"),
    (n.rate, (0.0006,), "0.1%"),
    (n.rate, (0.996, 0), ">99%"),
    (n.rate, (None,), "unknown"),
    (n.rate, (math.nan,), "not a number"),
    (n.points, (-0.043,), "−4.3 pt"),
    (n.points, (0.024,), "+2.4 pt"),
    (n.points, (0.0,), "±0.0 pt"),
    (n.points, (1e-17,), "±0.0 pt"),
    (n.points, (-0.0004,), "−<0.1 pt"),
    (n.points, (0.00049,), "+<0.1 pt"),
    (n.points, (None,), "unknown"),
    (n.points, (math.inf,), "infinite"),
    (n.points_interval, (-0.061, 0.024), "[−6.1, +2.4]"),
    (n.points_interval, (-0.061, -0.0001), "[−6.1, −<0.1]"),
    (n.points_interval, (-0.061, 0.0), "[−6.1, 0.0]"),
    (n.points_interval, (-math.inf, math.inf), "[−∞, +∞]"),
    (n.points_interval, (math.nan, 0.01), "[not a number, +1.0]"),
    (n.graded, (0.8123,), "0.812"),
    (n.graded, (1.0,), "1.000"),
    (n.graded, (0.99996,), ">0.999"),
    (n.graded, (0.0001,), "<0.001"),
    (n.graded, (-0.5,), "−0.500"),
    (n.graded, (None,), "unknown"),
    (n.graded_change, (-0.043,), "−0.043"),
    (n.graded_change, (0.00001,), "+<0.001"),
    (n.graded_change, (None,), "unknown"),
    (n.graded_interval, (-0.061, 0.024), "[−0.061, +0.024]"),
    (n.relative, (0.125,), "+12.5%"),
    (n.relative, (-0.0001,), "−<0.1%"),
    (n.relative, (12.0,), "+1,200.0%"),
    (n.relative, (None,), "unknown"),
    (n.cost, (0.0123,), "$0.0123"),
    (n.cost, (0.012,), "$0.012"),
    (n.cost, (0.12,), "$0.12"),
    (n.cost, (0.1049,), "$0.105"),
    (n.cost, (0.1,), "$0.10"),
    (n.cost, (0.9996,), "$1.00"),
    (n.cost, (0.0000234,), "$0.0000234"),
    (n.cost, (0.0000072,), "$0.0000072"),
    (n.cost, (1e-12,), "<$0.000000001"),
    (n.cost, (0,), "$0.00"),
    (n.cost, (1234.5,), "$1,234.50"),
    (n.cost, (None,), "unknown"),
    (n.coverage, (0.12, 80, 100), "$0.12 for 80 of 100 calls"),
    (n.coverage, (0.12, 0, 1), "unknown"),
    (n.coverage, (0.12, 100, 100), "$0.12"),
    (n.coverage, (None, 5, 10), "unknown"),
    (n.coverage, (0.0, 0, 0), "no calls"),
    (n.tokens, (840,), "840"),
    (n.tokens, (12_345,), "12.3k"),
    (n.tokens, (999_949,), "999.9k"),
    (n.tokens, (999_950,), "1.0M"),
    (n.tokens, (1_234_567,), "1.2M"),
    (n.tokens, (3_400_000_000,), "3.4G"),
    (n.tokens, (None,), "unknown"),
    (n.seconds, (0,), "0 ms"),
    (n.seconds, (0.0001,), "<1 ms"),
    (n.seconds, (0.34,), "340 ms"),
    (n.seconds, (0.9996,), "1.0 s"),
    (n.seconds, (2.4,), "2.4 s"),
    (n.seconds, (59.96,), "1 min 00 s"),
    (n.seconds, (65,), "1 min 05 s"),
    (n.seconds, (3599.6,), "1 h 00 min"),
    (n.seconds, (7380,), "2 h 03 min"),
    (n.seconds, (-2,), "−2.0 s"),
    (n.seconds, (None,), "unknown"),
    (n.count, (1234,), "1,234"),
    (n.count, (-1,), "−1"),
    (n.count, (1, "case"), "1 case"),
    (n.count, (0, "case"), "0 cases"),
    (n.count, (2, "reply", "replies"), "2 replies"),
    (n.p_value, (0.003,), "p = 0.003"),
    (n.p_value, (0.0009,), "p < 0.001"),
    (n.p_value, (0.9999,), "p > 0.999"),
    (n.p_value, (1.0,), "p = 1.000"),
    (n.p_value, (None,), "p unknown"),
]


@pytest.mark.parametrize(("function", "arguments", "expected"), TABLE)
def test_reads_as(function: Callable[..., str], arguments: tuple[Any, ...], expected: str) -> None:
    assert function(*arguments) == expected


@given(st.floats(min_value=1e-8, max_value=1.0))
def test_no_change_is_hidden_and_no_sign_lost(value: float) -> None:
    for drawn in (n.points(value), n.graded_change(value), n.relative(value)):
        assert drawn.startswith("+")
    for drawn in (n.points(-value), n.graded_change(-value), n.relative(-value)):
        assert drawn.startswith("−")


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_only_all_is_all_and_only_none_is_none(passed: int, more: int) -> None:
    share = passed / (passed + more)
    assert n.rate(share) not in ("100.0%", "0.0%")


@given(st.floats(min_value=0, allow_nan=False, allow_infinity=False))
def test_every_number_has_a_form(value: float) -> None:
    for function in (n.rate, n.points, n.graded, n.cost, n.seconds, n.p_value):
        assert function(value)
