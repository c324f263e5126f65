from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, chi2
from statsmodels.stats.contingency_tables import mcnemar as sm_mcnemar

from llmops_cli.stats import mcnemar_exact, paired_difference_interval

if TYPE_CHECKING:
    from llmops_cli.stats.mcnemar import Alternative

COUNTS = st.integers(min_value=0, max_value=3_000)


@pytest.mark.parametrize(
    ("losses", "wins"),
    [(121, 59), (59, 121), (70, 59), (0, 0), (0, 6), (1, 1), (499, 501), (500, 501), (2_000, 1_900)],
)
def test_two_sided_agrees_with_statsmodels(losses: int, wins: int) -> None:
    expected = sm_mcnemar([[101, losses], [wins, 33]], exact=True).pvalue if losses + wins else 1.0
    assert mcnemar_exact(losses, wins) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("losses", "wins"), [(121, 59), (3, 9), (0, 1), (700, 640), (1, 1_500), (50_000, 49_000)]
)
@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
def test_every_alternative_agrees_with_the_binomial_test(
    losses: int, wins: int, alternative: Alternative
) -> None:
    expected = binomtest(wins, losses + wins, 0.5, alternative=alternative).pvalue
    assert mcnemar_exact(losses, wins, alternative=alternative) == pytest.approx(expected, rel=1e-8)


def test_published_values_of_cavo_2012() -> None:
    # Fagerland, Lydersen, Laake: Statistical Analysis of Contingency Tables, table 8.8: mid-p 0.034690.
    assert mcnemar_exact(16, 6, mid_p=True) == pytest.approx(0.034690, abs=5e-7)
    assert mcnemar_exact(16, 6) == pytest.approx(0.052479, abs=5e-7)


def test_known_small_values() -> None:
    assert mcnemar_exact(5, 0) == 0.0625
    assert mcnemar_exact(6, 0) == 0.03125
    assert mcnemar_exact(6, 0, alternative="less") == 2**-6
    assert mcnemar_exact(6, 0, alternative="greater") == 1.0
    assert mcnemar_exact(0, 0, alternative="less", mid_p=True) == 0.5
    assert mcnemar_exact(1, 1, mid_p=True) == 0.75


@pytest.mark.parametrize(("losses", "wins"), [(50_500, 50_000), (100_000, 98_900), (300, 1_000_000 - 300)])
def test_huge_counts_are_fast_and_right(losses: int, wins: int) -> None:
    begin = time.perf_counter()
    p_value = mcnemar_exact(losses, wins)
    assert time.perf_counter() - begin < 0.5
    expected = min(1.0, 2.0 * float(binom.cdf(min(losses, wins), losses + wins, 0.5)))
    assert p_value == pytest.approx(expected, rel=1e-8, abs=1e-300)


@pytest.mark.parametrize(("losses", "wins", "corrected"), [(121, 59, 5.450095e-06), (70, 59, 0.3786151)])
def test_field_tables(losses: int, wins: int, corrected: float) -> None:
    # chi-squared with the continuity correction, 20.67222 and 0.7751938, is what the exact test is close to.
    assert float(chi2.sf((losses - wins - 1) ** 2 / (losses + wins), 1)) == pytest.approx(corrected, rel=1e-6)
    assert mcnemar_exact(losses, wins) == pytest.approx(corrected, rel=0.2)


def test_the_field_table_without_correction_is_where_the_score_interval_ends() -> None:
    edge = paired_difference_interval(101, 121, 59, 33, confidence=1 - 3.815136e-06)
    assert edge.high == pytest.approx(0.0, abs=1e-7)


def test_gsm8k_like_counts() -> None:
    # 1,319 problems: 57 net losses (-4.3 points) are real; the first 50 gain 4 points and say nothing.
    assert round(mcnemar_exact(207, 150), 3) == 0.003
    assert round(mcnemar_exact(5, 7), 2) == 0.77


@given(COUNTS, COUNTS, st.booleans())
def test_swapping_the_sides_swaps_the_alternatives(losses: int, wins: int, mid_p: bool) -> None:
    assert mcnemar_exact(losses, wins, mid_p=mid_p) == mcnemar_exact(wins, losses, mid_p=mid_p)
    assert mcnemar_exact(losses, wins, alternative="less", mid_p=mid_p) == mcnemar_exact(
        wins, losses, alternative="greater", mid_p=mid_p
    )


@given(COUNTS, COUNTS)
def test_is_a_probability_and_the_tails_overlap_in_one_point(losses: int, wins: int) -> None:
    less = mcnemar_exact(losses, wins, alternative="less")
    greater = mcnemar_exact(losses, wins, alternative="greater")
    assert 0.0 <= mcnemar_exact(losses, wins, mid_p=True) <= mcnemar_exact(losses, wins) <= 1.0
    assert less + greater == pytest.approx(1.0 + float(binom.pmf(wins, losses + wins, 0.5)), rel=1e-9)


@given(COUNTS, COUNTS)
def test_one_more_loss_is_more_evidence_of_a_drop(losses: int, wins: int) -> None:
    more, fewer = (mcnemar_exact(x, wins, alternative="less") for x in (losses + 1, losses))
    assert more <= fewer * (1.0 + 1e-9)


def test_false_alarms_stay_below_alpha_for_every_number_of_discordant_cases() -> None:
    for n in range(60):
        size = sum(float(binom.pmf(k, n, 0.5)) for k in range(n + 1) if mcnemar_exact(k, n - k) <= 0.05)
        assert size <= 0.05 + 1e-12


def test_refuses_what_is_not_a_count_or_an_alternative() -> None:
    with pytest.raises(ValueError, match="negative"):
        mcnemar_exact(-1, 2)
    with pytest.raises(ValueError, match="unknown alternative"):
        mcnemar_exact(1, 2, alternative="smaller")  # type: ignore[arg-type]
