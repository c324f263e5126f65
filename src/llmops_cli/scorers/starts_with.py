"""`starts-with`: the answer begins with a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.scorers.base import (
    IGNORE_CASE,
    TEXT,
    Measurement,
    Scorer,
    as_text,
    check,
    folded,
    option_schema,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.scorers.sample import Sample


class StartsWith(Scorer):
    """The answer begins with `value`; white space before either does not count."""

    name = "starts-with"
    does = "the answer begins with the text"
    version = 1
    since = "0.1"
    shorthand = "value"
    option = option_schema(
        "value",
        value={**TEXT, "description": "the text that the answer begins with"},
        **{"ignore-case": IGNORE_CASE},
    )

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Compare the beginning."""
        wanted = as_text(as_text(option["value"], "value").lstrip(), "value")
        begins = folded(sample.output.lstrip(), option).startswith(folded(wanted, option))
        return check(begins, f"expected {quoted(wanted)} first, found {quoted(sample.output.lstrip())}")
