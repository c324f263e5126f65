"""Holm's step-down correction for several tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm-adjusted p-values, in the order given; an empty family gives an empty list.

    Rejecting where the adjusted value is at most alpha keeps the chance of any false rejection in the family
    at or below alpha, whatever the dependence. With p sorted upward, adjusted_i = max over j <= i of min(1,
    (m - j + 1) p_j). Raises ValueError for a value outside [0, 1] or NaN. Source: Holm (1979).
    """
    for p in p_values:
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"a p-value is between 0 and 1, not {p}")
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted
