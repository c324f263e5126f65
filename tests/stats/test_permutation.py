from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm, permutation_test

from llmops_cli.stats import mcnemar_exact, sign_flip_test

if TYPE_CHECKING:
    import random

    from llmops_cli.stats.mcnemar import Alternative

VALUES = st.lists(st.integers(min_value=-6, max_value=6).map(lambda k: k / 10), min_size=1, max_size=30)


@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
def test_exact_values_agree_with_scipy(alternative: Alternative) -> None:
    values = np.random.default_rng(1).normal(0.3, 1.0, size=11)
    expected = permutation_test(
        (values, np.zeros(11)),
        lambda x, y: np.sum(x - y),
        permutation_type="samples",
        alternative=alternative,
    ).pvalue
    result = sign_flip_test(values.tolist(), alternative=alternative)
    assert result.p_value == pytest.approx(float(expected), abs=1e-12)
    assert (result.method, result.flips, result.standard_error) == ("exact", 2**11, 0.0)


def test_darwins_maize() -> None:
    # Fisher, The Design of Experiments (1935), section 21: 1,726 of 32,768 sign patterns are as extreme.
    values = [49.0, -67.0, 8.0, 16.0, 6.0, 23.0, 28.0, 41.0, 14.0, 29.0, 56.0, 24.0, 75.0, 60.0, -48.0]
    assert sign_flip_test(values).p_value == 1_726 / 32_768


@pytest.mark.parametrize(("losses", "wins"), [(6, 0), (12, 5), (3, 3), (0, 20), (1, 0)])
@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
def test_is_mcnemar_for_binary_values(losses: int, wins: int, alternative: Alternative) -> None:
    values = [-1.0] * losses + [1.0] * wins + [0.0] * 9
    result = sign_flip_test(values, alternative=alternative)
    assert result.method == "exact"
    assert result.p_value == pytest.approx(mcnemar_exact(losses, wins, alternative=alternative), abs=1e-12)


def test_monte_carlo_is_within_its_standard_error() -> None:
    values = [-0.2] * 80 + [0.2] * 57
    result = sign_flip_test(values)
    assert (result.method, result.flips) == ("monte-carlo", 10_000)
    exact = mcnemar_exact(80, 57)
    assert abs(result.p_value - exact) < 3.5 * result.standard_error
    assert result.standard_error == pytest.approx(math.sqrt(exact * (1 - exact) / 10_000), rel=0.2)


def test_monte_carlo_is_never_zero() -> None:
    # One unit dominates, so the saddlepoint does not serve, and no flip in a thousand is as extreme.
    assert sign_flip_test([1.0] * 100 + [9.0], flips=999).p_value == 1 / 1_000


def test_a_p_value_is_not_held_up_by_the_number_of_flips() -> None:
    """A correction over hundreds of metrics needs smaller ones than 1 / 10,001."""
    found = sign_flip_test([0.78] * 25)
    assert found.method == "saddlepoint"
    assert 2 * 0.5**25 <= found.p_value < 4 * 0.5**25
    assert 510 * found.p_value < 0.05


@pytest.mark.parametrize("wins", [1_500, 1_560, 1_640, 1_700])
@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
def test_saddlepoint_of_equal_steps_agrees_with_the_exact_tail(wins: int, alternative: Alternative) -> None:
    result = sign_flip_test([-0.25] * (3_000 - wins) + [0.25] * wins, alternative=alternative)
    assert result.method == "saddlepoint"
    expected = mcnemar_exact(3_000 - wins, wins, alternative=alternative)
    assert result.p_value == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("shift", [0.0, 0.02, 0.03])
def test_saddlepoint_of_uneven_values_agrees_with_the_edgeworth_expansion(shift: float) -> None:
    values = np.random.default_rng(2).standard_t(5, size=2_500) * 0.5 + shift
    result = sign_flip_test(values.tolist())
    assert result.method == "saddlepoint"
    z = float(values.sum() / np.sqrt((values**2).sum()))
    kurtosis = -2.0 * float((values**4).sum() / (values**2).sum() ** 2)
    tail = norm.sf(abs(z)) + norm.pdf(z) * kurtosis / 24.0 * (abs(z) ** 3 - 3.0 * abs(z))
    assert result.p_value == pytest.approx(2.0 * float(tail), rel=0.005)


def test_a_dominant_unit_is_drawn_not_approximated() -> None:
    result = sign_flip_test([50.0] + [0.1, -0.1] * 1_350)
    assert result.method == "monte-carlo"
    # As extreme: the 2,700 others do not pull against the big one, a little over half of all patterns.
    tie = float(binom.pmf(1_350, 2_700, 0.5))
    assert result.p_value == pytest.approx(0.5 + tie / 2, abs=4 * result.standard_error)
    assert result.standard_error < 0.01


def test_clusters_flip_as_one() -> None:
    values = [1.0] * 5 + [0.5] * 5
    clusters = ["a"] * 5 + ["b"] * 5
    assert sign_flip_test(values).p_value == 2 / 1_024
    assert sign_flip_test(values, clusters=clusters).p_value == 0.5
    assert sign_flip_test(values, clusters=[None] * 10) == sign_flip_test(values)


def test_zeros_change_nothing() -> None:
    assert sign_flip_test([0.0] * 5).p_value == 1.0
    assert sign_flip_test([0.3, -0.1, 0.4] + [0.0] * 50) == sign_flip_test([0.3, -0.1, 0.4])


def test_ties_survive_rounding() -> None:
    # 0.1 + 0.2 - 0.3 is 5.6e-17 in floating point: every pattern of these is as extreme as a sum of 0.
    assert sign_flip_test([0.1, 0.2, -0.3]).p_value == 1.0


@settings(max_examples=40, deadline=None)
@given(VALUES, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_sides_mirror(values: list[float], shuffler: random.Random) -> None:
    shuffled = list(values)
    shuffler.shuffle(shuffled)
    negated = [-value for value in shuffled]
    assert sign_flip_test(shuffled) == sign_flip_test(values) == sign_flip_test(negated)
    assert sign_flip_test(values, alternative="less") == sign_flip_test(negated, alternative="greater")


@settings(max_examples=40, deadline=None)
@given(VALUES, st.floats(min_value=0.01, max_value=100.0))
def test_scale_does_not_matter(values: list[float], scale: float) -> None:
    scaled = sign_flip_test([scale * value for value in values])
    assert scaled.p_value == pytest.approx(sign_flip_test(values).p_value, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(VALUES.filter(lambda values: len(values) <= 16), st.data())
def test_a_case_that_does_better_is_less_evidence_of_a_drop(values: list[float], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(values) - 1))
    better = [*values]
    better[at] += data.draw(st.sampled_from([0.1, 0.5, 2.0]))
    drop, less = (sign_flip_test(these, alternative="less").p_value for these in (values, better))
    rise, more = (sign_flip_test(these, alternative="greater").p_value for these in (values, better))
    assert drop <= less + 1e-12
    assert rise >= more - 1e-12


@settings(max_examples=30, deadline=None)
@given(VALUES, st.data())
def test_names_and_order_of_clusters_do_not_matter(values: list[float], data: st.DataObject) -> None:
    labels = data.draw(st.lists(st.integers(0, 4), min_size=len(values), max_size=len(values)))
    turned = sign_flip_test(values[::-1], clusters=[f"c{label}" for label in labels[::-1]])
    assert turned == sign_flip_test(values, clusters=labels)


def test_false_alarms_are_near_alpha() -> None:
    samples = np.random.default_rng(3).laplace(size=(600, 30))
    alarms = sum(sign_flip_test(sample.tolist(), flips=999).p_value <= 0.05 for sample in samples) / 600
    assert 0.025 <= alarms <= 0.08


def test_false_alarms_with_clusters_are_near_alpha() -> None:
    rng = np.random.default_rng(4)
    clusters = [i // 3 for i in range(72)]
    clustered = unaware = 0
    for _ in range(200):
        values = (np.repeat(rng.normal(size=24), 3) + 0.2 * rng.normal(size=72)).tolist()
        clustered += sign_flip_test(values, clusters=clusters, flips=999).p_value <= 0.05
        unaware += sign_flip_test(values, flips=499).p_value <= 0.05
    assert clustered / 200 <= 0.1
    assert unaware / 200 > 0.15  # what the clusters protect from


def test_refuses_bad_arguments() -> None:
    with pytest.raises(ValueError, match="at least one case"):
        sign_flip_test([])
    with pytest.raises(ValueError, match="finite"):
        sign_flip_test([math.nan])
    with pytest.raises(ValueError, match="flip"):
        sign_flip_test([1.0], flips=0)
    with pytest.raises(ValueError, match="unknown alternative"):
        sign_flip_test([1.0], alternative="smaller")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="labels"):
        sign_flip_test([1.0], clusters=[])
