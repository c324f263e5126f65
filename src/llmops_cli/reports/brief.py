"""Long texts cut to what a format has room for, and the place of a file in its repository."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from llmops_cli.reports.numbers import count

if TYPE_CHECKING:
    from llmops_cli.reports.document import Document


def brief(text: str, most: int) -> str:
    """The text, or its beginning with what is left out counted: at most `most` characters."""
    if len(text) <= most:
        return text
    room = most - len(f"… {count(len(text), 'character')} …") - 1
    kept = text[:room].rstrip()
    return f"{kept} … {count(len(text) - len(kept), 'character')} …"


def in_repository(document: Document, path: str) -> str:
    """A path of the project as one from the root of the repository; "" stays unknown."""
    return posixpath.normpath(posixpath.join(document.folder, path)) if path else ""
