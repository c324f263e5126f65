"""Where project files are read from: the working folder, or a commit (`core.git`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from llmops_cli.core.errors import InputError
from llmops_cli.core.files import read_text
from llmops_cli.core.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path


class Tree(Protocol):
    """Text files under one root. Every path is relative to the root, with forward slashes."""

    def read(self, path: str) -> str:
        """Text of a file. Raises InputError when it is missing, outside the root or not text."""
        ...

    def files(self, folder: str) -> list[str]:
        """Paths of all files below a folder, sorted; hidden files and folders are left out."""
        ...

    def has(self, path: str) -> bool:
        """Whether a file is there."""
        ...


class WorkingTree:
    """The files as they lie on the disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> str:
        """Text of a file; a link that leads out of the root is refused."""
        target = self.root / path
        if not target.resolve().is_relative_to(self.root.resolve()):
            raise InputError(problems=[Problem(path, 0, 0, "lies outside the project")])
        return read_text(target, path)

    def files(self, folder: str) -> list[str]:
        """Paths of all files below a folder, sorted."""
        found = []
        for path in (self.root / folder).rglob("*"):
            relative = path.relative_to(self.root)
            if not any(part.startswith(".") for part in relative.parts) and path.is_file():
                found.append(relative.as_posix())
        return sorted(found)

    def has(self, path: str) -> bool:
        """Whether a file is there."""
        return (self.root / path).is_file()
