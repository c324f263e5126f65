"""Independent units: cases, or clusters of cases that are not independent of each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence


def unit_totals(
    columns: Sequence[Sequence[float]], clusters: Sequence[Hashable | None] | None
) -> list[list[float]]:
    """Each column summed within the independent units, in the order in which the units first appear.

    Without `clusters` every case is a unit. With it, cases of one label form a unit, and a case labelled None
    stands alone. Sums are correctly rounded, so the order of cases does not matter. Raises ValueError for
    columns of unequal length, no case at all, or a value that is NaN or infinite.
    """
    n = len(columns[0])
    if n == 0:
        raise ValueError("statistics need at least one case")
    if any(len(column) != n for column in columns) or (clusters is not None and len(clusters) != n):
        raise ValueError("paired values and cluster labels must have one entry for each case")
    if not all(all(map(math.isfinite, column)) for column in columns):
        raise ValueError("values must be finite: a missing score is not a number to average")
    if clusters is None:
        return [list(map(float, column)) for column in columns]
    groups = group_indices(clusters)
    return [[math.fsum(column[i] for i in group) for group in groups] for column in columns]


def group_indices(clusters: Sequence[Hashable | None]) -> list[list[int]]:
    """Positions of each cluster's cases, by first appearance; a case labelled None is a group of its own."""
    groups: list[list[int]] = []
    by_label: dict[Hashable, list[int]] = {}
    for index, label in enumerate(clusters):
        if label is not None and label in by_label:
            by_label[label].append(index)
            continue
        groups.append([index])
        if label is not None:
            by_label[label] = groups[-1]
    return groups
