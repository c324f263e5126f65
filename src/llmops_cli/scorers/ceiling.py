"""What a scorer does that lets a number of the answer be no higher than its option says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.scorers.base import Scorer, as_number, has_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.scorers.base import Surroundings


class CeilingScorer(Scorer):
    """A scorer whose option has one key, its `shorthand`: the highest number that passes."""

    def __init__(self, option: Mapping[str, Any], surroundings: Surroundings) -> None:
        super().__init__(option, surroundings)
        if not has_template(option):
            self.ceiling(option)

    def ceiling(self, option: Mapping[str, Any]) -> float:
        """The highest number that passes. Raises ValueError where the option has none."""
        return as_number(option[self.shorthand], self.shorthand)
