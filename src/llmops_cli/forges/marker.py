"""The hidden first line that a comment is found by, one for each project of a repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from llmops_cli.core.errors import InputError
from llmops_cli.core.project import find_root
from llmops_cli.core.tree import repository_top

if TYPE_CHECKING:
    from collections.abc import Callable

TOP = "."
"""The name of a project that is the whole repository."""
LONGEST = 400
"""Characters of a marker's line."""


def marker_of(name: str) -> str:
    """The line for a name, which cannot end the HTML comment that it is. Raises InputError."""
    if not name.strip():
        # An empty variable in CI would take the comment of another project.
        raise InputError("--marker is empty", "name the project, as in --marker apps/bot")
    shown = quote(name, safe="/", errors="surrogateescape").replace("--", "%2D%2D")
    line = f"<!-- llmops:comment {shown} -->"
    if len(line) > LONGEST:
        raise InputError(f"--marker is longer than a line of {LONGEST} characters can hold", "shorten it")
    return line


def name_of(folder: str | None, talk: Callable[[str], None]) -> str:
    """The folder of the project in its repository, `.` where it is the whole.

    It is the project at or above `folder`, which has to be one; with None the one here. Where there is none
    here, as in a job without a checkout, or no repository, the name is `.` too, and the reader is told.
    Raises InputError.
    """
    try:
        root = find_root(Path(folder or "."))
    except InputError:
        if folder is not None:
            raise
        talk("no project here: this is the comment of the repository's top; --marker names another project")
        return TOP
    top = repository_top(root)
    if top is None:
        talk("no git repository here: this is the comment of its top; --marker names another project")
        return TOP
    return root.relative_to(top).as_posix()


def is_marked(body: str, marker: str) -> bool:
    """Whether a comment begins with the marker's line."""
    return body.lstrip().partition("\n")[0].strip() == marker
