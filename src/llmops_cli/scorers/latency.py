"""`latency`: the answer came in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.scorers.base import NUMBER, Measurement, NotMeasuredError, check, option_schema
from llmops_cli.scorers.ceiling import CeilingScorer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.scorers.sample import Sample

_NOT_TIMED = {
    "replay": "the answer came from a cassette, which keeps no latency",
    "recorded": "the answer was recorded elsewhere",
}


class Latency(CeilingScorer):
    """The last attempt took at most `max_seconds`.

    An answer from the cache is judged by the time it took when it was asked for, so that asking again does
    not make a slow answer pass.
    """

    name = "latency"
    does = "the call was fast enough"
    version = 1
    since = "0.1"
    shorthand = "max_seconds"
    option = option_schema("max_seconds", max_seconds={**NUMBER, "description": "longest time, in seconds"})

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Compare the time. Raises NotMeasuredError when none was taken."""
        most = self.ceiling(option)
        answer = sample.answer
        if answer.latency_s is None:
            raise NotMeasuredError(_NOT_TIMED.get(answer.source, "the call was not timed"))
        return check(answer.latency_s <= most, f"{answer.latency_s:.3g} s, at most {most:g} s are allowed")
