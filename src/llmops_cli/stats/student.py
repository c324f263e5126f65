"""Quantiles of Student's t distribution."""

from __future__ import annotations

import math

from llmops_cli.stats.normal import normal_quantile

LARGE_DF = 1_000
"""From this many degrees of freedom on, four terms of the expansion are exact to double precision."""


def student_t_quantile(probability: float, df: float) -> float:
    """Quantile x with P(T <= x) = `probability`, for Student's t with `df` degrees of freedom.

    Raises ValueError unless 0 < probability < 1 and df > 0. Source: Abramowitz and Stegun 26.7.1
    (distribution function by the incomplete beta function), inverted by bisection; 26.7.5 for large `df`.
    """
    if not df > 0.0:
        raise ValueError(f"degrees of freedom must be positive, not {df}")
    z = normal_quantile(probability)
    if df >= LARGE_DF:
        return _expansion(z, df)
    if probability == 0.5:
        return 0.0
    tail = min(probability, 1.0 - probability)
    return math.copysign(_upper_quantile(tail, df), z)


def _expansion(z: float, df: float) -> float:
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    g4 = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + g1 / df + g2 / df**2 + g3 / df**3 + g4 / df**4


def _upper_quantile(tail: float, df: float) -> float:
    """Positive x with P(T > x) = `tail`, `tail` below one half."""
    low, high = 0.0, 1.0
    while _upper_tail(high, df) > tail:
        low, high = high, high * 2.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if middle in {low, high}:
            break
        if _upper_tail(middle, df) > tail:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _upper_tail(x: float, df: float) -> float:
    """P(T > x) for x >= 0: half of the incomplete beta function I_w(df/2, 1/2), w = df / (df + x^2)."""
    # The smaller of the two arguments goes into the continued fraction, computed without cancellation.
    w, rest = df / (df + x * x), x * x / (df + x * x)
    if rest == 0.0:
        return 0.5
    a, b = df / 2.0, 0.5
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(w) + b * math.log(rest)
    )
    if w < (a + 1.0) / (a + b + 2.0):
        return 0.5 * front * _beta_fraction(w, a, b) / a
    return 0.5 * (1.0 - front * _beta_fraction(rest, b, a) / b)


def _beta_fraction(x: float, a: float, b: float) -> float:
    """Continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), by Lentz."""
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    value = d
    for m in range(1, 10_000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + numerator * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + numerator / c
            c = c if abs(c) > tiny else tiny
            value *= c * d
        if abs(c * d - 1.0) < 1e-16:
            break
    return value
