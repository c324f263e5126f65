"""A baseline whose stored answers were judged anew, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.compare.scores import Scores

NAMED = 5
"""Cases that are named in one line; more are counted."""


@dataclass(frozen=True)
class Rescored:
    """What scorers say of a baseline's stored answers that are not those that scored it.

    `scores` is the baseline with what they say. `metrics` were scored anew; of `answers` stored answers
    `same` got the same scores, and `differing` are the cases of the others. `cannot` says of each metric that
    could not be scored anew why: it keeps its scores, and what they rested on.
    """

    scores: Scores
    metrics: tuple[str, ...] = ()
    answers: int = 0
    same: int = 0
    differing: tuple[str, ...] = ()
    cannot: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What came of it, for a list of what changed."""
        more = f": {few(self.differing)}" if self.differing else ""
        return f"same scores on {self.same} of {self.answers} stored answers{more}"


def few(cases: tuple[str, ...]) -> str:
    """The first of some cases, and how many more there are."""
    rest = len(cases) - NAMED
    return ", ".join(cases[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
