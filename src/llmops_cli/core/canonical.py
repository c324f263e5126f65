"""Canonical JSON and the hashes built on it: the same value always gives the same bytes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

HASH_LENGTH = 16
"""Hex digits kept of a SHA-256: 64 bits, enough to tell the contents of one repository apart."""


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, no spaces and unescaped Unicode. Raises ValueError on NaN and infinity."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def content_hash(value: Any) -> str:
    """Hash of any JSON value, independent of key order."""
    return text_hash(canonical_json(value))


def text_hash(text: str) -> str:
    """Hash of a text. Lone surrogates, which UTF-8 cannot hold, are hashed as they are."""
    return data_hash(text.encode("utf-8", "surrogatepass"))


def data_hash(data: bytes) -> str:
    """Hash of bytes."""
    return hashlib.sha256(data).hexdigest()[:HASH_LENGTH]
