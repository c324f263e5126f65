"""The binomial tail."""

from __future__ import annotations

import math


def at_least(count: int, of: int, chance: float) -> float:
    """The probability of `count` or more successes in `of` trials that each succeed with a chance.

    Raises ValueError for what is no count or no chance.
    """
    if not 0 <= count <= of or not 0 <= chance <= 1:
        raise ValueError(f"no count and chance: {count} of {of}, {chance}")
    terms = (math.comb(of, k) * chance**k * (1 - chance) ** (of - k) for k in range(count, of + 1))
    return min(1.0, math.fsum(terms))
