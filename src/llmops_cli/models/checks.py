"""What a part of an answer may be, wherever it comes from: a provider, the cache, a journal, a cassette."""

from __future__ import annotations

import math
from typing import Any

MOST_TOKENS = 10**9
"""A count of tokens above this is no count: no model reads or writes as many at once."""
LONGEST_NAME = 500
"""Characters of a model's name, an id, a finish reason."""


class NotAnAnswerError(ValueError):
    """What came is no answer; says which part of it is missing or odd."""


def is_text(value: Any) -> bool:
    """Whether it is a text of any length."""
    return type(value) is str


def is_label(value: Any) -> bool:
    """Whether it is a short text, an empty one too."""
    return type(value) is str and len(value) <= LONGEST_NAME


def is_name(value: Any) -> bool:
    """Whether it is a name: of a model, of a call, of the reason why an answer ended."""
    return value != "" and is_label(value)


def is_count(value: Any) -> bool:
    """Whether it is a count of tokens."""
    return type(value) is int and 0 <= value <= MOST_TOKENS


def is_amount(value: Any) -> bool:
    """Whether it is a finite number, 0 or more: seconds, US dollars."""
    return type(value) in (int, float) and math.isfinite(value) and value >= 0


def name_in(value: Any) -> str | None:
    """The name, or None where it is none."""
    return repaired(value) if is_name(value) else None


def count_in(value: Any) -> int | None:
    """The count of tokens, or None where it is none. Some gateways write whole numbers as `5.0`."""
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if is_count(value) else None


def text_in(value: Any) -> str:
    """The text of an answer; none at all is an empty one. Raises NotAnAnswerError."""
    if value is None:
        return ""
    if type(value) is not str:
        raise NotAnAnswerError(f"the content is {_kind(value)} and no text")
    return value


def repaired(text: str) -> str:
    """The text, with signs that JSON can name and UTF-8 cannot hold (halves of a pair) replaced."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def tool_calls_in(value: Any) -> tuple[dict[str, Any], ...]:
    """The tool calls of an answer, in OpenAI's form. Raises NotAnAnswerError."""
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        raise NotAnAnswerError(f"the tool calls are {_kind(value)} and no list")
    return tuple(_tool_call(call) for call in value)


def _tool_call(call: Any) -> dict[str, Any]:
    if not isinstance(call, dict):
        raise NotAnAnswerError(f"a tool call is {_kind(call)} and no mapping")
    # A name of the call is nothing that an answer needs.
    odd = {name for name in ("id", "type") if name in call and type(call[name]) is not str}
    kept = {name: part for name, part in call.items() if name not in odd}
    require_json(kept)
    kind = kept.get("type", "function")
    function = kept.get(kind)
    # Other kinds of tools are passed on as they come: nobody here reads them.
    if not isinstance(function, dict) or (kind == "function" and not is_name(function.get("name"))):
        raise NotAnAnswerError(f"a tool call names no {kind}")
    arguments = function.get("arguments", "")
    if kind == "function" and type(arguments) is not str:
        raise NotAnAnswerError(f"the arguments of a tool call are {_kind(arguments)} and no text")
    return kept


def require_json(value: Any) -> None:
    """Raise NotAnAnswerError where a number inside of it is not finite: it could not be written as JSON."""
    if isinstance(value, float) and not math.isfinite(value):
        raise NotAnAnswerError("a number in a tool call is not finite")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        require_json(inner)


def _kind(value: Any) -> str:
    kinds = {dict: "a mapping", list: "a list", bool: "true or false", int: "a number", float: "a number"}
    return "missing" if value is None else kinds.get(type(value), "a text")
