"""The search for the first bad of many things in order, judging as few as it can."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Halving:
    """What is known of things in order, counted from 0, that turn from good to bad once.

    `low` is the last that is known to be good, -1 the good one before all of them; `high` the first that is
    known to be bad. `skipped` cannot be judged.
    """

    low: int
    high: int
    skipped: frozenset[int] = frozenset()

    @classmethod
    def of(cls, count: int) -> Halving:
        """The search among `count` things, the last of which is bad."""
        return cls(-1, count - 1)

    @property
    def next(self) -> int | None:
        """What to judge next: the middle, or what is nearest to it; None when nothing is left to judge."""
        middle = (self.low + self.high) // 2
        left = (at for at in range(self.low + 1, self.high) if at not in self.skipped)
        return min(left, key=lambda at: abs(at - middle), default=None)

    def told(self, at: int, *, bad: bool | None) -> Halving:
        """What is known once one more is judged; None says that it cannot be."""
        if bad is None:
            return replace(self, skipped=self.skipped | {at})
        return replace(self, high=at) if bad else replace(self, low=at)
