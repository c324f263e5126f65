"""Writing to the user: documents to stdout, talk to stderr."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from llmops_cli.core.environment import has_columns, wants_colour
from llmops_cli.core.errors import InputError
from llmops_cli.core.files import write_text
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.reports.formats import ENDINGS, FORMATS, draw, format_of
from llmops_cli.reports.numbers import count
from llmops_cli.reports.visible import inert

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from llmops_cli.core.problem import Problem
    from llmops_cli.reports.document import Document

LOG_WIDTH = 100
"""Columns where nobody says how many there are: a CI log."""


def check_format(form: str, formats: Collection[str] = tuple(FORMATS)) -> str:
    """The format, if it is one of those that show what the command answers. Raises InputError."""
    if form not in FORMATS:
        raise InputError(f"unknown format `{form}`", did_you_mean(form, formats, noun="formats"))
    if form not in formats:
        raise InputError(
            f"this command has nothing to show as {form}", f"formats that work: {', '.join(formats)}"
        )
    return form


def check_outputs(files: list[str], formats: Collection[str] = tuple(FORMATS)) -> list[str]:
    """The files to write, if the ending of each is that of one of the formats. Raises InputError."""
    for file in files:
        if format_of(file) not in formats:
            fault = "is none" if format_of(file) is None else "is one that this command has nothing for"
            endings = (ending for ending, form in ENDINGS.items() if form in formats)
            raise InputError(
                f"`-o {file}`: the ending says the format, and `{Path(file).suffix}` {fault}",
                f"known endings: {', '.join(endings)}",
            )
        folder = Path(file).absolute().parent
        if not folder.exists():
            # A folder nobody made is a typing error more often than a wish.
            raise InputError(
                f"`-o {file}` cannot be written: there is no folder {folder}", f"mkdir -p {folder}"
            )
        if not folder.is_dir() or not os.access(folder, os.W_OK) or Path(file).is_dir():
            raise InputError(f"`-o {file}` cannot be written", f"may you write to {folder}?")
    return files


def show(document: Document, form: str, outputs: list[str] | None = None) -> None:
    """Print a document, and write it to each file in the format of its ending."""
    sys.stdout.write(draw(document, form, width=width(sys.stdout), colour=colour(sys.stdout)))
    sys.stdout.flush()
    write_files(document, outputs or [])


def write_files(document: Document, files: list[str]) -> None:
    """Write a document to each file in the format of its ending. Raises StorageError."""
    for file in files:
        write_text(Path(file), draw(document, format_of(file) or "terminal", width=LOG_WIDTH))


def say(line: str) -> None:
    """One line of talk."""
    print(printable(line), file=sys.stderr, flush=True)


def tell_left_out(problems: Sequence[Problem]) -> None:
    """Say what is wrong with files that a listing had to leave out."""
    for problem in problems:
        say(str(problem))
    if problems:
        say(f"\n{count(len(problems), 'problem')}; these files are left out.")


def printable(text: str) -> str:
    """The text without what could rewrite what stands before, or command the CI system that reads it."""
    return inert(
        "".join(
            char
            if char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
            else f"\\u{ord(char):04x}"
            for char in text
        )
    )


def width(stream: TextIO) -> int:
    """Columns to draw for."""
    if stream.isatty() or has_columns():
        return max(shutil.get_terminal_size((LOG_WIDTH, 24)).columns, 40)
    return LOG_WIDTH


def colour(stream: TextIO) -> bool:
    """Whether to use colour: in a terminal, unless the user says no."""
    return stream.isatty() and wants_colour()
