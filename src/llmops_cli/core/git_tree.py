"""A project's files as they were at a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.core.files import TooLargeError
from llmops_cli.core.tree import Kind, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.core.git import Repository


class GitTree(Tree):
    """The project's files as they were at one commit.

    `folder` is where the project lay then, in the repository; without it, where it lies now.
    """

    def __init__(self, repository: Repository, commit: str, folder: str | None = None) -> None:
        self._repository = repository
        self.commit = commit
        self.folder = repository.prefix if folder is None else folder
        self._folders: dict[str, dict[str, Any]] = {}

    def kind(self, place: str) -> Kind:
        """What was there."""
        if not place:
            return Kind.FOLDER
        item = self._item(place)
        return Kind.NOTHING if item is None else _kind(item.mode)

    def entries(self, place: str) -> Mapping[str, Kind]:
        """What was in a folder."""
        return {name: _kind(item.mode) for name, item in self._items(place).items()}

    def target(self, place: str) -> str:
        """The text of a link."""
        return self.content(place).decode("utf-8", "replace")

    def content(self, place: str) -> bytes:
        """Bytes of a file, or the text of a link."""
        item = self._item(place)
        if item is None:
            return b""
        stream = item.data_stream
        if stream.size > self.limits.file_bytes:
            raise TooLargeError
        data: bytes = stream.read()
        return data

    def _item(self, place: str) -> Any:
        """What git has there, by its name in its folder; None where there is nothing."""
        above, _, name = place.rpartition("/")
        return self._items(above).get(name)

    def _items(self, place: str) -> dict[str, Any]:
        if place not in self._folders:
            tree = self._item(place) if place else self._repository.tree(self.commit)
            is_folder = tree is not None and _kind(tree.mode) is Kind.FOLDER
            items = tree if is_folder else ()
            self._folders[place] = {str(item.path).rpartition("/")[2]: item for item in items}
        return self._folders[place]


_KINDS = {0o040000: Kind.FOLDER, 0o120000: Kind.LINK, 0o160000: Kind.SUBMODULE, 0o100000: Kind.FILE}


def _kind(mode: int) -> Kind:
    return _KINDS.get(mode & 0o170000, Kind.NOTHING)
