"""Score intervals for a proportion and for the difference of two paired proportions."""

from __future__ import annotations

import math

from llmops_cli.stats.interval import Interval
from llmops_cli.stats.normal import two_sided_z


def wilson_interval(successes: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Wilson score interval for one proportion, `successes` out of `n` independent cases, inside [0, 1].

    Raises ValueError for no cases, counts out of range, or a confidence out of (0, 1). Source: Wilson (1927).
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"a proportion needs 0 <= successes <= n and n >= 1, not {successes} of {n}")
    z = two_sided_z(confidence)
    low = _wilson_low(successes, n, z)
    high = 1.0 - _wilson_low(n - successes, n, z)
    return Interval(low, max(low, high), confidence)


def _wilson_low(successes: int, n: int, z: float) -> float:
    if successes == 0:
        return 0.0
    spread = z * math.sqrt(successes * (n - successes) / n + z * z / 4.0)
    return (successes + z * z / 2.0 - spread) / (n + z * z)


def paired_difference_interval(
    both: int, losses: int, wins: int, neither: int, *, confidence: float = 0.95
) -> Interval:
    """Tango's score interval for the difference (candidate minus baseline) of two paired proportions.

    `both` cases pass on both sides, `losses` only with the baseline, `wins` only with the candidate,
    `neither` on no side; the estimate is (wins - losses) / n and the interval lies in [-1, 1]. It is the set
    of differences that the score test does not reject, so at a difference of 0 it is the McNemar test without
    correction; the exact test asks for a little more, so it may not reject what the interval leaves out. It
    depends on the agreeing cases only through n, and it keeps a positive width when no case is discordant:
    +/- z^2 / (n + z^2).

    Raises ValueError for a negative count, an empty table, or a confidence out of (0, 1). Source: Tango
    (1998), Statistics in Medicine 17, 891-908.
    """
    if min(both, losses, wins, neither) < 0:
        raise ValueError(f"counts cannot be negative: {both}, {losses}, {wins}, {neither}")
    n = both + losses + wins + neither
    if n == 0:
        raise ValueError("a difference of proportions needs at least one case")
    z = two_sided_z(confidence)
    return Interval(_tango_low(losses, wins, n, z), -_tango_low(wins, losses, n, z), confidence)


def _tango_low(losses: int, wins: int, n: int, z: float) -> float:
    """Smallest difference that the score test accepts; -1 when every case is a loss."""
    outside, inside = -1.0, (wins - losses) / n
    while inside - outside > 1e-15:
        middle = 0.5 * (outside + inside)
        if middle in {outside, inside}:
            break
        if wins - losses - n * middle > z * math.sqrt(n * _variance(losses, wins, n, middle)):
            outside = middle
        else:
            inside = middle
    return inside


def _variance(losses: int, wins: int, n: int, difference: float) -> float:
    """Variance of one case's difference, at the most likely rate of losses given `difference`."""
    # The most likely rate of losses solves 2n q^2 + b q + c = 0 (Tango 1998, equation 9).
    b = -(losses + wins) + (2 * n - wins + losses) * difference
    c = -losses * difference * (1.0 - difference)
    root = math.sqrt(max(0.0, b * b - 8.0 * n * c))
    loss_rate = (root - b) / (4.0 * n) if b <= 0.0 else -2.0 * c / (root + b)
    return max(0.0, 2.0 * loss_rate + difference * (1.0 - difference))
