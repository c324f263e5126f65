"""`regex`: a regular expression matches somewhere in the answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from llmops_cli.core.patterns import NotLinearError
from llmops_cli.core.patterns.pattern import pattern_of
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
from llmops_cli.scorers.call import ElsewhereError
from llmops_cli.scorers.elsewhere import elsewhere

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.core.patterns.pattern import Pattern
    from llmops_cli.scorers.base import Surroundings
    from llmops_cli.scorers.sample import Sample


class Regex(Scorer):
    """`pattern`, in Python's syntax, matches somewhere in the answer.

    `^` and `$` tie it to the ends of the answer; `(?m)` and `(?s)` in front of it set the other flags. It is
    searched in time that grows with the answer alone, and one that needs more, by looking around or
    referring back, in a process of its own for `pattern_s` seconds of `limits`.
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
        try:
            return searched(pattern.pattern, sample.output, matches=pattern.matches(sample.output))
        except NotLinearError:
            args = {"pattern": pattern.pattern, "ignore_case": bool(option.get("ignore-case"))}
            what, limits = f"the pattern `{pattern.pattern}`", self.surroundings.tree.limits
            raise ElsewhereError(elsewhere("search", what, sample, args, limits)) from None


def searched(pattern: str, output: str, *, matches: bool) -> Measurement:
    """What a search comes to."""
    return check(matches, f"`{pattern}` matches nothing in {quoted(output)}")


def _compiled(option: Mapping[str, Any]) -> Pattern:
    text = as_text(option["pattern"], "pattern")
    return pattern_of(text, re.IGNORECASE if option.get("ignore-case") else 0)
