"""`contains` and `icontains`: a text stands somewhere in the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from llmops_cli.scorers.base import TEXT, Measurement, Scorer, as_text, check, folded, option_schema, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.scorers.sample import Sample


class Contains(Scorer):
    """`value` stands in the answer as it is written, white space and case included."""

    name = "contains"
    does = "the text stands in the answer"
    version = 1
    since = "0.1"
    shorthand = "value"
    option = option_schema("value", value={**TEXT, "description": "the text to look for"})
    comparison: ClassVar[Mapping[str, Any]] = {}

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Look for the text."""
        wanted = as_text(option["value"], "value")
        stands = folded(wanted, self.comparison) in folded(sample.output, self.comparison)
        return check(stands, f"{quoted(wanted)} is not in {quoted(sample.output)}")


class IgnoreCaseContains(Contains):
    """`value` stands in the answer, in upper or lower case."""

    name = "icontains"
    does = "the text stands in the answer, in upper or lower case"
    version = 1
    since = "0.1"
    comparison: ClassVar[Mapping[str, Any]] = {"ignore-case": True}
