"""`word-count`: the answer has as many words as it should."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from llmops_cli.scorers.base import NUMBER, Measurement, Scorer, as_number, check, has_template, option_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.scorers.base import Surroundings
    from llmops_cli.scorers.sample import Sample

_EACH = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_MARKS = "\u3000-\u3004\u3006-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
_WORD = re.compile(rf"[{_EACH}]|[^\s{_EACH}{_MARKS}]+")


class WordCount(Scorer):
    """The number of words is at least `min` and at most `max`.

    Words are what white space separates. In Chinese and Japanese, which write without spaces, each
    character counts as one, as word processors count. Thai, Lao and Khmer text counts as few, long words.
    """

    name = "word-count"
    does = "the number of words is in bounds"
    version = 1
    since = "0.1"
    option: ClassVar[Mapping[str, Any]] = {
        **option_schema(
            min={**NUMBER, "description": "fewest words allowed"},
            max={**NUMBER, "description": "most words allowed"},
        ),
        "minProperties": 1,
    }

    def __init__(self, option: Mapping[str, Any], surroundings: Surroundings) -> None:
        super().__init__(option, surroundings)
        if not has_template(option):
            _limits(option)

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Count the words."""
        fewest, most = _limits(option)
        count = word_count(sample.output)
        if count < fewest:
            return check(False, f"{count} words, expected at least {fewest:g}")
        return check(count <= most, f"{count} words, expected at most {most:g}")


def word_count(text: str) -> int:
    """How many words a text has."""
    return sum(1 for _ in _WORD.finditer(text))


def _limits(option: Mapping[str, Any]) -> tuple[float, float]:
    if not option:
        raise ValueError("`min` or `max` has to be there: any answer would do")
    fewest = as_number(option["min"], "min") if "min" in option else 0
    most = as_number(option["max"], "max") if "max" in option else float("inf")
    if fewest > most:
        raise ValueError(f"`min` ({fewest:g}) is more than `max` ({most:g}): no answer would do")
    return fewest, most
