"""The result for machines: the document's `data`, laid out so that two of them can be compared by line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmops_cli.reports.visible import HIDDEN

if TYPE_CHECKING:
    from llmops_cli.reports.document import Document


def draw(document: Document, *, width: int = 80, colour: bool = False) -> str:
    r"""The data as JSON in its own order; hidden characters as `\uNNNN`, which JSON reads back as they were.

    Raises ValueError for a number that JSON lacks (NaN, infinity), TypeError for another value that it lacks.
    """
    del width, colour
    return written(document.data)


def written(data: Mapping[str, Any]) -> str:
    """Data as JSON in which no text is hidden, and none is a command to the CI system whose log it is in."""
    text = json.dumps(dict(data), indent=2, ensure_ascii=False, allow_nan=False, default=_plain)
    text = re.sub(r"(?<=#)#(?=(?:vso|teamcity)?\[)", _escape, text)
    return HIDDEN.sub(_escape, text) + "\n"


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a report's data holds a {type(value).__name__}, which JSON has no form for")


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1] if match[0] != "#" else r"\u0023"
