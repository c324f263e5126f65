"""`regex`: a regular expression matches somewhere in the answer."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

from llmops_cli.scorers.base import (
    IGNORE_CASE,
    TEXT,
    Measurement,
    Scorer,
    as_text,
    check,
    has_template,
    option_schema,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.scorers.base import Surroundings
    from llmops_cli.scorers.sample import Sample


class Regex(Scorer):
    """`pattern`, in Python's syntax, matches somewhere in the answer.

    `^` and `$` tie it to the ends of the answer; `(?m)` and `(?s)` in front of it set the other flags. A
    pattern with nested repetition, such as `(a+)+$`, can take forever on a long answer.
    """

    name = "regex"
    does = "a Python regular expression matches somewhere"
    version = 1
    since = "0.1"
    shorthand = "pattern"
    option = option_schema(
        "pattern",
        pattern={
            **TEXT,
            "description": "a regular expression of Python's `re`, searched in the whole answer",
        },
        **{"ignore-case": IGNORE_CASE},
    )

    def __init__(self, option: Mapping[str, Any], surroundings: Surroundings) -> None:
        super().__init__(option, surroundings)
        self.fixed = None if has_template(option["pattern"]) else _compiled(option)

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Search the answer."""
        pattern = self.fixed or _compiled(option)
        return check(
            pattern.search(sample.output) is not None,
            f"`{pattern.pattern}` matches nothing in {quoted(sample.output)}",
        )


def _compiled(option: Mapping[str, Any]) -> re.Pattern[str]:
    text = as_text(option["pattern"], "pattern")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # syntax that a later Python may read differently
            return re.compile(text, re.IGNORECASE if option.get("ignore-case") else 0)
    except re.error as error:
        at = "" if error.pos is None else f" at character {error.pos + 1}"
        raise ValueError(f"not a regular expression: {error.msg}{at} of `{text}`") from None
    except (OverflowError, RecursionError) as error:
        raise ValueError(f"not a usable regular expression: {error}") from None
