"""`equals`: the answer is the expected one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmops_cli.scorers.base import (
    IGNORE_CASE,
    Measurement,
    Scorer,
    check,
    first_difference,
    folded,
    option_schema,
    quoted,
)
from llmops_cli.scorers.sample import NotJsonError, Sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.core.limits import Limits


class Equals(Scorer):
    """The answer equals `value`.

    Text is compared as text, without the white space around it. Anything else (a mapping, a list, a number,
    true, false, null) is compared with the answer read as JSON: the order of keys is free, 1 equals 1.0, and
    true is not 1. `ignore-case` is for texts, also inside JSON, and not for keys.
    """

    name = "equals"
    does = "the answer is this text, or this JSON value"
    version = 1
    since = "0.1"
    shorthand = "value"
    option = option_schema(
        "value",
        value={"description": "the expected answer: text, or any JSON value"},
        **{"ignore-case": IGNORE_CASE},
    )

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Compare as text when the expected value is text, as JSON otherwise."""
        value = option["value"]
        if not isinstance(value, str):
            return _as_json(sample, option, self.surroundings.tree.limits)
        expected, answer = value.strip(), sample.output.strip()
        if folded(expected, option) == folded(answer, option):
            return check(True)
        at = first_difference(expected, answer)
        return check(False, f"expected {quoted(expected, at)}, found {quoted(answer, at)}")


def _as_json(sample: Sample, option: Mapping[str, Any], limits: Limits) -> Measurement:
    expected = option["value"]
    try:
        answer = sample.json_within(limits)
    except NotJsonError as error:
        return check(False, f"expected {_shown(expected)}, found {quoted(sample.output)}: {error}")
    difference = json_difference(expected, answer, option)
    return check(not difference, difference)


def json_difference(expected: Any, answered: Any, option: Mapping[str, Any]) -> str:
    """Where two JSON values differ first, in a sentence; "" when they are equal."""
    waiting: list[tuple[str, Any, Any]] = [("", expected, answered)]
    while waiting:  # not recursive: an answer may be nested deeper than Python's stack
        path, left, right = waiting.pop()
        inside = f"in `{path}`: " if path else ""
        if isinstance(left, dict) and isinstance(right, dict):
            for words, missing in (("missing", left.keys() - right.keys()), ("extra", right.keys() - left)):
                if missing:
                    return f"{inside}{words} key {quoted(min(map(str, missing)))}"
            waiting += [
                (f"{path}.{key}" if path else str(key), left[key], right[key]) for key in reversed(left)
            ]
        elif isinstance(left, list | tuple) and isinstance(right, list):
            if len(left) != len(right):
                return f"{inside}expected {len(left)} items, found {len(right)}"
            pairs = list(enumerate(zip(left, right, strict=True)))
            waiting += [(f"{path}[{at}]", one, other) for at, (one, other) in reversed(pairs)]
        elif not _same_scalar(left, right, option):
            return f"{inside}expected {_shown(left)}, found {_shown(right)}"
    return ""


def _same_scalar(left: Any, right: Any, option: Mapping[str, Any]) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return folded(left, option) == folded(right, option)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return quoted(value) if isinstance(value, str) else json.dumps(value, default=str)[:80]
