from __future__ import annotations

import math
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from llmops_cli.stats import holm

P_VALUES = st.lists(st.floats(min_value=0.0, max_value=1.0), min_size=1, max_size=30)


@given(P_VALUES)
def test_agrees_with_statsmodels(p_values: list[float]) -> None:
    with patch("gc.collect"):  # statsmodels collects garbage on every call
        theirs = multipletests(p_values, method="holm")[1].tolist()
    assert holm(p_values) == pytest.approx(theirs, abs=1e-15)


def test_known_family() -> None:
    # Sorted: 4 x 0.005, 3 x 0.01, 2 x 0.03, 1 x 0.04, then the running maximum.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.04]) == [0.04]
    assert holm([]) == []


@given(P_VALUES)
def test_order_does_not_matter_and_no_value_falls(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(raw <= value <= 1.0 for raw, value in zip(p_values, adjusted, strict=True))
    assert sorted(holm(p_values[::-1])) == sorted(adjusted)
    assert holm(p_values[::-1])[::-1] == adjusted


@given(P_VALUES, st.data())
def test_less_evidence_somewhere_is_no_more_evidence_anywhere(
    p_values: list[float], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(p_values) - 1))
    weaker = [*p_values]
    weaker[at] = data.draw(st.floats(min_value=p_values[at], max_value=1.0))
    pairs = zip(holm(p_values), holm(weaker), strict=True)
    assert all(before <= now for before, now in pairs)


@given(P_VALUES, st.floats(min_value=0.0, max_value=1.0))
def test_one_more_test_in_the_family_never_helps(p_values: list[float], another: float) -> None:
    pairs = zip(holm(p_values), holm([*p_values, another]), strict=False)
    assert all(alone <= together for alone, together in pairs)


@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan])
def test_refuses_what_is_not_a_probability(bad: float) -> None:
    with pytest.raises(ValueError, match="p-value"):
        holm([0.5, bad])
