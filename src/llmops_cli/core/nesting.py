"""How deep and how wide a JSON text is, found before it is parsed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llmops_cli.core.limits import more

if TYPE_CHECKING:
    from llmops_cli.core.limits import Limits

# A string that does not end takes the rest, so that each sign is looked at once.
_SIGNS = re.compile(r'"(?:[^"\\]+|\\.)*+(?:"|\\?\Z)|([\[{])|([\]}])|(,)', re.DOTALL)


def overflow(text: str, limits: Limits) -> tuple[int, str, str] | None:
    """Where a JSON text holds more than it may, in which way, and the next step; None where it does not."""
    opening = text.count("[") + text.count("{")
    if opening <= limits.depth and text.count(",") + opening < limits.values:
        return None
    depth, values = 0, 1
    for match in _SIGNS.finditer(text):
        kind = match.lastindex
        if kind is None:
            continue
        depth += (kind == 1) - (kind == 2)
        values += kind != 2
        if depth > limits.depth:
            return match.start(), too_deep(limits), more("depth")
        if values > limits.values:
            return match.start(), too_many(limits), more("values")
    return None


def too_deep(limits: Limits) -> str:
    """What is wrong with data of too many levels."""
    return f"nested too deeply: more than {limits.depth} levels (`depth`)"


def too_many(limits: Limits) -> str:
    """What is wrong with data of too many parts."""
    return f"more than {limits.values:,} values in one file (`values`)"
