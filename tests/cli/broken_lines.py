"""Lines of files that are broken on purpose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import content_hash

if TYPE_CHECKING:
    from collections.abc import Callable

RESTORE = "restore the file from git; or `git rm` it, then `llmops eval` and `llmops baseline accept` anew"


def header(**changes: Any) -> Callable[[str], str]:
    """Change keys of the header line."""

    def work(text: str) -> str:
        first, _, rest = text.partition("\n")
        return json.dumps({**json.loads(first), **changes}) + "\n" + rest

    return work


def line(number: int, new: str | None) -> Callable[[str], str]:
    """Replace a line, or remove it."""

    def work(text: str) -> str:
        found = text.split("\n")
        found[number - 1 : number] = [] if new is None else [new]
        return "\n".join(found)

    return work


def conflict(text: str) -> str:
    found = text.split("\n")
    found[2:3] = ["<<<<<<< ours", found[2], "=======", found[2], ">>>>>>> theirs"]
    return "\n".join(found)


def cut(text: str) -> str:
    return text[: int(len(text) * 0.8)]


def signed(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a cassette or a run with the checksum of what it says now: who can write one can the other."""
    bare = {key: value for key, value in row.items() if key != "sum"}
    try:
        return {**bare, "sum": content_hash(bare)}
    except ValueError:  # a number that is not finite: no row of llmops' own has one
        return row
