"""Keep keys out of everything that is shown or written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "[redacted]"

_KEY_SHAPES = re.compile(
    r"\bsk-(?:[\w-]{16,}|(?=[\w-]*\d)[\w-]{8,})"  # OpenAI, Anthropic, OpenRouter, DeepSeek
    r"|\bAIza[\w-]{30,}"  # Google
    r"|\b(?:gsk_|xai-|hf_|gh[opsu]_|github_pat_|glpat-|pplx-)[\w-]{16,}"
    r"|\bAKIA[0-9A-Z]{16}\b"
)
_BEARER = re.compile(r"(?i)\b(bearer\s+)[\w.~+/-]{8,}=*")

# Shorter values would blank out ordinary words: servers without keys are often given `x` or `none`.
_SHORTEST_SECRET = 6


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text without the given secret values and without anything shaped like an API key."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    return _BEARER.sub(rf"\1{MASK}", _KEY_SHAPES.sub(MASK, text))
