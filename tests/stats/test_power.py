from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, ttest_1samp
from statsmodels.stats.power import TTestPower

from llmops_cli.stats import (
    cases_to_rule_out,
    detectable_drop_binary,
    detectable_drop_continuous,
    mcnemar_exact,
    power_binary,
    required_cases_binary,
    required_cases_continuous,
)


def _exact_power(n: int, discordance: float, drop: float, alpha: float) -> float:
    """Probability that the exact McNemar test rejects, over all numbers of discordant cases."""
    loss_share = (discordance + drop) / (2.0 * discordance)
    power = 0.0
    for m in range(n + 1):
        weight = float(binom.pmf(m, n, discordance))
        if weight > 1e-9:
            losses = next((k for k in range((m + 1) // 2, m + 1) if mcnemar_exact(k, m - k) <= alpha), m + 1)
            power += weight * float(binom.sf(losses - 1, m, loss_share))
    return power


@pytest.mark.parametrize(("n", "discordance"), [(100, 0.2), (200, 0.1), (500, 0.15), (1_000, 0.04)])
def test_detectable_drop_is_seen_by_the_exact_test(n: int, discordance: float) -> None:
    drop = detectable_drop_binary(n, discordance)
    assert 0.77 <= _exact_power(n, discordance, drop, 0.05) <= 0.86


def test_detectable_drop_beyond_the_discordance_takes_all_cases_as_losses() -> None:
    drop = detectable_drop_binary(100, 0.0)
    assert drop == detectable_drop_binary(100, 0.02)
    assert 0.8 <= _exact_power(100, drop, drop, 0.05) <= 0.95
    assert detectable_drop_binary(3, 0.1) == math.inf


def test_connor_without_correction_is_a_little_below() -> None:
    # Connor (1987): (1.96 sqrt(0.2) + 0.8416 sqrt(0.2 - 0.01))^2 / 0.01 pairs; the correction adds 2 / drop.
    connor = (1.959964 * math.sqrt(0.2) + 0.841621 * math.sqrt(0.19)) ** 2 / 0.01
    assert required_cases_binary(0.1, 0.2) == pytest.approx(connor + 20, abs=1.5)


@given(
    st.floats(min_value=0.005, max_value=0.9),
    st.floats(min_value=0.0, max_value=1.0),
    st.floats(min_value=0.5, max_value=0.95),
)
def test_binary_cases_and_drop_are_inverse(drop: float, discordance: float, power: float) -> None:
    n = required_cases_binary(drop, discordance, power=power)
    assert detectable_drop_binary(n, discordance, power=power) <= drop * (1 + 1e-9)
    if n > 1:
        assert detectable_drop_binary(n - 1, discordance, power=power) >= drop * (1 - 1e-9)


@given(st.integers(min_value=10, max_value=10_000), st.floats(min_value=0.0, max_value=1.0))
def test_binary_monotony(n: int, discordance: float) -> None:
    drop = detectable_drop_binary(n, discordance)
    assert detectable_drop_binary(n + 1, discordance) <= drop
    assert detectable_drop_binary(n, min(1.0, discordance + 0.1)) >= drop * (1 - 1e-12)
    assert detectable_drop_binary(n, discordance, alpha=0.005) >= drop
    assert detectable_drop_binary(n, discordance, power=0.9) >= drop


@pytest.mark.parametrize(
    ("n", "discordance", "drop"),
    [(200, 0.2, 0.1), (20, 0.3, 0.3), (50, 1.0, 0.4), (30, 0.1, 0.0), (1_000, 0.04, 0.02), (5, 1.0, 1.0)],
)
@pytest.mark.parametrize("alpha", [0.05, 0.004])
def test_power_agrees_with_enumeration(n: int, discordance: float, drop: float, alpha: float) -> None:
    expected = _exact_power(n, discordance, drop, alpha)
    assert power_binary(n, discordance, drop, alpha=alpha) == pytest.approx(expected, abs=1e-7)


def test_power_agrees_with_simulation() -> None:
    rng = np.random.default_rng(3)
    tables = rng.multinomial(200, (0.15, 0.05, 0.8), size=4_000).tolist()
    found = sum(mcnemar_exact(losses, wins) <= 0.05 and losses > wins for losses, wins, _ in tables)
    assert found / 4_000 == pytest.approx(power_binary(200, 0.2, 0.1), abs=0.02)


@pytest.mark.parametrize(("n", "discordance"), [(100, 0.2), (200, 0.1), (500, 0.15), (20_000, 0.2)])
def test_power_of_the_detectable_drop_is_the_power_asked_for(n: int, discordance: float) -> None:
    assert 0.79 <= power_binary(n, discordance, detectable_drop_binary(n, discordance)) <= 0.86
    drop = detectable_drop_binary(n, discordance, power=0.5)
    cases = required_cases_binary(drop, discordance, power=0.5)
    assert 0.45 <= power_binary(cases, discordance, drop) <= 0.6


@given(
    st.integers(min_value=1, max_value=300),
    st.floats(min_value=0.0, max_value=1.0),
    st.floats(min_value=0.0, max_value=1.0),
)
def test_power_rises_with_the_drop_and_with_alpha(n: int, discordance: float, share: float) -> None:
    drop = share * discordance
    power = power_binary(n, discordance, drop)
    assert 0.0 <= power <= 1.0
    assert power_binary(n, discordance, min(1.0, 1.1 * drop + 0.01)) >= power - 1e-9
    assert power_binary(n, discordance, drop, alpha=0.01) <= power + 1e-9
    assert power_binary(n, discordance, 0.0) <= 0.025 + 1e-9
    if drop > 0.0:
        assert power_binary(n + 200, discordance, drop) >= power - 0.06  # a saw, for the tail has steps


def test_power_of_extremes() -> None:
    assert power_binary(100, 0.0, 0.0) == 0.0
    assert power_binary(5, 1.0, 1.0) == 0.0  # five losses of five: p = 0.0625
    assert power_binary(6, 1.0, 1.0) == 1.0
    assert power_binary(100, 0.05, 0.2) == power_binary(100, 0.2, 0.2)
    with pytest.raises(ValueError, match="at least one case"):
        power_binary(0, 0.1, 0.1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        power_binary(10, 0.1, 1.1)
    with pytest.raises(ValueError, match="alpha"):
        power_binary(10, 0.1, 0.1, alpha=0.0)


@given(
    st.integers(min_value=5, max_value=5_000),
    st.floats(min_value=0.001, max_value=2.0),
    st.floats(min_value=0.001, max_value=1.0),
)
def test_continuous_monotony(n: int, sd: float, drop: float) -> None:
    detectable = detectable_drop_continuous(n, sd)
    assert detectable_drop_continuous(n + 1, sd) <= detectable
    assert detectable_drop_continuous(n, 1.5 * sd) >= detectable
    assert detectable_drop_continuous(n, sd, alpha=0.01) >= detectable
    assert detectable_drop_continuous(n, sd, power=0.9) >= detectable
    cases = required_cases_continuous(drop, sd)
    assert required_cases_continuous(1.5 * drop, sd) <= cases
    assert required_cases_continuous(drop, 1.5 * sd) >= cases
    assert required_cases_continuous(drop, sd, power=0.9) >= cases


@given(
    st.floats(min_value=0.01, max_value=0.3),
    st.floats(min_value=-0.3, max_value=0.3),
    st.floats(min_value=0.01, max_value=1.0),
)
def test_ruling_out_more_or_with_less_scatter_needs_fewer_cases(
    max_drop: float, difference: float, sd: float
) -> None:
    cases = cases_to_rule_out(max_drop, difference, sd)
    if cases is None:
        assert difference <= -max_drop
        return
    for easier in (
        (2 * max_drop, difference, sd),
        (max_drop, difference + 0.1, sd),
        (max_drop, difference, sd / 2),
    ):
        fewer = cases_to_rule_out(*easier)
        assert fewer is not None
        assert fewer <= cases


@pytest.mark.parametrize(("n", "alpha", "power"), [(12, 0.05, 0.8), (50, 0.05, 0.8), (400, 0.01, 0.9)])
def test_continuous_agrees_with_the_t_test(n: int, alpha: float, power: float) -> None:
    effect = TTestPower().solve_power(nobs=n, alpha=alpha, power=power, alternative="two-sided")
    assert detectable_drop_continuous(n, 0.3, alpha=alpha, power=power) == pytest.approx(
        0.3 * effect, rel=0.01
    )
    cases = required_cases_continuous(0.3 * float(effect), 0.3, alpha=alpha, power=power)
    assert abs(cases - n) <= 1


def test_continuous_power_by_simulation() -> None:
    drop = detectable_drop_continuous(40, 0.25)
    samples = np.random.default_rng(1).normal(-drop, 0.25, size=(4_000, 40))
    seen = float((ttest_1samp(samples, 0.0, axis=1).pvalue <= 0.05).mean())
    assert seen == pytest.approx(0.8, abs=0.025)


def test_continuous_extremes() -> None:
    assert detectable_drop_continuous(1, 0.2) == math.inf
    assert detectable_drop_continuous(50, 0.0) == 0.0
    assert required_cases_continuous(0.1, 0.0) == 2


def test_cases_to_rule_out_by_simulation() -> None:
    n = cases_to_rule_out(0.05, -0.01, 0.3, power=0.8)
    assert n is not None
    rng = np.random.default_rng(2)
    means = rng.normal(-0.01, 0.3 / math.sqrt(n), size=20_000)
    assert float((means - 1.96 * 0.3 / math.sqrt(n) > -0.05).mean()) == pytest.approx(0.8, abs=0.02)


def test_cases_to_rule_out_knows_the_impossible() -> None:
    assert cases_to_rule_out(0.02, -0.02, 0.3) is None
    assert cases_to_rule_out(0.02, -0.05, 0.3) is None
    assert cases_to_rule_out(0.02, 0.0, 0.0) == 2
    more, fewer = cases_to_rule_out(0.02, -0.01, 0.3), cases_to_rule_out(0.02, 0.01, 0.3)
    assert more is not None
    assert fewer is not None
    assert more > fewer


def test_refuses_bad_arguments() -> None:
    with pytest.raises(ValueError, match="at least one case"):
        detectable_drop_binary(0, 0.1)
    with pytest.raises(ValueError, match="discordance"):
        detectable_drop_binary(10, 1.1)
    with pytest.raises(ValueError, match="alpha"):
        required_cases_binary(0.1, 0.1, alpha=0.0)
    with pytest.raises(ValueError, match="power"):
        required_cases_continuous(0.1, 0.1, power=1.0)
    with pytest.raises(ValueError, match="drop"):
        required_cases_binary(0.0, 0.1)
    with pytest.raises(ValueError, match="drop"):
        required_cases_continuous(-0.1, 0.1)
    with pytest.raises(ValueError, match="at least one case"):
        detectable_drop_continuous(0, 0.1)
    with pytest.raises(ValueError, match="standard deviation"):
        detectable_drop_continuous(10, math.nan)
    with pytest.raises(ValueError, match="tolerated"):
        cases_to_rule_out(-0.1, 0.0, 0.1)
