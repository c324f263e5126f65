"""The standard error of a mean."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llmops_cli.stats.units import unit_totals

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence


def standard_error(values: Sequence[float], *, clusters: Sequence[Hashable | None] | None = None) -> float:
    """Estimate the standard error of the mean of `values`, in their unit, clustered if `clusters` is given.

    With G units of totals T_g and sizes m_g, n cases and mean x: sqrt(G / (G - 1) * sum (T_g - m_g x)^2) / n.
    Every case its own unit gives the textbook s / sqrt(n). One unit alone has no spread to measure: infinity.
    Raises ValueError for no case, a label missing, or a value that is not finite. Source: Miller (2024),
    "Adding Error Bars to Evals", with the small-sample factor G / (G - 1).
    """
    totals, sizes = unit_totals([values, [1.0] * len(values)], clusters)
    if len(totals) == 1:
        return math.inf
    mean = math.fsum(totals) / len(values)
    squares = math.fsum((total - size * mean) ** 2 for total, size in zip(totals, sizes, strict=True))
    return math.sqrt(len(totals) / (len(totals) - 1) * squares) / len(values)
