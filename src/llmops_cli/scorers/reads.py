"""The files that a suite says its own scorer reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.globs import folder_of, is_glob, matches_path

if TYPE_CHECKING:
    from llmops_cli.scorers.base import Surroundings


def read_files(surroundings: Surroundings) -> dict[str, bytes]:
    """The contents of the files that `reads` names, by path, with the line ends of text as git keeps them."""
    paths: dict[str, None] = {}
    for name in surroundings.reads:
        paths.update(dict.fromkeys(named_by(surroundings, name)))
    return {path: surroundings.tree.data(path).replace(b"\r\n", b"\n") for path in sorted(paths)}


def named_by(surroundings: Surroundings, name: str) -> list[str]:
    """The files that a path or a glob names. Raises OptionError for a path that names none."""
    if not is_glob(name) or surroundings.tree.has(name):
        return [name]
    return [path for path in surroundings.tree.files(folder_of(name)) if matches_path(path, name)]
