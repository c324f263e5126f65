from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.stats import Interval, quantile, quantile_difference

FLOATS = st.floats(min_value=-1e6, max_value=1e6)
Pairs = tuple[list[float], list[float]]


def _latencies(n: int, rise: float = 1.0, seed: int = 1) -> Pairs:
    rng = np.random.default_rng(seed)
    baseline = rng.lognormal(0.0, 0.5, size=n)
    return baseline.tolist(), (rise * baseline * rng.lognormal(0.0, 0.1, size=n)).tolist()


@given(st.lists(FLOATS, min_size=1, max_size=50), st.floats(min_value=0.0, max_value=1.0))
def test_agrees_with_numpy(values: list[float], q: float) -> None:
    assert quantile(values, q) == pytest.approx(float(np.quantile(values, q)), rel=1e-9, abs=1e-6)


def test_known_values() -> None:
    assert quantile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.5
    assert quantile([7.0], 0.95) == 7.0
    assert quantile([float(i) for i in range(101)], 0.95) == 95.0
    assert (quantile([3.0, 1.0, 2.0], 0.0), quantile([3.0, 1.0, 2.0], 1.0)) == (1.0, 3.0)


@given(st.lists(FLOATS, min_size=1, max_size=30))
def test_rises_with_the_level(values: list[float]) -> None:
    found = [quantile(values, q) for q in (0.0, 0.1, 0.5, 0.95, 1.0)]
    assert found == sorted(found)


@pytest.mark.parametrize("q", [0.5, 0.95])
def test_resampling_agrees_with_a_plain_bootstrap(q: float) -> None:
    baseline, candidate = _latencies(120, rise=1.3)
    rng = np.random.default_rng(2)
    index = rng.integers(0, 120, size=(8_000, 120))
    change = np.quantile(np.array(candidate)[index], q, axis=1) - np.quantile(
        np.array(baseline)[index], q, axis=1
    )
    low, high = np.quantile(change, [0.025, 0.975])
    interval = quantile_difference(baseline, candidate, q).interval
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.1 * float(high - low))


def test_clusters_of_one_are_cases_and_clusters_of_many_are_wider() -> None:
    rng = np.random.default_rng(3)
    clusters = [i // 20 for i in range(400)]
    noise = np.repeat(rng.normal(size=20), 20)
    baseline = rng.normal(10.0, 0.1, size=400)
    candidate = (baseline + noise).tolist()
    alone = quantile_difference(baseline.tolist(), candidate, 0.5).interval
    together = quantile_difference(baseline.tolist(), candidate, 0.5, clusters=clusters).interval
    assert quantile_difference(baseline.tolist(), candidate, 0.5, clusters=[None] * 400).interval == alone
    assert together.high - together.low > 2.0 * (alone.high - alone.low)


def test_order_does_not_matter_and_sides_mirror() -> None:
    baseline, candidate = _latencies(90, rise=1.1)
    clusters = [i // 2 for i in range(90)]
    interval = quantile_difference(baseline, candidate, 0.9, clusters=clusters).interval
    back = quantile_difference(baseline[::-1], candidate[::-1], 0.9, clusters=clusters[::-1]).interval
    assert back == interval
    swapped = quantile_difference(candidate, baseline, 0.9, clusters=clusters).interval
    assert (-swapped.high, -swapped.low) == pytest.approx((interval.low, interval.high), abs=0.03)


FEW = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=2, max_size=25)


@settings(max_examples=20, deadline=None)
@given(FEW, st.sampled_from([0.25, 0.5, 0.95]), st.data())
def test_order_and_a_shift_and_confidence(
    pairs: list[tuple[int, int]], q: float, data: st.DataObject
) -> None:
    before, now = [float(x) for x, _ in pairs], [float(y) for _, y in pairs]
    interval = quantile_difference(before, now, q, confidence=0.9).interval
    shuffled = data.draw(st.permutations(pairs))
    turned = quantile_difference(
        [float(x) for x, _ in shuffled], [float(y) for _, y in shuffled], q, confidence=0.9
    ).interval
    assert turned == interval
    slower = quantile_difference(before, [y + 8.0 for y in now], q, confidence=0.9).interval
    assert (slower.low, slower.high) == pytest.approx((interval.low + 8.0, interval.high + 8.0))
    wider = quantile_difference(before, now, q, confidence=0.99).interval
    assert wider.low <= interval.low <= interval.high <= wider.high


@given(st.lists(FLOATS, min_size=1, max_size=30), st.floats(0.0, 1.0), st.floats(0.0, 1e6))
def test_a_slower_call_never_lowers_a_quantile(values: list[float], q: float, slower: float) -> None:
    assert quantile(values[::-1], q) == quantile(values, q)
    assert quantile([values[0] + slower, *values[1:]], q) >= quantile(values, q) - 1e-9 * abs(values[0])


def test_the_same_on_both_sides_is_no_change() -> None:
    baseline, _ = _latencies(40)
    assert quantile_difference(baseline, baseline, 0.95).interval.high == 0.0


def test_one_unit_says_nothing() -> None:
    assert quantile_difference([1.0], [2.0], 0.5).interval.low == -math.inf
    together = quantile_difference([1.0, 2.0], [2.0, 2.0], 0.5, clusters=["a", "a"])
    assert (together.interval, together.p_value) == (Interval(-math.inf, math.inf, 0.95), 1.0)


@pytest.mark.parametrize(("q", "n"), [(0.5, 60), (0.95, 300)])
def test_coverage(q: float, n: int) -> None:
    covered = 0
    for seed in range(16):
        baseline, _ = _latencies(n, seed=seed)
        candidate = np.random.default_rng(1_000 + seed).lognormal(0.2, 0.5, size=n).tolist()
        spread = 0.5 * NormalDist().inv_cdf(q)
        truth = math.exp(0.2 + spread) - math.exp(spread)
        covered += truth in quantile_difference(baseline, candidate, q).interval
    assert covered >= 12


def test_refuses_bad_arguments() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        quantile([], 0.5)
    with pytest.raises(ValueError, match="level"):
        quantile([1.0], 1.5)
    with pytest.raises(ValueError, match="finite"):
        quantile([1.0, math.nan], 0.5)
    with pytest.raises(ValueError, match="one entry for each case"):
        quantile_difference([1.0, 2.0], [1.0], 0.5)
    with pytest.raises(ValueError, match="quantile level"):
        quantile_difference([1.0, 2.0], [1.0, 2.0], 1.0)
