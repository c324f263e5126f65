"""Two readings of a run, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops_cli.compare.judged import Judged


@dataclass(frozen=True)
class Readings:
    """What a run of one subject is compared as.

    `first` has its baseline as the scorers of now judge it. `second` is the run as the scorers of the base
    judge it; None where they are the same, where there is no base, or where nobody can tell.
    """

    first: Judged
    second: Judged | None = None

    @property
    def both(self) -> tuple[Judged, ...]:
        """The readings that there are."""
        return (self.first,) if self.second is None else (self.first, self.second)
