from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from llmops_cli.stats import paired_difference_interval, wilson_interval

COUNT = st.integers(min_value=0, max_value=400)
Z = float(norm.ppf(0.975))


@pytest.mark.parametrize(
    ("successes", "n"), [(0, 1), (1, 1), (0, 30), (30, 30), (7, 23), (81, 263), (49_999, 50_000)]
)
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_wilson_agrees_with_statsmodels(successes: int, n: int, confidence: float) -> None:
    interval = wilson_interval(successes, n, confidence=confidence)
    low, high = proportion_confint(successes, n, alpha=1 - confidence, method="wilson")
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-12)
    assert interval.confidence == confidence


def test_wilson_published_value() -> None:
    interval = wilson_interval(81, 263)  # Newcombe (1998), Statistics in Medicine 17, 857: 0.2553, 0.3662
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)


@given(COUNT, COUNT)
def test_wilson_contains_the_rate_and_mirrors(successes: int, failures: int) -> None:
    n = successes + failures + 1
    interval, mirrored = wilson_interval(successes, n), wilson_interval(n - successes, n)
    assert 0.0 <= interval.low <= successes / n <= interval.high <= 1.0
    assert interval.low == pytest.approx(1.0 - mirrored.high, abs=1e-15)


@given(COUNT, COUNT)
def test_one_more_success_moves_wilson_up_and_confidence_widens_it(successes: int, failures: int) -> None:
    n = successes + failures + 1
    interval, more = wilson_interval(successes, n), wilson_interval(successes + 1, n)
    assert (interval.low < more.low, interval.high < more.high) == (True, True)
    wider = wilson_interval(successes, n, confidence=0.99)
    assert wider.low <= interval.low
    assert interval.high <= wider.high


@given(COUNT, COUNT, COUNT)
def test_cases_that_agree_say_the_same_whether_they_pass_or_fail(both: int, losses: int, wins: int) -> None:
    passing = paired_difference_interval(both + 1, losses, wins, 0)
    assert passing == paired_difference_interval(0, losses, wins, both + 1)


@pytest.mark.parametrize(
    ("table", "confidence", "low", "high"),
    [
        # contingencytables 3.1 (R), Cavo et al. 2012 and Bentur et al. 2009: Fagerland et al., chapter 8.
        ((59, 6, 16, 80), 0.95, 0.0054, 0.1240),
        ((1, 1, 7, 12), 0.95, 0.026, 0.5172),
        # PropCIs::scoreci.mp (R).
        ((565, 25, 28, 0), 0.90, -0.0148, 0.0247),
        ((920, 60, 20, 0), 0.95, -0.0584, -0.0231),
    ],
)
def test_tango_published_values(
    table: tuple[int, int, int, int], confidence: float, low: float, high: float
) -> None:
    interval = paired_difference_interval(*table, confidence=confidence)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5.1e-5)


def _score(losses: int, wins: int, n: int, difference: float) -> float:
    """Tango's statistic with the restricted likelihood maximised numerically."""

    def minus_log_likelihood(loss_rate: float) -> float:
        win_rate = loss_rate + difference
        rest = 1.0 - loss_rate - win_rate
        terms = ((losses, loss_rate), (wins, win_rate), (n - losses - wins, rest))
        return -sum(count * float(np.log(max(rate, 1e-300))) for count, rate in terms if count)

    bounds = (max(0.0, -difference), (1.0 - difference) / 2.0)
    fit = minimize_scalar(minus_log_likelihood, bounds=bounds, method="bounded", options={"xatol": 1e-12})
    variance = 2.0 * float(fit.x) + difference - difference**2
    return (wins - losses - n * difference) / float(np.sqrt(n * variance))


@pytest.mark.parametrize(
    ("losses", "wins", "n"), [(12, 5, 50), (3, 1, 20), (40, 20, 160), (2, 9, 400), (30, 15, 45)]
)
def test_tango_limits_solve_the_score_equation(losses: int, wins: int, n: int) -> None:
    interval = paired_difference_interval(n - losses - wins, losses, wins, 0)
    estimate = (wins - losses) / n
    low = brentq(lambda x: _score(losses, wins, n, x) - Z, -0.999, estimate - 1e-6)
    high = brentq(lambda x: _score(losses, wins, n, x) + Z, estimate + 1e-6, 0.999)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-5)


@pytest.mark.parametrize("n", [1, 2, 10, 1_000, 50_000])
def test_no_discordant_case_still_leaves_doubt(n: int) -> None:
    interval = paired_difference_interval(n, 0, 0, 0)
    assert interval.high == -interval.low == pytest.approx(Z**2 / (n + Z**2), rel=1e-9)


@pytest.mark.parametrize("n", [1, 5, 100])
def test_all_lost(n: int) -> None:
    interval = paired_difference_interval(0, n, 0, 0)
    assert interval.low == -1.0
    assert -1.0 < interval.high < 1.0


@given(COUNT, COUNT, COUNT, COUNT)
def test_tango_properties(both: int, losses: int, wins: int, neither: int) -> None:
    n = both + losses + wins + neither + 1
    both += 1
    interval = paired_difference_interval(both, losses, wins, neither)
    swapped = paired_difference_interval(neither, wins, losses, both)
    wider = paired_difference_interval(both, losses, wins, neither, confidence=0.99)
    assert -1.0 <= interval.low <= (wins - losses) / n <= interval.high <= 1.0
    assert (interval.low, interval.high) == (-swapped.high, -swapped.low)
    assert wider.low < interval.low
    assert interval.high < wider.high
    statistic = (wins - losses) ** 2 - Z**2 * (wins + losses)
    if (
        abs(statistic) > 1e-6 and losses + wins
    ):  # excludes 0 exactly when the uncorrected McNemar test rejects
        assert (0.0 in interval) == (statistic < 0)


@given(COUNT, COUNT, COUNT)
def test_one_more_loss_moves_the_interval_down(both: int, losses: int, wins: int) -> None:
    before = paired_difference_interval(both + 1, losses, wins, 0)
    after = paired_difference_interval(both, losses + 1, wins, 0)
    assert after.low < before.low
    assert after.high < before.high


def test_coverage_is_near_nominal() -> None:
    rng = np.random.default_rng(1)
    rates, truth = (0.75, 0.10, 0.05, 0.10), -0.05
    tables = rng.multinomial(150, rates, size=1_500).tolist()
    covered = sum(truth in paired_difference_interval(*table) for table in tables) / len(tables)
    assert 0.935 <= covered <= 0.967


def test_refuses_impossible_tables() -> None:
    with pytest.raises(ValueError, match="at least one case"):
        paired_difference_interval(0, 0, 0, 0)
    with pytest.raises(ValueError, match="negative"):
        paired_difference_interval(1, -1, 0, 0)
    with pytest.raises(ValueError, match="confidence"):
        paired_difference_interval(1, 0, 0, 0, confidence=1.0)
    with pytest.raises(ValueError, match="successes"):
        wilson_interval(3, 2)
    with pytest.raises(ValueError, match="successes"):
        wilson_interval(0, 0)
