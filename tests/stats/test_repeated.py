from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.stats import pass_at_k, pass_hat_k


@st.composite
def draws(draw: st.DrawFn) -> tuple[int, int, int]:
    n = draw(st.integers(1, 12))
    return n, draw(st.integers(0, n)), draw(st.integers(1, n))


@given(draws())
def test_agree_with_counting_every_choice_of_k_answers(drawn: tuple[int, int, int]) -> None:
    n, passed, k = drawn
    chosen = list(combinations([True] * passed + [False] * (n - passed), k))
    assert pass_at_k(n, passed, k) == pytest.approx(sum(map(any, chosen)) / len(chosen), abs=1e-12)
    assert pass_hat_k(n, passed, k) == pytest.approx(sum(map(all, chosen)) / len(chosen), abs=1e-12)


@given(draws())
def test_what_fails_always_is_what_never_passes_once(drawn: tuple[int, int, int]) -> None:
    n, passed, k = drawn
    assert pass_at_k(n, passed, k) == pytest.approx(1.0 - pass_hat_k(n, n - passed, k), abs=1e-12)


@given(draws())
def test_more_passes_help_and_more_answers_widen_the_gap(drawn: tuple[int, int, int]) -> None:
    n, passed, k = drawn
    for estimate in (pass_at_k, pass_hat_k):
        found = [estimate(n, count, k) for count in range(n + 1)]
        assert found == sorted(found)
    at_least = [pass_at_k(n, passed, count) for count in range(1, n + 1)]
    every = [pass_hat_k(n, passed, count) for count in range(1, n + 1)]
    assert at_least == pytest.approx(sorted(at_least), abs=1e-12)
    assert every == pytest.approx(sorted(every, reverse=True), abs=1e-12)
    assert (at_least[0], every[0]) == pytest.approx((passed / n, passed / n))


def test_known_values() -> None:
    assert pass_at_k(5, 2, 1) == pytest.approx(0.4)
    assert pass_at_k(5, 2, 3) == pytest.approx(0.9)  # only one of the ten choices of three has no pass
    assert pass_hat_k(5, 3, 2) == pytest.approx(0.3)
    assert (pass_at_k(4, 0, 4), pass_hat_k(4, 4, 4)) == (0.0, 1.0)


@pytest.mark.parametrize("wrong", [(3, 4, 1), (3, -1, 1), (3, 1, 0), (3, 1, 4)])
def test_refuse_impossible_counts(wrong: tuple[int, int, int]) -> None:
    for estimate in (pass_at_k, pass_hat_k):
        with pytest.raises(ValueError, match="answers"):
            estimate(*wrong)
