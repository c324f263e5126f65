"""Making a Markdown text fit: whole parts of it are left out at the end, and counted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llmops_cli.forges.scan import Scan

_HEADING = re.compile(r" {0,3}#{1,6}(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text that fits, with how many parts and characters of the whole are not in it."""

    text: str
    parts: int = 0
    characters: int = 0


def fit(text: str, longest: int, where: str = "") -> Fitted:
    """The text in at most `longest` characters.

    It is cut between two parts, never inside a fence, a table or something folded, and then ends with how
    much is left out and where the rest is: `where` is the address of a page. A part that is too long alone is
    left out with all that follows it.
    """
    if len(text) <= longest:
        return Fitted(text)
    pieces = parts(text)
    room = longest - len(_note(len(pieces), len(pieces), len(text), len(text), where)) - 2
    kept, size = 0, 0
    while kept < len(pieces) and size + len(pieces[kept].rstrip()) <= room:
        size += len(pieces[kept])
        kept += 1
    while kept > 1 and _is_heading(pieces[kept - 1]):
        kept -= 1
    head = "".join(pieces[:kept]).rstrip()
    left = sum(map(len, pieces[kept:]))
    note = _note(len(pieces) - kept, len(pieces), left, len(text), where)
    return Fitted((f"{head}\n\n{note}" if head else note)[: max(longest, 0)], len(pieces) - kept, left)


def parts(text: str) -> list[str]:
    """The top-level parts of a text, each with the empty lines after it; joined they are the text."""
    pieces: list[str] = []
    lines: list[str] = []
    scan = Scan()
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        if line.strip() and lines and not lines[-1].strip() and scan.closed:
            pieces.append("".join(lines))
            lines = []
        lines.append(line)
        scan.read(line.rstrip())
    return [*pieces, "".join(lines)] if lines else pieces


def _is_heading(part: str) -> bool:
    return bool(_HEADING.match(part)) and "\n" not in part.strip()


def _note(left: int, of: int, characters: int, of_characters: int, where: str) -> str:
    rest = f"[this job]({where})" if where else "the file that the comment was made from"
    return (
        f"**Cut to fit a comment:** {left:,} of {of:,} parts ({characters:,} of {of_characters:,} "
        f"characters) are left out. The whole report is in {rest}."
    )
