"""Keep secrets out of everything that is shown or written."""

from __future__ import annotations

import binascii
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MASK = "[redacted]"

_KEY_SHAPES = re.compile(
    r"\bsk-(?:[\w-]{16,}|(?=[\w-]*\d)[\w-]{8,})"  # OpenAI, Anthropic, OpenRouter, DeepSeek
    r"|\bAIza[\w-]{30,}"  # Google
    r"|\b(?:gsk_|xai-|hf_|gh[opsu]_|github_pat_|glpat-|pplx-)[\w-]{16,}"
    r"|\bAKIA[0-9A-Z]{16}\b"
)
# Words follow these words in plain text, too: what is no word has a digit.
_SCHEMES = re.compile(r"(?i)\b((?:bearer|basic)\s+)(?=[\w.~+/-]*\d)[\w.~+/-]{12,}=*")

# Shorter values would blank out ordinary words: servers without keys are often given `x` or `none`.
_SHORTEST_SECRET = 6


class Secrets:
    """Values that may stand in no message and no file, in every spelling that they are likely to come in.

    Of the value of an HTTP header that names a scheme (`Bearer …`, `Basic …`), what follows is a secret as
    well, and of `Basic` the user's name and the password in it.
    """

    __slots__ = ("_spellings", "values")

    def __init__(self, values: Iterable[str] = ()) -> None:
        self.values = tuple(value for value in values if value)
        every = {spelling for value in self.values for spelling in _spellings(value)}
        # The longest first: none may be cut to pieces by a shorter one that is a part of it.
        self._spellings = tuple(sorted(every, key=lambda spelling: (-len(spelling), spelling)))

    def __repr__(self) -> str:
        return f"Secrets({len(self.values)} values)"

    def are_in(self, text: str) -> bool:
        """Whether one of the values stands in a text, or in the text of some JSON."""
        return any(spelling in text for spelling in self._spellings)

    def mask(self, text: str) -> str:
        """The text without the secrets, and without anything that is shaped like an API key."""
        for spelling in self._spellings:
            if spelling in text:
                text = text.replace(spelling, MASK)
        return _without_shapes(text) if _may_have_a_key(text) else text

    def masked(self, value: Any) -> Any:
        """JSON data whose texts, keys too, are without the secrets."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, dict):
            return {self.mask(key): self.masked(inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.masked(inner) for inner in value]
        return value


NO_SECRETS = Secrets()
"""Nothing but what is shaped like an API key."""


def _may_have_a_key(text: str) -> bool:
    """Whether a pattern could match: many times faster than the patterns, and nearly always no."""
    return (
        "sk-" in text
        or "AIza" in text
        or "gsk_" in text
        or "xai-" in text
        or "hf_" in text
        or "gho_" in text
        or "ghp_" in text
        or "ghs_" in text
        or "ghu_" in text
        or "github_pat_" in text
        or "glpat-" in text
        or "pplx-" in text
        or "AKIA" in text
        or "earer" in text
        or "EARER" in text
        or "asic" in text
        or "ASIC" in text
    )


def _without_shapes(text: str) -> str:
    return _SCHEMES.sub(rf"\1{MASK}", _KEY_SHAPES.sub(MASK, text))


def _spellings(value: str) -> Iterator[str]:
    for part in _parts(value.strip()):
        if len(part) >= _SHORTEST_SECRET:
            yield part
            yield quote(part, safe="")
            yield json.dumps(part)[1:-1]
            yield json.dumps(part, ensure_ascii=False)[1:-1]


def _parts(value: str) -> Iterator[str]:
    yield value
    scheme, space, rest = value.partition(" ")
    if not space or " " in rest.strip():
        return
    yield rest.strip()
    if scheme.lower() == "basic":
        try:
            decoded = binascii.a2b_base64(rest.strip(), strict_mode=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return
        yield decoded
        yield from decoded.split(":", 1)
