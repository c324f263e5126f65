"""`contains-any` and `contains-all`: one, or each, of several texts stands in the answer."""

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
    has_template,
    option_schema,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.scorers.base import Surroundings
    from llmops_cli.scorers.sample import Sample


class _ContainsMany(Scorer):
    shorthand = "values"
    option = option_schema(
        "values",
        values={
            "type": ["array", "string"],
            "minItems": 1,
            "minLength": 1,
            "items": TEXT,
            "description": "the texts to look for: a list, or a template that gives one",
        },
        **{"ignore-case": IGNORE_CASE},
    )

    def __init__(self, option: Mapping[str, Any], surroundings: Surroundings) -> None:
        super().__init__(option, surroundings)
        if not has_template(option["values"]):
            _texts(option)

    def missing(self, sample: Sample, option: Mapping[str, Any]) -> tuple[list[str], list[str]]:
        """The texts that are not in the answer, and all texts."""
        texts = _texts(option)
        answer = folded(sample.output, option)
        return [text for text in texts if folded(text, option) not in answer], texts


class ContainsAny(_ContainsMany):
    """At least one of `values` stands in the answer."""

    name = "contains-any"
    does = "at least one text stands in the answer"
    version = 1
    since = "0.1"

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Look for each of the texts."""
        missing, texts = self.missing(sample, option)
        return check(len(missing) < len(texts), f"none of {_listed(missing)} is in {quoted(sample.output)}")


class ContainsAll(_ContainsMany):
    """Every one of `values` stands in the answer, in any order."""

    name = "contains-all"
    does = "every text stands in the answer"
    version = 1
    since = "0.1"

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Look for each of the texts."""
        missing, _ = self.missing(sample, option)
        return check(not missing, f"missing {_listed(missing)} in {quoted(sample.output)}")


def _texts(option: Mapping[str, Any]) -> list[str]:
    values = option["values"]
    if not isinstance(values, list | tuple):
        raise ValueError(f"`values` has to be a list, such as `[{values}]`")  # noqa: TRY004
    if not values:
        raise ValueError("`values` came out empty: there is nothing to look for")
    return [as_text(value, "values") for value in values]


def _listed(texts: list[str]) -> str:
    return ", ".join(quoted(text, width=40) for text in texts[:5]) + (", …" if len(texts) > 5 else "")
