"""Bootstrap intervals for a mean of paired differences and for a ratio of means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llmops_cli.stats.draws import SEED, index_chunks
from llmops_cli.stats.interval import Interval, check_confidence
from llmops_cli.stats.normal import normal_cdf, normal_quantile, two_sided_z
from llmops_cli.stats.student import student_t_quantile
from llmops_cli.stats.units import unit_totals

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

RESAMPLES = 10_000
FEW_UNITS = 10
"""Below this many units a resample has too few distinct outcomes: a Student t interval is used."""
MANY_UNITS = 2_000
"""Above this many units the limit of the bootstrap is computed, if its skewness is small."""
SMALL_SKEWNESS = 0.2
"""Largest skewness of the mean at which the limit is used."""
MANY_DRAWS = 2 * 10**7
"""Draws one interval may make: many units mean fewer resamples, but at least FEWEST_RESAMPLES."""
FEWEST_RESAMPLES = 1_000


def bootstrap_mean_interval(
    differences: Sequence[float],
    *,
    confidence: float = 0.95,
    clusters: Sequence[Hashable | None] | None = None,
    largest: float | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval:
    """Interval for the mean of paired differences, one number a case, in the unit of the differences.

    BCa bootstrap, resampling whole units: cases, or clusters when `clusters` labels the cases (None: a case
    alone). Every case weighs the same. The nominal levels are widened so that a normal sample gets Student's
    t interval (Hesterberg's expanded levels). The same data in any order give the same interval, and swapping
    the sides mirrors it.

    Fewer than 10 units: Student's t interval with the clustered standard error. More than 2,000 units: what
    the bootstrap converges to (its Cornish-Fisher expansion) when the mean's skewness is below 0.2, else a
    bootstrap with fewer resamples. One unit: from -infinity to infinity, because one unit says nothing about
    spread.

    Units that were not seen are not in a resample: n equal cases do not prove that the next is equal too, and
    a few that moved say little of how far others could. `largest` says how big a difference can be (1 for
    scores from 0 to 1): then each end is at least that of Student's t interval of the same units with one
    more that rose by `largest` and one that fell by it, as adding two successes and two failures does for a
    rate (Agresti and Caffo 2000), and at least as far as Tango's interval without a discordant case, which is
    the share of units that can have been missed. Pass it where a verdict hangs on the interval. Without it,
    units that are all alike give zero width around their value.

    Raises ValueError for no case, labels missing, a value that is not finite or beyond `largest`, or a
    confidence out of (0, 1). Sources: Efron (1987); Efron and Tibshirani (1993), chapter 14; Hesterberg
    (2015); Hall (1992).
    """
    check_confidence(confidence)
    totals, sizes = unit_totals([differences, [1.0] * len(differences)], clusters)
    if largest is not None and max(map(abs, differences)) > largest:
        raise ValueError(f"a difference is larger than the largest possible one, {largest}")
    low, high = _ratio_limits(totals, sizes, confidence, resamples, seed)
    if largest is not None:
        least, most = _with_unseen(totals, sizes, largest, confidence)
        low, high = max(min(low, least), -largest), min(max(high, most), largest)
    return Interval(low, high, confidence)


def bootstrap_ratio_interval(
    numerators: Sequence[float],
    denominators: Sequence[float],
    *,
    confidence: float = 0.95,
    clusters: Sequence[Hashable | None] | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval:
    """Interval for sum(numerators) / sum(denominators) of paired values, such as two costs.

    A pure number: with the candidate above and the baseline below, 1.1 is a rise of 10%. Method, regimes and
    sources as in `bootstrap_mean_interval`. Raises ValueError as there, and when the denominators of a unit
    do not add up to more than 0.
    """
    check_confidence(confidence)
    totals, sizes = unit_totals([numerators, denominators], clusters)
    if min(sizes) <= 0.0:
        raise ValueError("a ratio needs a positive denominator in every unit")
    low, high = _ratio_limits(totals, sizes, confidence, resamples, seed)
    return Interval(low, high, confidence)


def _with_unseen(
    totals: list[float], sizes: list[float], largest: float, confidence: float
) -> tuple[float, float]:
    """Student's t interval of the units and one more at each extreme; no less than what can be missed."""
    average = math.fsum(sizes) / len(sizes)
    x = [*totals, largest * average, -largest * average]
    m = [*sizes, average, average]
    n, size = len(x), math.fsum(m)
    estimate = math.fsum(x) / size
    squares = math.fsum((total - estimate * weight) ** 2 for total, weight in zip(x, m, strict=True))
    margin = student_t_quantile(0.5 + confidence / 2.0, n - 1) * math.sqrt(squares * n / (n - 1)) / size
    z, seen = two_sided_z(confidence), math.fsum(totals) / math.fsum(sizes)
    missed = z * z / (len(totals) + z * z)
    low = min(estimate - margin, seen - missed * (largest + seen))
    return low, max(estimate + margin, seen + missed * (largest - seen))


def _ratio_limits(
    totals: list[float], sizes: list[float], confidence: float, resamples: int, seed: int
) -> tuple[float, float]:
    """Limits for sum(totals) / sum(sizes), units independent; computed for the side that sorts higher."""
    if resamples < 1:
        raise ValueError(f"a bootstrap needs at least one resample, not {resamples}")
    n = len(totals)
    if n == 1:
        return -math.inf, math.inf
    import numpy as np

    x, m = np.array(totals), np.array(sizes)
    if (m == m[0]).all():  # where all weigh the same, the values alone make the order
        up = np.sort(x)
        down, m_up, m_down = -up[::-1], m, m
    else:
        order, turned = np.lexsort((m, x)), np.lexsort((m, -x))
        up, down, m_up, m_down = x[order], -x[turned], m[order], m[turned]
    differing = np.flatnonzero(up != down)
    mirror = differing.size > 0 and bool(up[differing[0]] < down[differing[0]])
    low, high = _sorted_limits(*((down, m_down) if mirror else (up, m_up)), confidence, resamples, seed)
    return (-high, -low) if mirror else (low, high)


def _fsum(values: Array) -> float:
    """The correctly rounded sum; of Python's floats, which are summed several times as fast as numpy's."""
    return math.fsum(values.tolist())


def _sorted_limits(x: Array, m: Array, confidence: float, resamples: int, seed: int) -> tuple[float, float]:
    n = len(x)
    size = _fsum(m)
    estimate = _fsum(x) / size
    influence = (x - estimate * m) / size  # what each unit adds to the error of the estimate
    squares = _fsum(influence**2)
    if squares <= (1e-14 * _largest_magnitude(x) / size) ** 2 * n:
        return estimate, estimate
    t = student_t_quantile(0.5 + confidence / 2.0, n - 1)
    if n < FEW_UNITS:
        margin = t * math.sqrt(squares * n / (n - 1))
        return estimate - margin, estimate + margin
    widened = t * math.sqrt(n / (n - 1))
    acceleration = _fsum(influence**3) / (6.0 * squares**1.5)
    if n > MANY_UNITS and abs(6.0 * acceleration) <= SMALL_SKEWNESS:
        limits = [_limit_quantile(acceleration, z) for z in (-widened, widened)]
        return estimate + math.sqrt(squares) * limits[0], estimate + math.sqrt(squares) * limits[1]
    return _resampled_limits(x, m, widened, _affordable(resamples, n), seed)


def _largest_magnitude(x: Array) -> float:
    return float(abs(x).max())


def _affordable(resamples: int, n: int) -> int:
    return min(resamples, max(FEWEST_RESAMPLES, MANY_DRAWS // n))


def _limit_quantile(acceleration: float, z: float) -> float:
    """BCa limit in bootstrap standard errors where the bootstrap distribution is its Edgeworth expansion.

    There the bias correction equals the acceleration, and the quantile function is the Cornish-Fisher
    expansion.
    """
    shifted = acceleration + (acceleration + z) / (1.0 - acceleration * (acceleration + z))
    return shifted + acceleration * (shifted * shifted - 1.0)


def _resampled_limits(x: Array, m: Array, z: float, resamples: int, seed: int) -> tuple[float, float]:
    import numpy as np

    equal_sizes = bool((m == m[0]).all())
    parts = []
    for index in index_chunks(resamples, len(x), seed):
        sums = x[index].sum(axis=1)
        parts.append(sums / (m[0] * len(x)) if equal_sizes else sums / m[index].sum(axis=1))
    means = np.sort(np.concatenate(parts))
    estimate = _fsum(x) / _fsum(m)
    without = (_fsum(x) - x) / (_fsum(m) - m)
    deviation = without.mean() - without
    acceleration = float((deviation**3).sum() / (6.0 * (deviation**2).sum() ** 1.5))
    # Resamples that hit the estimate exactly, which coarse scores often do, count half.
    near = 1e-9 * float(means[-1] - means[0])
    below = np.searchsorted(means, estimate - near, "left") + np.searchsorted(means, estimate + near, "right")
    share = min(max(float(below) / 2.0, 0.5), resamples - 0.5) / resamples
    bias = normal_quantile(share)
    levels = [_bca_level(bias, acceleration, end) for end in (-z, z)]
    low, high = (float(limit) for limit in np.quantile(means, levels))
    return low, max(low, high)


def _bca_level(bias: float, acceleration: float, z: float) -> float:
    """Level of the bootstrap distribution at which the BCa limit of nominal quantile `z` is read off."""
    scale = 1.0 - acceleration * (bias + z)
    if scale <= 0.0:  # beyond the pole the corrected level is at its end
        return 0.0 if z < 0.0 else 1.0
    return normal_cdf(bias + (bias + z) / scale)
