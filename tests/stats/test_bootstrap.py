from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap as scipy_bootstrap
from scipy.stats import t

from llmops_cli.stats import bootstrap_mean_interval, bootstrap_ratio_interval, paired_difference_interval
from llmops_cli.stats.draws import bit_chunks, index_chunks

if TYPE_CHECKING:
    import random

    from llmops_cli.stats import Interval

VALUES = st.lists(st.integers(min_value=-8, max_value=8).map(lambda k: k / 8), min_size=2, max_size=40)


def _limits(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def _skewed(n: int, seed: int = 3) -> list[float]:
    values: list[float] = np.random.default_rng(seed).exponential(size=n).tolist()
    return values


def test_agrees_with_scipy_bca_up_to_the_widening() -> None:
    values = _skewed(400)
    result = scipy_bootstrap(
        (values,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(5)
    ).confidence_interval
    spread = float(np.std(values) / 20)
    # Resampling noise at a 2.5% level with 10,000 resamples is 0.03 standard errors.
    assert _limits(bootstrap_mean_interval(values)) == pytest.approx(tuple(result), abs=0.1 * spread)


def test_is_skewed_to_the_side_of_the_long_tail() -> None:
    values = _skewed(100)
    interval = bootstrap_mean_interval(values)
    mean = math.fsum(values) / 100
    assert interval.high - mean > 1.1 * (mean - interval.low)


@pytest.mark.parametrize("n", [2, 3, 9])
def test_few_units_get_students_interval(n: int) -> None:
    values = _skewed(n)
    expected = t.interval(0.9, n - 1, loc=np.mean(values), scale=np.std(values, ddof=1) / math.sqrt(n))
    assert _limits(bootstrap_mean_interval(values, confidence=0.9)) == pytest.approx(expected, rel=1e-9)


def test_normal_values_get_nearly_students_interval() -> None:
    values = np.random.default_rng(8).normal(size=12)
    low, high = t.interval(0.95, 11, loc=values.mean(), scale=values.std(ddof=1) / math.sqrt(12))
    interval = bootstrap_mean_interval(values.tolist())
    assert (interval.high - interval.low) / (high - low) == pytest.approx(1.0, abs=0.1)


def test_the_limit_for_many_units_meets_the_bootstrap() -> None:
    values = _skewed(2_001)
    expanded = bootstrap_mean_interval(values)
    resampled = bootstrap_mean_interval(values[:2_000])
    spread = float(np.std(values) / math.sqrt(2_000))
    assert _limits(expanded) == pytest.approx(_limits(resampled), abs=0.1 * spread)


def test_an_outlier_among_many_units_is_still_resampled() -> None:
    interval = bootstrap_mean_interval([100.0] + [0.0] * 2_999)
    # The outlier is drawn a Poisson(1) number of times: its 97.5% point is far above the mean of 1/30.
    assert interval.low <= 1 / 30 / 3
    assert interval.high >= 4 / 30


def test_clusters_widen_the_interval_and_equal_their_totals() -> None:
    rng = np.random.default_rng(4)
    clusters = [i // 10 for i in range(300)]
    values = (np.repeat(rng.normal(size=30), 10) + 0.1 * rng.normal(size=300)).tolist()
    clustered = bootstrap_mean_interval(values, clusters=clusters)
    alone = bootstrap_mean_interval(values)
    assert clustered.high - clustered.low > 2.5 * (alone.high - alone.low)
    means = [math.fsum(values[i : i + 10]) / 10 for i in range(0, 300, 10)]
    assert _limits(clustered) == pytest.approx(_limits(bootstrap_mean_interval(means)), rel=1e-9)


def test_a_case_weighs_the_same_in_clusters_of_any_size() -> None:
    values = [1.0] * 30 + [0.0] * 10
    clusters = [0, 0, 0, 1, 1, 1, 2, 2, 2] * 3 + [None] * 13
    interval = bootstrap_mean_interval(values, clusters=clusters)
    assert interval.low < 0.75 < interval.high


@settings(max_examples=25, deadline=None)
@given(VALUES, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_sides_mirror(values: list[float], shuffler: random.Random) -> None:
    interval = bootstrap_mean_interval(values, resamples=500)
    shuffled = list(values)
    shuffler.shuffle(shuffled)
    mirrored = bootstrap_mean_interval([-value for value in shuffled], resamples=500)
    assert bootstrap_mean_interval(shuffled, resamples=500) == interval
    assert (-mirrored.high, -mirrored.low) == _limits(interval)


@settings(max_examples=25, deadline=None)
@given(VALUES)
def test_more_confidence_is_wider_and_shifts_carry_over(values: list[float]) -> None:
    narrow, wide = (bootstrap_mean_interval(values, confidence=c, resamples=500) for c in (0.8, 0.99))
    assert wide.low <= narrow.low <= narrow.high <= wide.high
    shifted = bootstrap_mean_interval([value + 16.0 for value in values], confidence=0.8, resamples=500)
    # Mirroring may pick other draws, so the shift is exact only within the noise of 500 resamples.
    spread = float(np.std(values)) / math.sqrt(len(values))
    assert _limits(shifted) == pytest.approx((narrow.low + 16, narrow.high + 16), abs=0.5 * spread + 1e-9)


@settings(max_examples=25, deadline=None)
@given(VALUES, st.data())
def test_names_and_order_of_clusters_do_not_matter(values: list[float], data: st.DataObject) -> None:
    labels = data.draw(st.lists(st.integers(0, 12), min_size=len(values), max_size=len(values)))
    interval = bootstrap_mean_interval(values, clusters=labels, resamples=500)
    turned = bootstrap_mean_interval(
        values[::-1], clusters=[f"c{label}" for label in labels[::-1]], resamples=500
    )
    assert turned == interval


def test_many_more_cases_of_the_same_kind_narrow_the_interval() -> None:
    values = _skewed(40)
    widths = [_limits(bootstrap_mean_interval(values * times)) for times in (1, 4, 16, 64)]
    assert [high - low for low, high in widths] == sorted((high - low for low, high in widths), reverse=True)


def test_equal_values_have_no_width_unless_the_range_is_known() -> None:
    assert _limits(bootstrap_mean_interval([0.25] * 7)) == (0.25, 0.25)
    assert _limits(bootstrap_mean_interval([0.1] * 3_000)) == (0.1, 0.1)
    tango = paired_difference_interval(40, 0, 0, 0)
    assert _limits(bootstrap_mean_interval([0.0] * 40, largest=1.0)) == pytest.approx(
        _limits(tango), abs=1e-9
    )
    interval = bootstrap_mean_interval([1.0] * 40, largest=1.0)
    assert interval.high == 1.0
    assert interval.low < 0.9
    assert _limits(bootstrap_mean_interval([-1.0, 1.0], largest=1.0)) == (-1.0, 1.0)


def test_one_unit_says_nothing() -> None:
    assert _limits(bootstrap_mean_interval([0.5])) == (-math.inf, math.inf)
    assert _limits(bootstrap_mean_interval([0.5, 0.7], clusters=["a", "a"])) == (-math.inf, math.inf)
    assert _limits(bootstrap_mean_interval([0.5], largest=1.0)) == (-1.0, 1.0)


def test_equal_clusters_of_different_sizes_have_no_width() -> None:
    clusters = [0] * 3 + [1] * 5 + list(range(2, 20))
    assert _limits(bootstrap_mean_interval([0.1] * 26, clusters=clusters)) == (0.1, 0.1)


def test_draws_never_change() -> None:
    # PCG64(1): recorded once; a different number here means that old verdicts cannot be repeated.
    assert [chunk.tolist() for chunk in index_chunks(2, 5, seed=1)] == [[[2, 4, 0, 4, 1], [2, 3, 0, 4, 1]]]
    assert [chunk.tolist() for chunk in bit_chunks(2, 5, seed=1)] == [[[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]]


def test_draws_are_uniform() -> None:
    counts = np.bincount(np.concatenate([c.ravel() for c in index_chunks(4_000, 7, seed=2)]), minlength=7)
    assert counts.sum() == 28_000
    assert float(((counts - 4_000) ** 2 / 4_000).sum()) < 22.5  # chi-squared, 6 degrees of freedom, 0.1%
    bits = np.concatenate(list(bit_chunks(4_000, 7, seed=2)))
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 0.03


def test_seed_decides_the_draws() -> None:
    values = _skewed(50)
    assert bootstrap_mean_interval(values, seed=1) == bootstrap_mean_interval(values, seed=1)
    assert bootstrap_mean_interval(values, seed=1) != bootstrap_mean_interval(values, seed=2)


@pytest.mark.parametrize(("n", "lowest"), [(15, 0.88), (60, 0.91)])
def test_coverage_of_skewed_values(n: int, lowest: float) -> None:
    samples = np.random.default_rng(6).exponential(size=(300, n))
    covered = sum(1.0 in bootstrap_mean_interval(sample.tolist(), resamples=800) for sample in samples) / 300
    assert lowest <= covered <= 0.975


def test_coverage_with_clusters() -> None:
    rng = np.random.default_rng(7)
    clusters = [i // 4 for i in range(120)]
    covered = 0
    for _ in range(250):
        values = np.repeat(rng.normal(size=30), 4) + rng.normal(size=120)
        covered += 0.0 in bootstrap_mean_interval(values.tolist(), clusters=clusters, resamples=4_000)
    assert 0.91 <= covered / 250 <= 0.985


def test_ratio_of_means() -> None:
    rng = np.random.default_rng(9)
    baseline = rng.lognormal(size=300)
    candidate = baseline * 1.2 * rng.lognormal(0.0, 0.05, size=300)
    interval = bootstrap_ratio_interval(candidate.tolist(), baseline.tolist())
    ratio = float(candidate.sum() / baseline.sum())
    assert interval.low < ratio < interval.high
    influence = (candidate - ratio * baseline) / baseline.mean()
    assert (interval.high - interval.low) / 2 == pytest.approx(
        1.96 * float(influence.std()) / math.sqrt(300), rel=0.12
    )
    doubled = bootstrap_ratio_interval((2 * candidate).tolist(), baseline.tolist())
    assert _limits(doubled) == pytest.approx((2 * interval.low, 2 * interval.high), rel=1e-12)
    assert _limits(bootstrap_ratio_interval([2.0, 4.0, 6.0], [1.0, 2.0, 3.0])) == (2.0, 2.0)


def test_refuses_bad_arguments() -> None:
    with pytest.raises(ValueError, match="at least one case"):
        bootstrap_mean_interval([])
    with pytest.raises(ValueError, match="finite"):
        bootstrap_mean_interval([0.0, math.inf])
    with pytest.raises(ValueError, match="labels"):
        bootstrap_mean_interval([0.0, 1.0], clusters=["a"])
    with pytest.raises(ValueError, match="confidence"):
        bootstrap_mean_interval([0.0, 1.0], confidence=95)
    with pytest.raises(ValueError, match="largest"):
        bootstrap_mean_interval([0.0, 1.5], largest=1.0)
    with pytest.raises(ValueError, match="resample"):
        bootstrap_mean_interval([0.0, 1.5], resamples=0)
    with pytest.raises(ValueError, match="positive denominator"):
        bootstrap_ratio_interval([1.0, 1.0], [1.0, 0.0])
    with pytest.raises(ValueError, match="one entry for each case"):
        bootstrap_ratio_interval([1.0, 1.0], [1.0])
