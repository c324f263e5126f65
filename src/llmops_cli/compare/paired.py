"""The statistics of one metric over paired cases."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from operator import sub
from typing import TYPE_CHECKING, Literal

from llmops_cli.compare.snapshot import pooled_deviation
from llmops_cli.stats import (
    Interval,
    bootstrap_mean_interval,
    mcnemar_exact,
    paired_difference_interval,
    quantile,
    quantile_difference,
    sign_flip_test,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.compare.metric_change import MetricChange
    from llmops_cli.compare.pairs import Pairs

BEYOND = 3
"""Calls that have to lie beyond a quantile (60 for a p95): with fewer its interval is far too narrow."""

YES_OR_NO = frozenset((0.0, 1.0))

Clusters = list[str | None] | None


def paired_quantile(made: MetricChange, pairs: Pairs, q: float, alpha: float) -> MetricChange:
    """The change of a quantile, with its interval and test where there are calls enough."""
    ours, theirs, clusters = pairs.ours, pairs.theirs, pairs.clusters
    made = replace(
        made,
        pairs=len(ours),
        units=_units(len(ours), clusters),
        reference=quantile(theirs, q),
        change=quantile(ours, q) - quantile(theirs, q),
    )
    if len(ours) * (1 - q) < BEYOND:
        return made
    difference = quantile_difference(theirs, ours, q, confidence=1 - alpha, clusters=clusters)
    return replace(made, interval=difference.interval, p_value=difference.p_value, test="bootstrap")


def paired_change(made: MetricChange, pairs: Pairs, alpha: float) -> MetricChange:
    """The change of a mean, its test and its interval: by a score method for pass rates, else a bootstrap."""
    differences = list(map(sub, pairs.ours, pairs.theirs))
    tested = paired_test(pairs, differences, scores=not made.metric.is_amount)
    losses, wins = tested.fell, tested.rose
    if tested.test == "mcnemar":
        interval = _rate_interval(pairs, tested, alpha)
    elif made.metric.is_amount and not (losses or wins):
        # Costs and tokens are not drawn from a range: what costs the same everywhere costs the same.
        interval = Interval(0.0, 0.0, 1 - alpha)
    else:
        largest = None if made.metric.is_amount else 1.0
        interval = bootstrap_mean_interval(
            differences, confidence=1 - alpha, clusters=pairs.clusters, largest=largest
        )
    if made.lower_is_better:
        losses, wins = wins, losses
    return replace(
        made,
        change=math.fsum(differences) / len(differences),
        reference=math.fsum(pairs.theirs) / len(pairs.theirs),
        interval=interval,
        p_value=tested.p_value,
        pairs=len(differences),
        units=_units(len(differences), pairs.clusters),
        losses=losses,
        wins=wins,
        test=tested.test,
        spread=_spread(differences, pairs.clusters),
        noise=pooled_deviation(pairs.repeats),
    )


@dataclass(frozen=True, slots=True)
class PairedTest:
    """Whether a metric moved: the test, its two-sided p-value, and how many cases fell and rose."""

    test: Literal["mcnemar", "sign-flip"]
    p_value: float
    fell: int
    rose: int


def paired_test(pairs: Pairs, differences: Sequence[float], *, scores: bool = True) -> PairedTest:
    """The test of no change: exact McNemar for one yes or no a case, else sign flips of whole clusters.

    `differences` are the values now minus before, in the order of the pairs. `scores` false says that the
    values are amounts, such as costs: a cost of 0 or 1 is no yes or no.
    """
    fell = sum([difference < 0 for difference in differences])
    rose = sum([difference > 0 for difference in differences])
    if scores and pairs.clusters is None and all(map(YES_OR_NO.issuperset, (pairs.ours, pairs.theirs))):
        return PairedTest("mcnemar", mcnemar_exact(fell, rose), fell, rose)
    p_value = sign_flip_test(differences, clusters=pairs.clusters).p_value
    return PairedTest("sign-flip", p_value, fell, rose)


def _rate_interval(pairs: Pairs, tested: PairedTest, alpha: float) -> Interval:
    both = sum(1 for mine, other in zip(pairs.ours, pairs.theirs, strict=True) if mine and other)
    neither = len(pairs.ours) - both - tested.fell - tested.rose
    return paired_difference_interval(both, tested.fell, tested.rose, neither, confidence=1 - alpha)


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
    sums = [difference - centre for difference in differences]
    if clusters is not None:
        by_unit: dict[object, float] = {}
        for index, (difference, cluster) in enumerate(zip(differences, clusters, strict=True)):
            key = index if cluster is None else cluster
            by_unit[key] = by_unit.get(key, 0.0) + difference - centre
        sums = list(by_unit.values())
    units = len(sums)
    if units < 2:
        return None
    variance = units / (units - 1) * sum([value * value for value in sums]) / count**2
    return math.sqrt(variance * units)
