"""JSON that others wrote: how deep it goes is checked before it is parsed, for the parser goes as deep."""

from __future__ import annotations

import json
import re
from typing import Any

MOST_DEPTH = 200
"""How deep lists and mappings may lie in each other; a reply of a provider has about ten."""
_MOST_DIGITS = 4000
"""Python refuses to read longer whole numbers, to keep the time within bounds."""
# A text that never ends is taken to the end, so that no part of it is looked at twice.
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


class JsonTextError(ValueError):
    """A text that is not JSON, or JSON that is not read; says which."""


def read_json_text(text: str) -> Any:
    """The value that a JSON text says. Raises JsonTextError.

    NaN, the infinities and whole numbers of thousands of digits are read as floats that are not finite:
    whoever takes such a value has to refuse it.
    """
    if is_too_deep(text):
        raise JsonTextError(f"it is nested more than {MOST_DEPTH} levels deep")
    try:
        return _DECODER.decode(text)
    except ValueError as error:
        raise JsonTextError(f"it is not JSON: {error}") from None
    except RecursionError:
        raise JsonTextError("it is nested too deeply to be read from here") from None


def is_too_deep(text: str) -> bool:
    """Whether the lists and mappings of a JSON text lie deeper in each other than MOST_DEPTH."""
    if text.count("[") + text.count("{") <= MOST_DEPTH:
        return False
    depth = 0
    for token in _TOKENS.finditer(text):
        match text[token.start()]:
            case "[" | "{":
                depth += 1
                if depth > MOST_DEPTH:
                    return True
            case "]" | "}":
                depth -= 1
    return False


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float("inf")


# `json.loads` with a hook would make a decoder each time, which takes longer than reading a reply.
_DECODER = json.JSONDecoder(parse_int=_whole)
