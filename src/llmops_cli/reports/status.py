"""The status word that opens every report, so that no reader depends on a colour."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops_cli.reports.document import Document, Text, Tone

_WORDS: dict[Tone, str] = {"good": "OK", "bad": "FAILED", "warn": "WARNING"}
_STATED = re.compile(r"(?:OK|[A-Z][A-Z_]{3,})\b")


def headline(text: Text) -> str:
    """The headline, opened by a word in capitals; one that has none gets the word of its tone."""
    word = _WORDS.get(text.tone, "")
    return text.text if not word or _STATED.match(text.text) else f"{word}: {text.text}"


def unsaid(document: Document) -> bool:
    """Whether the answer is no and no annotation says why: a format of annotations has to say it itself."""
    return document.headline.tone == "bad" and all(
        annotation.level != "error" for annotation in document.annotations
    )
