"""Rows of files that carry a checksum of what they say, so that one that was cut or edited is known for it.

How a row is laid out does not count. It is no signature: who can write the row can write its checksum.
"""

from __future__ import annotations

from typing import Any

from llmops_cli.core.canonical import canonical_json, content_hash, text_hash

SUM = "sum"
"""The key of the checksum."""


def text_with_sum(row: dict[str, Any]) -> str:
    """A row, not empty, as canonical JSON with its checksum as the last key."""
    text = canonical_json(row)
    return f'{text[:-1]},"{SUM}":"{text_hash(text)}"}}'


def take_sum(row: dict[str, Any]) -> bool:
    """Take the checksum out of a row; whether it had the one of what it says. Raises ValueError."""
    checksum: Any = row.pop(SUM, None)
    return type(checksum) is str and checksum == content_hash(row)
