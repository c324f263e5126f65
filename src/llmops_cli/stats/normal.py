"""The standard normal distribution: density, distribution function, quantiles."""

from __future__ import annotations

import math

from llmops_cli.stats.interval import check_confidence


def normal_density(x: float) -> float:
    """Density of the standard normal distribution at `x`."""
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def normal_cdf(x: float) -> float:
    """P(Z <= x) for a standard normal Z, accurate in both tails (through erfc)."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def normal_quantile(probability: float) -> float:
    """Quantile x with P(Z <= x) = `probability`, for a standard normal Z.

    Raises ValueError unless the probability is strictly between 0 and 1. Source: Wichura (1988), algorithm AS
    241, as the standard library has it.
    """
    from statistics import NormalDist  # imported here: the module takes about as long as the whole room

    return NormalDist().inv_cdf(probability)


def two_sided_z(confidence: float) -> float:
    """Quantile z with P(-z <= Z <= z) = `confidence`: 1.96 for 0.95. Raises ValueError when not in (0, 1)."""
    check_confidence(confidence)
    return -normal_quantile((1.0 - confidence) / 2.0)
