"""Formats: one file each, with a function `draw(document, *, width, colour) -> str`.

To add one: write `reports/formats/x.py`, add its line below, and its ending where it is written to files, add
one snapshot to `tests/reports/snapshots/`, and its row to docs/file-formats.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops_cli.reports.document import Document

FORMATS = {
    "terminal": "terminal",
    "markdown": "markdown",
    "json": "json",
    "html": "html",
    "junit": "junit",
    "sarif": "sarif",
    "csv": "csv",
    "github": "github",
}
FOR_READERS = ("terminal", "markdown", "json", "html")
"""The formats that draw any document; the others draw what some have: a table, checks, annotations."""
OF_TABLES = (*FOR_READERS, "csv")
"""The formats of a command that lists things."""
ENDINGS = {
    ".md": "markdown",
    ".json": "json",
    ".html": "html",
    ".junit.xml": "junit",
    ".sarif": "sarif",
    ".csv": "csv",
    ".txt": "terminal",
}
"""How the name of a file in a format ends."""


def format_of(file: str) -> str | None:
    """The format that the name of a file asks for: that of the longest ending; None for an unknown one."""
    endings = [ending for ending in ENDINGS if file.lower().endswith(ending)]
    return ENDINGS[max(endings, key=len)] if endings else None


def draw(document: Document, form: str, *, width: int = 80, colour: bool = False) -> str:
    """The document in one format, ending with a line break.

    `width` and `colour` are for the terminal; others ignore them. Raises KeyError for an unknown format.
    """
    module = import_module(f"llmops_cli.reports.formats.{FORMATS[form]}")
    drawn: str = module.draw(document, width=width, colour=colour)
    return drawn
