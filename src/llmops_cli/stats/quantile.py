"""Quantiles, and bootstrap intervals for how a quantile changed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.stats.draws import SEED, index_chunks
from llmops_cli.stats.interval import Interval, check_confidence, check_rate
from llmops_cli.stats.units import group_indices, unit_totals

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int32]

RESAMPLES = 10_000
MANY_DRAWS = 2 * 10**7
"""Draws one interval may make: many cases mean fewer resamples, but at least FEWEST_RESAMPLES."""
FEWEST_RESAMPLES = 500


def quantile(values: Sequence[float], q: float) -> float:
    """Quantile `q` of `values`, in their unit; 0 is the smallest and 1 the largest.

    Linear interpolation at position q (n - 1) of the sorted values. Raises ValueError for no value, a value
    that is not finite, or q out of [0, 1]. Source: Hyndman and Fan (1996), definition 7, the default of numpy
    and R.
    """
    if not 0.0 <= q <= 1.0:
        raise ValueError(f"a quantile level is between 0 and 1, not {q}")
    if not values:
        raise ValueError("a quantile needs at least one value")
    if not all(map(math.isfinite, values)):
        raise ValueError("values must be finite: a missing measurement has no rank")
    ordered = sorted(values)
    position = q * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


@dataclass(frozen=True, slots=True)
class QuantileDifference:
    """Interval of a difference of quantiles, and the two-sided p-value of no difference."""

    interval: Interval
    p_value: float


def quantile_difference(
    baseline: Sequence[float],
    candidate: Sequence[float],
    q: float,
    *,
    confidence: float = 0.95,
    clusters: Sequence[Hashable | None] | None = None,
    seed: int = SEED,
) -> QuantileDifference:
    """Interval, in their unit, and test of quantile(candidate) minus quantile(baseline) of paired values.

    Percentile bootstrap of whole cases (or clusters; None: a case alone), both sides of a case drawn
    together; 10,000 resamples, fewer above 2,000 cases. The p-value is twice the smaller share of resamples
    on one side of 0, one more on each count, so never 0. BCa is no better here: the jackknife it rests on
    fails for quantiles. Few cases beyond the quantile (under about 10: 200 cases for a p95) make any such
    interval too narrow. One unit: from -infinity to infinity, and 1.

    Raises ValueError for no case, unpaired lengths, labels missing, a value that is not finite, q or
    confidence out of (0, 1). Source: Efron and Tibshirani (1993), chapters 13 and 15.
    """
    import numpy as np

    pairs = _resampled(baseline, candidate, q, confidence, clusters, seed)
    if pairs is None:
        return QuantileDifference(Interval(-math.inf, math.inf, confidence), 1.0)
    differences = np.subtract(pairs[1], pairs[0])
    fewest = min(int(np.count_nonzero(differences <= 0.0)), int(np.count_nonzero(differences >= 0.0)))
    p_value = min(1.0, 2.0 * (fewest + 1) / (len(differences) + 1))
    return QuantileDifference(_percentile(differences, confidence), p_value)


def _percentile(estimates: Array, confidence: float) -> Interval:
    import numpy as np

    low, high = np.quantile(estimates, [(1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0])
    return Interval(float(low), float(high), confidence)


def _resampled(
    baseline: Sequence[float],
    candidate: Sequence[float],
    q: float,
    confidence: float,
    clusters: Sequence[Hashable | None] | None,
    seed: int,
) -> tuple[Array, Array] | None:
    """Quantile of each side in every resample; None when there is a single unit."""
    check_confidence(confidence)
    check_rate("the quantile level", q)
    unit_totals([baseline, candidate], clusters)  # refuses what is empty, unpaired or not finite
    import numpy as np

    sides = [np.array(side, dtype=np.float64) for side in (baseline, candidate)]
    unit_of_case = _canonical_units(sides[0], sides[1], clusters)
    units = int(unit_of_case.max()) + 1
    if units == 1:
        return None
    orders = [np.argsort(side, kind="stable") for side in sides]
    resamples = min(RESAMPLES, max(FEWEST_RESAMPLES, MANY_DRAWS // len(unit_of_case)))
    parts: tuple[list[Array], list[Array]] = ([], [])
    for counts in _unit_counts(resamples, units, seed):
        for part, side, order in zip(parts, sides, orders, strict=True):
            part.append(_weighted_quantile(side[order], np.take(counts, unit_of_case[order], axis=1), q))
    return np.concatenate(parts[0]), np.concatenate(parts[1])


def _canonical_units(x: Array, y: Array, clusters: Sequence[Hashable | None] | None) -> npt.NDArray[np.int64]:
    """Number the units by the values in them, so that the order of cases does not matter."""
    import numpy as np

    order = np.lexsort((y, x))
    rank = np.empty(len(x), dtype=np.int64)
    rank[order] = np.arange(len(x))
    if clusters is None:
        return rank
    groups = sorted(group_indices(clusters), key=lambda group: sorted((x[i], y[i]) for i in group))
    for number, group in enumerate(groups):
        rank[group] = number
    return rank


def _unit_counts(resamples: int, units: int, seed: int) -> Iterator[Counts]:
    """How often each unit was drawn: arrays of shape (rows, units)."""
    import numpy as np

    for index in index_chunks(resamples, units, seed):
        rows = len(index)
        flat = (index + units * np.arange(rows)[:, None]).ravel()
        yield np.bincount(flat, minlength=rows * units).reshape(rows, units).astype(np.int32)


def _weighted_quantile(ordered: Array, counts: Counts, q: float) -> Array:
    """Quantile `q` of each resample, given how often each of the ordered values is in it."""
    import numpy as np

    rows, n = counts.shape
    up_to = np.cumsum(counts, dtype=np.int64)  # through all rows: each row begins where the one before ends
    ends = up_to[n - 1 :: n]
    begins = np.concatenate([[0], ends[:-1]])
    last = ends - begins - 1
    position = q * last
    below = np.floor(position).astype(np.int64)
    above = np.minimum(below + 1, last)
    first = n * np.arange(rows)
    low = ordered[np.searchsorted(up_to, begins + below, "right") - first]
    high = ordered[np.searchsorted(up_to, begins + above, "right") - first]
    result: Array = low + (position - below) * (high - low)
    return result
