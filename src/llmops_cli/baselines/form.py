"""The form of a baseline file: a header and then one case a line, and a digest over all of them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import HASH_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmops_cli.compare.scores import CaseScores

KIND = "llmops-baseline"
SCHEMA = 3
WITHOUT_CALLS = 2
"""What is written where no answer called a tool: the form of a file without tool calls has not changed."""
DIGESTED = (2, 3)
"""Schemas whose header has a digest."""
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def line_of(value: Mapping[str, Any]) -> str:
    """A header or a case as one line, the same bytes for the same value."""
    # Lone surrogates, which a model can produce and UTF-8 cannot hold, are escaped.
    text = _encode(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def digest_of(header: Mapping[str, Any], parts: Iterable[str]) -> str:
    """Hash of everything in the file but itself: the header's line, then the other lines in `parts`."""
    rest = {key: value for key, value in header.items() if key != "digest"}
    digest = hashlib.sha256(line_of(rest).encode("utf-8", "surrogatepass"))
    for part in parts:
        digest.update(b"\n")
        digest.update(part.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:HASH_LENGTH]


def call_tools(cases: Mapping[str, CaseScores]) -> bool:
    """Whether an answer calls tools: then older readers would take the file for an edited one."""
    return any(case.tool_calls for case in cases.values())
