"""A case that turned: what it was, what it is, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flip:
    """A case that passes more or less often than before.

    `passes_before` and `passes_now` are how many of its repeats passed, and of how many. `before` and `now`
    are the answers that tell it best, None where only their hash is kept. `held` says how many of the answers
    that were asked for once more flipped like the first, and of how many. `name` is what reports call it.
    """

    case_id: str
    place: str
    passes_before: tuple[int, int]
    passes_now: tuple[int, int]
    before: str | None
    now: str | None
    reasons: tuple[str, ...] = ()
    name: str = ""
    must_pass: bool = False
    quarantined: bool = False
    held: tuple[int, int] | None = None

    @property
    def worse(self) -> bool:
        """Whether it passes less often."""
        return self.change < 0

    @property
    def change(self) -> float:
        """How much its share of passes moved."""
        return self.passes_now[0] / self.passes_now[1] - self.passes_before[0] / self.passes_before[1]

    @property
    def whole(self) -> bool:
        """Whether it turned from all repeats to none, or from none to all."""
        return abs(self.change) == 1


@dataclass(frozen=True, slots=True)
class FlipCount:
    """How many cases got worse and better, and how many `aside` in quarantine do not count.

    `whole` says that each of those that count turned from all repeats to none, or from none to all.
    """

    worse: int
    better: int
    aside: int
    whole: bool
