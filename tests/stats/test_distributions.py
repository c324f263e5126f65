from __future__ import annotations

import math

import pytest
from scipy.stats import norm, t

from llmops_cli.stats import Interval
from llmops_cli.stats.normal import normal_cdf, normal_density, normal_quantile, two_sided_z
from llmops_cli.stats.student import student_t_quantile


@pytest.mark.parametrize(("df", "expected"), [(1, 12.706205), (4, 2.776445), (9, 2.262157), (30, 2.042272)])
def test_published_t_quantiles(df: int, expected: float) -> None:
    assert student_t_quantile(0.975, df) == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize("df", [0.5, 1, 2, 3, 9, 37.5, 250, 999, 1_000, 50_000])
@pytest.mark.parametrize("probability", [1e-6, 0.0005, 0.025, 0.3, 0.4999, 0.5, 0.8, 0.995, 0.99999])
def test_t_quantiles_agree_with_scipy(df: float, probability: float) -> None:
    assert student_t_quantile(probability, df) == pytest.approx(
        float(t.ppf(probability, df)), rel=1e-9, abs=1e-12
    )


def test_normal_agrees_with_scipy() -> None:
    for x in (-30.0, -8.0, -1.96, 0.0, 0.5, 6.0):
        assert normal_cdf(x) == pytest.approx(float(norm.cdf(x)), rel=1e-12)
        assert normal_density(x) == pytest.approx(float(norm.pdf(x)), rel=1e-12)
    assert normal_quantile(1e-10) == pytest.approx(float(norm.ppf(1e-10)), rel=1e-12)
    assert two_sided_z(0.95) == pytest.approx(1.959964, abs=5e-7)


def test_refuses_bad_values() -> None:
    with pytest.raises(ValueError, match="degrees of freedom"):
        student_t_quantile(0.9, 0)
    with pytest.raises(ValueError, match=r"0\.0 < p < 1\.0"):
        normal_quantile(1.0)


def test_an_interval_is_checked_and_contains_its_limits() -> None:
    interval = Interval(-0.1, 0.2, 0.95)
    assert -0.1 in interval
    assert 0.2 in interval
    assert 0.21 not in interval
    for low, high, confidence in ((0.2, 0.1, 0.9), (math.nan, 1.0, 0.9), (0.0, 1.0, 1.0)):
        with pytest.raises(ValueError, match=r"limit|confidence"):
            Interval(low, high, confidence)
