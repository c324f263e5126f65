"""Scorers as tests make them: with a few files around them, and none of a project."""

from __future__ import annotations

from pathlib import Path

from llmops_cli.core.errors import InputError
from llmops_cli.core.tree import WorkingTree
from llmops_cli.scorers.base import Surroundings

HERE = Path(__file__).parent


def surroundings(root: Path = HERE, files: dict[str, str] | None = None) -> Surroundings:
    """A folder with these files written into it."""
    for path, text in (files or {}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")

    def resolve(path: str) -> str:
        if not (root / path).is_file():
            raise InputError(f"no such file: `{path}`")
        return path

    return Surroundings(WorkingTree(root), resolve, root)
