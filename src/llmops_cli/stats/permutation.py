"""The sign-flip permutation test for paired differences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from llmops_cli.stats.draws import SEED, bit_chunks
from llmops_cli.stats.normal import normal_cdf, normal_density
from llmops_cli.stats.units import unit_totals

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import numpy as np
    import numpy.typing as npt

    from llmops_cli.stats.mcnemar import Alternative

    Array = npt.NDArray[np.float64]

FLIPS = 10_000
ENUMERATED_UNITS = 20
"""Up to this many units that differ, all 2^k sign patterns are counted."""
MANY_UNITS = 2_000
"""Above this many the saddlepoint approximation is used, unless one unit dominates."""
DOMINANT = 0.1
"""Share of the sum of squares above which one unit dominates."""
FEW_REACHED = 20
"""So few flips as extreme as what was seen measure a p-value badly, and it can never be below 1 / (m + 1)."""
MANY_DRAWS = 2 * 10**7
FEWEST_FLIPS = 2_000


@dataclass(frozen=True, slots=True)
class PermutationTest:
    """Result of a permutation test.

    `p_value` is between 0 and 1; `standard_error` is its Monte Carlo error, 0 where nothing was drawn;
    `flips` is the number of sign patterns counted or drawn, 0 for the saddlepoint approximation.
    """

    p_value: float
    standard_error: float
    method: Literal["exact", "monte-carlo", "saddlepoint"]
    flips: int


def sign_flip_test(
    differences: Sequence[float],
    *,
    clusters: Sequence[Hashable | None] | None = None,
    alternative: Alternative = "two-sided",
    flips: int = FLIPS,
    seed: int = SEED,
) -> PermutationTest:
    """Test that paired differences (candidate minus baseline, one a case) are symmetric around 0.

    The statistic is their sum. If the sides are exchangeable, each unit's difference could as well have had
    the other sign; with `clusters` a whole cluster flips together (None: a case alone). "less" tests for a
    drop. Units whose difference is 0 change nothing; if all are 0 the p-value is 1.

    Up to 20 differing units: exact, by enumeration. Up to 2,000: (b + 1) / (m + 1) of m seeded flips (never
    0, and valid whatever m), with its standard error. Above, and where fewer than 20 flips were as extreme:
    the saddlepoint approximation, within about 2% of the p-value, because thousands of flips of thousands of
    units are slow and could never show a p-value below 1 / (m + 1), which a correction over hundreds of
    metrics needs; where one unit holds more than 10% of the sum of squares, flips all the same.

    Raises ValueError for no case, labels missing, a value that is not finite, fewer than one flip, or an
    unknown alternative. Sources: Fisher (1935); Phipson and Smyth (2010) for (b + 1) / (m + 1); Robinson
    (1982) and Lugannani and Rice (1980) for the saddlepoint.
    """
    if alternative not in {"two-sided", "less", "greater"}:
        raise ValueError(f"unknown alternative {alternative!r}: two-sided, less or greater")
    if flips < 1:
        raise ValueError(f"a permutation test needs at least one flip, not {flips}")
    (totals,) = unit_totals([differences], clusters)
    magnitudes = sorted(abs(total) for total in totals if total != 0.0)
    if not magnitudes:
        return PermutationTest(1.0, 0.0, "exact", 1)
    observed = math.fsum(totals)
    # The sum of flipped signs is symmetric around 0, so each alternative is an upper tail.
    threshold = {"two-sided": abs(observed), "less": -observed, "greater": observed}[alternative]
    two_sided = alternative == "two-sided"
    import numpy as np

    units = np.array(magnitudes)
    if len(units) <= ENUMERATED_UNITS:
        return _enumerated(units, threshold, two_sided=two_sided)
    if len(units) > MANY_UNITS and not _dominated(units):
        tail = _saddlepoint_tail(units, threshold)
        return PermutationTest(min(1.0, 2.0 * tail if two_sided else tail), 0.0, "saddlepoint", 0)
    affordable = min(flips, max(FEWEST_FLIPS, MANY_DRAWS // len(units)))
    drawn = _drawn(units, threshold, affordable, seed, two_sided=two_sided)
    if drawn.p_value * (drawn.flips + 1) <= FEW_REACHED and not _dominated(units):
        tail = _saddlepoint_tail(units, threshold)
        return PermutationTest(min(1.0, 2.0 * tail if two_sided else tail), 0.0, "saddlepoint", 0)
    return drawn


def _dominated(units: Array) -> bool:
    return float(units[-1] ** 2) > DOMINANT * float((units**2).sum())


def _reached(sums: Array, threshold: float, units: Array, *, two_sided: bool) -> int:
    """How many sums are as extreme as the observed one; rounding must not turn a tie into less."""
    import numpy as np

    slack = 1e-10 * float(units.sum())
    return int(np.count_nonzero((np.abs(sums) if two_sided else sums) >= threshold - slack))


def _enumerated(units: Array, threshold: float, *, two_sided: bool) -> PermutationTest:
    import numpy as np

    sums = np.zeros(1)
    for unit in units:
        sums = np.concatenate([sums + unit, sums - unit])
    p_value = _reached(sums, threshold, units, two_sided=two_sided) / len(sums)
    return PermutationTest(p_value, 0.0, "exact", len(sums))


def _drawn(units: Array, threshold: float, flips: int, seed: int, *, two_sided: bool) -> PermutationTest:
    import numpy as np

    total = float(units.sum())
    reached = 0
    for bits in bit_chunks(flips, len(units), seed):
        # Not a matrix product: its threads cost more.
        sums = 2.0 * np.einsum("ij,j->i", bits, units) - total
        reached += _reached(sums, threshold, units, two_sided=two_sided)
    p_value = (reached + 1) / (flips + 1)
    return PermutationTest(p_value, math.sqrt(p_value * (1.0 - p_value) / flips), "monte-carlo", flips)


def _saddlepoint_tail(units: Array, threshold: float) -> float:
    """P(sum of randomly signed units >= threshold), by the Lugannani-Rice formula."""
    import numpy as np

    steps = units / units[0]
    if float(np.abs(steps - np.rint(steps)).max()) < 1e-6:
        threshold -= float(
            units[0]
        )  # whole steps: the sums lie two steps apart, and half of that is the correction
    if threshold < 0.0:
        return 1.0 - _saddlepoint_positive(units, -threshold)
    return _saddlepoint_positive(units, threshold)


def _saddlepoint_positive(units: Array, threshold: float) -> float:
    import numpy as np

    variance = float((units**2).sum())
    if threshold < 1e-4 * math.sqrt(variance):  # the formula is 0 / 0 here
        return 0.5 - normal_density(0.0) * threshold / math.sqrt(variance)
    if threshold >= (1.0 - 1e-9) * float(units.sum()):
        return 0.5 ** len(units)
    tilt = threshold / variance
    for _ in range(100):  # Newton; the slope only falls, so the steps never overshoot
        tanh = np.tanh(tilt * units)
        curvature = float((units**2 * (1.0 - tanh**2)).sum())
        step = (threshold - float((units * tanh).sum())) / curvature
        tilt += step
        if abs(step) <= 1e-12 * tilt:
            break
    y = tilt * units
    log_cosh = float((y + np.log1p(np.exp(-2.0 * y))).sum()) - len(units) * math.log(2.0)
    w = math.sqrt(max(0.0, 2.0 * (tilt * threshold - log_cosh)))
    v = tilt * math.sqrt(curvature)
    return normal_cdf(-w) + normal_density(w) * (1.0 / v - 1.0 / w)
