"""The exact McNemar test for paired binary data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    Alternative = Literal["two-sided", "less", "greater"]

EXACT_INTEGERS = 1_000
"""Up to this many discordant pairs the tail is summed in integers and rounded once."""


def mcnemar_exact(
    losses: int, wins: int, *, alternative: Alternative = "two-sided", mid_p: bool = False
) -> float:
    """P-value of the exact (binomial) McNemar test.

    `losses` counts the cases the baseline passed and the candidate failed, `wins` the reverse. Under the
    hypothesis of no change each of the `losses + wins` discordant cases is a win with probability 1/2; cases
    that agree say nothing. "less" tests for a drop (few wins), "greater" for a rise. `mid_p` counts the
    observed table half, which makes the test less conservative but no longer exact. No discordant case at all
    gives 1 (1/2 for a one-sided mid-p). A p-value below 1e-308 may come out as 0.0.

    Exact to the last bit up to 1,000 discordant cases, to a relative 1e-9 up to a few million. Raises
    ValueError for a negative count or an unknown alternative. Sources: McNemar (1947); Fagerland, Lydersen
    and Laake (2013) for the mid-p version.
    """
    if losses < 0 or wins < 0:
        raise ValueError(f"counts cannot be negative: losses {losses}, wins {wins}")
    if alternative not in {"two-sided", "less", "greater"}:
        raise ValueError(f"unknown alternative {alternative!r}: two-sided, less or greater")
    n = losses + wins
    if alternative == "two-sided":
        return _two_sided(min(losses, wins), n, mid_p=mid_p)
    k = wins if alternative == "less" else losses
    lower = _lower_tail(k, n)
    return lower - 0.5 * _point(k, n) if mid_p else lower


def _two_sided(k: int, n: int, *, mid_p: bool) -> float:
    if 2 * k == n:  # the observed table is the only one as likely as itself
        return 1.0 - 0.5 * _point(k, n) if mid_p else 1.0
    doubled = 2.0 * _lower_tail(k, n)
    return doubled - _point(k, n) if mid_p else min(1.0, doubled)


def _lower_tail(k: int, n: int) -> float:
    """P(X <= k) for X binomial with `n` trials of probability 1/2."""
    if k >= n:
        return 1.0
    if 2 * k >= n:
        return 1.0 - _lower_tail(n - k - 1, n)
    if n <= EXACT_INTEGERS:
        term = total = 1
        for i in range(k):
            term = term * (n - i) // (i + 1)
            total += term
        return total / (1 << n)
    # The largest term is the last; each earlier one is smaller by a ratio below 1.
    relative = total_relative = 1.0
    for i in range(k, 0, -1):
        relative *= i / (n - i + 1)
        total_relative += relative
        if relative < 1e-17 * total_relative:
            break
    return _point(k, n) * total_relative


def _point(k: int, n: int) -> float:
    """P(X = k) for X binomial with `n` trials of probability 1/2."""
    if n <= EXACT_INTEGERS:
        return math.comb(n, k) / (1 << n)
    log_point = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2.0)
    return math.exp(log_point)
