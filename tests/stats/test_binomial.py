"""The binomial tail beside scipy's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from llmops_cli.stats.binomial import at_least


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0, 1))
def test_the_tail_is_that_of_scipy(one: int, other: int, chance: float) -> None:
    count, of = sorted((one, other))
    assert at_least(count, of, chance) == pytest.approx(binom.sf(count - 1, of, chance), abs=1e-12)


@pytest.mark.parametrize(("count", "of", "chance"), [(3, 2, 0.5), (-1, 2, 0.5), (1, 2, 1.5)])
def test_what_is_no_count_is_refused(count: int, of: int, chance: float) -> None:
    with pytest.raises(ValueError, match="no count and chance"):
        at_least(count, of, chance)
