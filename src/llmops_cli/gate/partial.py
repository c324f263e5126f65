"""A run of a part of the cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmops_cli.evals.suite import Suite


@dataclass(frozen=True, slots=True)
class Partial:
    """How many cases a filter left, and of how many: what is said of them is not said of the suites."""

    cases: int
    of: int

    def __str__(self) -> str:
        return f"PARTIAL {self.cases:,} of {self.of:,}"


def partial_of(whole: Iterable[Suite], run: Sequence[Suite]) -> Partial | None:
    """What part of the suites asked for is run, by their cases; None where it is all of them."""
    cases, of = (sum(len(suite.cases) for suite in suites) for suites in (run, whole))
    return Partial(cases, of) if cases < of else None
