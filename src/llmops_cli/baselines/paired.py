"""The statistics of one metric over paired cases."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from llmops_cli.baselines.snapshot import pooled_deviation
from llmops_cli.stats import (
    bootstrap_mean_interval,
    detectable_drop_binary,
    detectable_drop_continuous,
    mcnemar_exact,
    paired_difference_interval,
    quantile,
    quantile_difference_interval,
    sign_flip_test,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.baselines.comparison import MetricChange

BEYOND = 3
"""Calls that have to lie beyond a quantile (60 for a p95): with fewer its interval is far too narrow."""

Clusters = list[str | None] | None


def paired_latency(
    made: MetricChange, ours: list[float], theirs: list[float], clusters: Clusters, alpha: float
) -> MetricChange:
    """The change of a latency quantile, with its interval where there are calls enough."""
    q = float(made.metric.removeprefix("latency_p")) / 100
    enough = len(ours) * (1 - q) >= BEYOND
    interval = None
    if enough:
        interval = quantile_difference_interval(theirs, ours, q, confidence=1 - alpha, clusters=clusters)
    change = quantile(ours, q) - quantile(theirs, q)
    return replace(made, pairs=len(ours), units=_units(len(ours), clusters), change=change, interval=interval)


def paired_change(
    made: MetricChange,
    ours: list[float],
    theirs: list[float],
    clusters: Clusters,
    repeats: Sequence[Sequence[float]],
    alpha: float,
) -> MetricChange:
    """The change of a mean: exact McNemar for one yes or no a case, else a permutation test and a bootstrap.

    `repeats` are the values of cases that were asked more than once.
    """
    differences = [mine - other for mine, other in zip(ours, theirs, strict=True)]
    worse = -1 if made.lower_is_better else 1
    losses = sum(1 for difference in differences if difference * worse < 0)
    wins = sum(1 for difference in differences if difference * worse > 0)
    test: Literal["mcnemar", "sign-flip"] = "sign-flip"
    if clusters is None and set(ours) | set(theirs) <= {0.0, 1.0}:
        both = sum(1 for mine, other in zip(ours, theirs, strict=True) if mine and other)
        neither = len(differences) - both - losses - wins
        interval = paired_difference_interval(both, losses, wins, neither, confidence=1 - alpha)
        p_value = mcnemar_exact(losses, wins)
        test = "mcnemar"
    else:
        largest = None if made.lower_is_better else 1.0
        interval = bootstrap_mean_interval(
            differences, confidence=1 - alpha, clusters=clusters, largest=largest
        )
        p_value = sign_flip_test(differences, clusters=clusters).p_value
    return replace(
        made,
        change=sum(differences) / len(differences),
        interval=interval,
        p_value=p_value,
        pairs=len(differences),
        units=_units(len(differences), clusters),
        losses=losses,
        wins=wins,
        test=test,
        spread=_spread(differences, clusters),
        noise=pooled_deviation([list(values) for values in repeats]),
    )


def _units(pairs: int, clusters: Clusters) -> int:
    if clusters is None:
        return pairs
    joined = {cluster for cluster in clusters if cluster is not None}
    return len(joined) + sum(1 for cluster in clusters if cluster is None)


def _spread(differences: Sequence[float], clusters: Clusters) -> float | None:
    """Standard deviation that makes the standard error of the mean `spread / sqrt(units)`.

    Clusters of unequal size pull with their sums: the linearised estimate (Cochran 1977, section 9A).
    """
    count = len(differences)
    centre = sum(differences) / count
    sums: dict[object, float] = {}
    for index, difference in enumerate(differences):
        cluster = clusters[index] if clusters is not None else None
        key = index if cluster is None else cluster
        sums[key] = sums.get(key, 0.0) + difference - centre
    units = len(sums)
    if units < 2:
        return None
    variance = units / (units - 1) * sum(value * value for value in sums.values()) / count**2
    return math.sqrt(variance * units)


def with_detectable(change: MetricChange, alpha: float) -> MetricChange:
    """The change with the smallest drop that a test at `alpha` would find with a power of 80%."""
    if change.p_value is None or change.rule is None or change.spread is None:
        return change
    # Where nothing moved there is no scatter to go by: the next case that moves is taken as seen.
    if change.test == "mcnemar":
        seen = max(change.losses + change.wins, 1) / change.pairs
        return replace(change, detectable=detectable_drop_binary(change.pairs, min(seen, 1.0), alpha=alpha))
    least = 1 / change.units if not change.lower_is_better else 0.0
    spread = max(change.spread, least)
    return replace(change, detectable=detectable_drop_continuous(change.units, spread, alpha=alpha))
