"""The files that a suite says its own scorer reads."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError
from llmops_cli.core.globs import folder_of, is_glob, matches_path
from llmops_cli.scorers.base import OptionError, unreadable

if TYPE_CHECKING:
    from llmops_cli.scorers.base import Surroundings


def read_files(surroundings: Surroundings) -> dict[str, bytes]:
    """The contents of the files that `reads` names, by path, with the line ends of text as git keeps them."""
    paths: dict[str, None] = {}
    for name in surroundings.reads:
        paths.update(dict.fromkeys(named_by(surroundings, name)))
    return {path: surroundings.tree.data(path).replace(b"\r\n", b"\n") for path in sorted(paths)}


def read_file(surroundings: Surroundings, name: str) -> str:
    """The path of a file that `reads` names: of the project, or of the repository around it, `../lib/x.py`.

    Raises OptionError.
    """
    path = posixpath.normpath(name)
    if not path.startswith("../"):
        return surroundings.find(name)
    try:
        if surroundings.tree.has(path):
            return path
    except InputError as error:
        raise unreadable(error) from None
    raise OptionError(f"no such file: `{name}`", "a path with `../` begins at the project's root")


def named_by(surroundings: Surroundings, name: str) -> list[str]:
    """The files that a path or a glob names. Raises OptionError for a path that names none."""
    if not is_glob(name) or surroundings.tree.has(name):
        return [name]
    return [path for path in surroundings.tree.files(folder_of(name)) if matches_path(path, name)]
