"""What a suite can see, and what would settle a comparison that it cannot."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.compare.reason import Shortage
from llmops_cli.stats import (
    detectable_drop_binary,
    detectable_drop_continuous,
    mcnemar_exact,
    normal_quantile,
    paired_difference_interval,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.compare.metric_change import MetricChange

POWER = 0.8
MOST = 100
"""Times as many cases beyond which nobody collects more."""


def with_detectable(change: MetricChange, alpha: float) -> MetricChange:
    """The change with the smallest drop that becomes REGRESSED with a power of 80%.

    It has to be significant at the first step of the correction, and the drop that is seen, which scatters
    around the true one, has to be larger than what is tolerated.
    """
    spread = change.spread
    if change.tolerated is None or change.test not in ("mcnemar", "sign-flip") or spread is None:
        return change
    level = alpha / change.family
    # Where nothing moved there is no scatter to go by: the next case that moves is taken as seen.
    if not change.lower_is_better:
        spread = max(spread, 1 / math.sqrt(change.units))
    if change.test == "mcnemar":
        seen = min(max(change.losses + change.wins, 1) / change.pairs, 1.0)
        smallest = detectable_drop_binary(change.pairs, seen, alpha=level, power=POWER)
    elif 2.0 ** (1 - change.units) > level:
        smallest = math.inf  # not even all units together reach the level
    else:
        smallest = detectable_drop_continuous(change.units, spread, alpha=level, power=POWER)
    beyond = change.tolerated + normal_quantile(POWER) * spread / math.sqrt(change.units)
    return replace(change, detectable=max(smallest, beyond))


def needed(change: MetricChange, moved: float, limits: tuple[float, float], alpha: float) -> Shortage:
    """What would settle an inconclusive change: how many cases or repeats, at the scatter seen here.

    `moved` and `limits` are the change and its interval seen as a gain, whichever way is better. A drop that
    is tolerated is settled when the interval rules out more; a larger one when it is significant.
    """
    allowed = change.tolerated or 0.0
    shortage = Shortage(change.pairs, change.units if change.units < change.pairs else None, "tolerated")
    if allowed + moved > 0:
        wanted = _to_rule_out(change, allowed, moved, limits[0], alpha)
    elif change.adjusted_p is not None and change.adjusted_p <= alpha:
        return replace(shortage, seen="at")
    else:
        wanted = _to_be_significant(change, alpha)
        shortage = _not_significant(replace(shortage, seen="beyond"), change, limits)
    if wanted is None:
        return replace(shortage, more=None if change.test == "bootstrap" else math.inf)
    repeats = _repeats(change, change.units / max(wanted, 1))
    return replace(shortage, more=max(wanted - change.units, 1), repeats=repeats)


def _not_significant(shortage: Shortage, change: MetricChange, limits: tuple[float, float]) -> Shortage:
    """Why an interval without 0 in it is not enough: the test is exact, and corrected for its family."""
    if change.p_value is None or limits[0] <= 0 <= limits[1]:
        return shortage
    corrected = change.adjusted_p if change.family > 1 else None
    return replace(shortage, p_value=change.p_value, corrected=corrected, family=change.family)


def _to_rule_out(
    change: MetricChange, allowed: float, moved: float, lowest: float, alpha: float
) -> int | None:
    """Units after which the interval rules out a drop larger than `allowed`."""
    if change.test == "mcnemar":

        def ruled_out(times: float) -> bool:
            losses, wins, pairs = _scaled(change, times)
            interval = paired_difference_interval(
                0, losses, wins, pairs - losses - wins, confidence=1 - alpha
            )
            return interval.low >= -allowed

        return _smallest(change.units, ruled_out)
    spread = change.spread
    if change.test == "sign-flip" and spread is not None and not change.lower_is_better:
        quantile = -normal_quantile(alpha / 2)

        def with_unseen(times: float) -> bool:
            # What can have gone unseen belongs to the interval: see `bootstrap_mean_interval`.
            n = change.units * times
            margin = quantile * math.sqrt(n * spread**2 + 2) / (n + 2)
            missed = quantile**2 / (n + quantile**2) * (1 + moved)
            return moved - max(margin, missed, quantile * spread / math.sqrt(n)) >= -allowed

        return _smallest(change.units, with_unseen)
    distance = moved - lowest
    if not 0 < distance < math.inf:
        return None
    wanted = math.ceil(change.units * (distance / (allowed + moved)) ** 2)
    return wanted if wanted <= MOST * change.units else None


def _to_be_significant(change: MetricChange, alpha: float) -> int | None:
    """Units after which the test finds a drop of the size seen, at the first step of the correction."""
    level = alpha / change.family
    if change.test == "mcnemar":
        return _smallest(change.units, lambda times: mcnemar_exact(*_scaled(change, times)[:2]) <= level)
    if change.test != "sign-flip" or change.p_value is None or not change.p_value < 1:
        return None
    # z grows with the square root of the number of units; where all moved alike only their number is missing.
    times = (normal_quantile(level / 2) / normal_quantile(change.p_value / 2)) ** 2 if change.spread else 1.0
    wanted = math.ceil(max(change.units * times, 1 - math.log2(level)))
    return wanted if wanted <= MOST * change.units else None


def _scaled(change: MetricChange, times: float) -> tuple[int, int, int]:
    """Losses, wins and pairs of a suite so many times as large."""
    return round(change.losses * times), round(change.wins * times), round(change.pairs * times)


def _smallest(units: int, enough: Callable[[float], bool]) -> int | None:
    """The smallest number of units with which it is enough; None beyond `MOST` times as many."""
    low, high = units, MOST * units
    if not enough(high / units):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle / units) else (middle, high)
    return high


def _repeats(change: MetricChange, shrink: float) -> int | None:
    """Repeats on each side that would shrink a mean's variance by a factor; None where none do.

    Variance of a case's difference = between cases + 2 · noise² / repeats.
    """
    if not change.noise or not change.spread or change.units != change.pairs:
        return None
    within = 2 * change.noise**2
    between = max(change.spread**2 - within / change.repeats, 0.0)
    room = shrink * change.spread**2 - between
    if room <= 0:
        return None
    wanted = math.ceil(within / room)
    return wanted if change.repeats < wanted <= 100 else None
