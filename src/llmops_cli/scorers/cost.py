"""`cost`: the answer was cheap enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.scorers.base import NUMBER, Measurement, NotMeasuredError, check, option_schema
from llmops_cli.scorers.ceiling import CeilingScorer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.scorers.sample import Sample


class Cost(CeilingScorer):
    """The answer cost at most `max_usd`. An answer that is read again costs what it cost when it was made."""

    name = "cost"
    does = "the answer was cheap enough"
    version = 1
    since = "0.1"
    shorthand = "max_usd"
    option = option_schema("max_usd", max_usd={**NUMBER, "description": "highest cost, in US dollars"})

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Compare the cost. Raises NotMeasuredError when it is unknown, which is not zero."""
        most = self.ceiling(option)
        cost = sample.answer.cost_usd
        if cost is None:
            model = sample.answer.resolved or sample.answer.requested or "the model"
            raise NotMeasuredError(f"the cost is unknown: no price or no token counts for {model}")
        return check(cost <= most, f"cost {cost:.6g} USD, at most {most:g} USD are allowed")
