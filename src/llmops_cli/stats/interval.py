"""The interval every estimate of this room is reported with."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided confidence interval from `low` to `high`, in the unit of the estimate.

    `confidence` is the nominal coverage, strictly between 0 and 1. A limit may be infinite, which says that
    the data set no limit. Raises ValueError when a limit is NaN, `low > high`, or the confidence is out of
    range.
    """

    low: float
    high: float
    confidence: float

    def __post_init__(self) -> None:
        check_confidence(self.confidence)
        if math.isnan(self.low) or math.isnan(self.high):
            raise ValueError("an interval needs numbers as its limits, not NaN")
        if self.low > self.high:
            raise ValueError(f"the lower limit {self.low} is above the upper limit {self.high}")

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def check_confidence(confidence: float) -> None:
    """Raise ValueError unless the confidence is strictly between 0 and 1."""
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must be strictly between 0 and 1, not {confidence}")


def check_rate(name: str, value: float) -> None:
    """Raise ValueError unless the value called `name` is strictly between 0 and 1."""
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} must be strictly between 0 and 1, not {value}")
