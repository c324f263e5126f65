"""`latency`: the answer came in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.evals.scorers.base import (
    NUMBER,
    Measurement,
    NotMeasuredError,
    Sample,
    Scorer,
    as_number,
    check,
    has_template,
    option_schema,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.evals.scorers.base import Surroundings

_NOT_LIVE = {
    "cache": "the answer came from the cache",
    "replay": "the answer came from a cassette",
    "recorded": "the answer was recorded elsewhere",
}


class Latency(Scorer):
    """The last attempt took at most `max_seconds`. Only a live call is a measurement."""

    name = "latency"
    shorthand = "max_seconds"
    option = option_schema("max_seconds", max_seconds={**NUMBER, "description": "longest time, in seconds"})

    def __init__(self, option: Mapping[str, Any], surroundings: Surroundings) -> None:
        super().__init__(option, surroundings)
        if not has_template(option):
            as_number(option["max_seconds"], "max_seconds")

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Compare the time. Raises NotMeasuredError when none was taken now."""
        most = as_number(option["max_seconds"], "max_seconds")
        answer = sample.answer
        if answer.source != "live":
            raise NotMeasuredError(f"{_NOT_LIVE[answer.source]}: its latency was not measured in this run")
        if answer.latency_s is None:
            raise NotMeasuredError("the call was not timed")
        return check(answer.latency_s <= most, f"{answer.latency_s:.3g} s, at most {most:g} s are allowed")
