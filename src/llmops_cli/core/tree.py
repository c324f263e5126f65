"""The one reader of a project's files: as they lie on the disk, or as they were at a commit (`git_tree.py`).

What differs is only how a name is looked up. Which files there are, which names are hidden, where links lead
and what may not be read is decided here, so that both sides of a change are read alike.
"""

from __future__ import annotations

import copy
import os
import posixpath
import stat
from abc import ABC, abstractmethod
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Self

from llmops_cli.core.errors import InputError, StorageError
from llmops_cli.core.files import TooLargeError, decode, read_bytes, too_large
from llmops_cli.core.limits import Limits, more
from llmops_cli.core.nesting import too_many
from llmops_cli.core.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GIT = ".git"
STATE = ".llmops"
"""The folder of local state, which is never committed."""
MOST_LINKS = 40
"""Links after which a path is taken to lead in a circle, as the system does it."""


class Kind(Enum):
    """What lies under a name."""

    FILE = auto()
    FOLDER = auto()
    LINK = auto()
    SUBMODULE = auto()
    NOTHING = auto()


class Tree(ABC):
    """Text files of a project. Every path is relative to the project, with forward slashes.

    Names that begin with a dot are hidden: no listing has them. A link is followed as long as it stays in the
    repository; one that leaves it, or has an absolute target, is refused wherever it lies, and so is a
    submodule. `folder` is the project's folder in the repository, "" at its top. A file that is larger than
    the `limits` allow is not read.
    """

    folder: str = ""
    limits: Limits = Limits()

    @abstractmethod
    def kind(self, place: str) -> Kind:
        """What lies at a place of the repository; a link is a link, wherever it leads."""

    @abstractmethod
    def entries(self, place: str) -> Mapping[str, Kind]:
        """Everything directly in a folder of the repository."""

    @abstractmethod
    def target(self, place: str) -> str:
        """The text of a link."""

    @abstractmethod
    def content(self, place: str) -> bytes:
        """Bytes of a file of the repository.

        Raises StorageError when they cannot be read, TooLargeError when there are more than may be read.
        """

    def within(self, limits: Limits) -> Self:
        """The same files, read within other limits."""
        other = copy.copy(self)
        other.limits = limits
        return other

    def read(self, path: str) -> str:
        """Text of a file.

        Raises InputError when it is missing, a folder, too large, refused or not UTF-8 text.
        """
        data = self.data(path)
        # Each line of JSON Lines is a value at least; short ones take far more memory than the file.
        if path.endswith(".jsonl") and data.count(b"\n") > self.limits.values:
            raise _fault(path, too_many(self.limits), more("values"))
        return decode(data, path)

    def data(self, path: str) -> bytes:
        """Bytes of a file. Raises InputError when it is missing, a folder, too large or refused."""
        place = self.place(path)
        kind = self.kind(place)
        if kind is Kind.FILE:
            try:
                return self.content(place)
            except TooLargeError:
                raise InputError(problems=[too_large(path, self.limits)]) from None
        raise _fault(path, "is a folder, a file is wanted" if kind is Kind.FOLDER else "no such file")

    def has(self, path: str) -> bool:
        """Whether a file is there. Raises InputError when the path is refused."""
        return self.kind(self.place(path)) is Kind.FILE

    def files(self, folder: str) -> list[str]:
        """Paths of all files below a folder, sorted; hidden ones are left out.

        Raises InputError for what is refused, and for a link that leads nowhere or into a folder around it.
        """
        paths, problems = self.listing(folder)
        if problems:
            raise InputError(problems=problems)
        return paths

    def listing(self, folder: str) -> tuple[list[str], list[Problem]]:
        """The files below a folder as `files` gives them, and what of it would raise there."""
        problems: list[Problem] = []
        try:
            place = self.place(folder)
        except InputError as error:
            return [], list(error.problems)
        if self.kind(place) is not Kind.FOLDER:
            return [], []
        paths = sorted(self._below(folder, place, (place,), problems))
        return paths, sorted(problems)

    def _below(
        self, folder: str, place: str, around: tuple[str, ...], problems: list[Problem]
    ) -> Iterator[str]:
        for name, kind in self.entries(place).items():
            if name.startswith("."):
                continue
            path, inner = posixpath.join(folder, name), posixpath.join(place, name)
            try:
                inner, leads_to = self._led(path, around) if kind is Kind.LINK else (inner, kind)
                if leads_to is Kind.SUBMODULE:
                    raise _submodule(path)
            except InputError as error:
                problems += error.problems
                continue
            if leads_to is Kind.FILE:
                yield path
            elif leads_to is Kind.FOLDER:
                yield from self._below(path, inner, (*around, inner), problems)

    def _led(self, path: str, around: tuple[str, ...]) -> tuple[str, Kind]:
        """Where a link leads, and what lies there."""
        inner = self.place(path)
        if inner in around:
            raise _fault(path, "is a link to a folder that it lies in", "remove the link")
        kind = self.kind(inner)
        if kind is Kind.NOTHING:
            raise _fault(path, "is a link that leads nowhere", "mend the link, or remove it")
        return inner, kind

    def place(self, path: str) -> str:
        """Where a path leads in the repository when every link is followed.

        Nothing need be there. Raises InputError when it leaves the repository, goes through a submodule, or
        into what is part of no commit: git's own folder (CI keeps a token there), and state, by a link.
        """
        waiting = [part for part in posixpath.join(self.folder, path).split("/") if part not in ("", ".")]
        waiting.reverse()
        place: list[str] = []
        links = 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                if not place:
                    raise _fault(path, "lies outside the repository")
                place.pop()
                continue
            place.append(part)
            # Systems that do not tell capitals apart find it by any spelling.
            if part.lower() == GIT or (links and part.lower() == STATE):
                raise _fault(path, f"leads into `{part}`, which is part of no commit", LINK_HINT)
            kind = self.kind("/".join(place))
            if kind is Kind.SUBMODULE:
                raise _submodule(path)
            if kind is not Kind.LINK:
                continue
            links += 1
            target = self.target("/".join(place))
            if links > MOST_LINKS:
                raise _fault(path, "leads in a circle of links")
            if target.startswith("/") or posixpath.normpath(
                posixpath.join("/".join(place[:-1]) or ".", target)
            ).startswith(".."):
                raise self._leads_out(path, "/".join(place), target)
            place.pop()
            waiting += [name for name in reversed(target.split("/")) if name not in ("", ".")]
        return "/".join(place)

    def _leads_out(self, path: str, link: str, target: str) -> InputError:
        """A path that comes to a link out of the repository; both ends of it are named."""
        name = self._in_project(link)
        start = "" if name == posixpath.normpath(path) else f"`{name}` "
        return _fault(path, f"{start}is a link that leads out of the repository, to `{target}`", LINK_HINT)

    def _in_project(self, place: str) -> str:
        """A place of the repository as seen from the project."""
        return posixpath.relpath(place, self.folder) if self.folder else place

    def real(self, path: str) -> str:
        """The project path of what a path leads to; the path itself where that lies outside the project."""
        try:
            place = self.place(path)
        except InputError:
            return path
        start = f"{self.folder}/" if self.folder else ""
        return place.removeprefix(start) if place.startswith(start) else path


LINK_HINT = "only files of the repository count: copy what it leads to into it, or remove the link"


def _fault(path: str, message: str, hint: str = "") -> InputError:
    return InputError(problems=[Problem(path, 0, 0, message, hint)])


def _submodule(path: str) -> InputError:
    hint = "a submodule's files are no part of a commit here: copy them into the repository"
    return _fault(path, "lies in a submodule, and is not read", hint)


class WorkingTree(Tree):
    """The files as they lie on the disk. Outside of git the project's folder counts as the repository."""

    def __init__(self, root: Path) -> None:
        self.root = root
        top = repository_top(root)
        self.top = os.fspath(top or root)
        self.folder = "" if top is None or top == root else root.relative_to(top).as_posix()

    def kind(self, place: str) -> Kind:
        """What lies there."""
        if not place:
            return Kind.FOLDER
        path = f"{self.top}/{place}"  # plain text: this is called for every part of every path
        try:
            mode = os.lstat(path).st_mode
        except (OSError, ValueError):
            return Kind.NOTHING
        return _kind(path, mode)

    def entries(self, place: str) -> Mapping[str, Kind]:
        """What lies in a folder; other things than files, folders and links do not count."""
        try:
            with os.scandir(f"{self.top}/{place}") as entries:
                return {
                    entry.name: Kind.FILE
                    if entry.is_file(follow_symlinks=False)
                    else _kind(entry.path, entry.stat(follow_symlinks=False).st_mode)
                    for entry in entries
                }
        except OSError as error:
            raise StorageError(f"{place or '.'}: cannot be read: {error.strerror}") from error

    def target(self, place: str) -> str:
        """The text of a link."""
        return str(Path(self.top, place).readlink()).replace(os.sep, "/")

    def content(self, place: str) -> bytes:
        """Bytes of a file."""
        try:
            return read_bytes(f"{self.top}/{place}", self.limits.file_bytes)
        except OSError as error:
            raise StorageError(f"{place}: cannot be read: {error.strerror}") from error


def on_disk(root: Path, path: str) -> Path:
    """Where a file of the project in `root` lies, to be read or written. Nothing need be there.

    Raises InputError where a link leads it out of the repository, or it lies in a submodule.
    """
    WorkingTree(root).place(path)
    return root / path


def _kind(path: str, mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return Kind.FILE
    if stat.S_ISLNK(mode):
        return Kind.LINK
    if not stat.S_ISDIR(mode):
        return Kind.NOTHING
    # A folder with a repository of its own is what git calls a submodule, or will call so once it is added.
    return Kind.SUBMODULE if os.path.lexists(f"{path}/.git") else Kind.FOLDER


def repository_top(root: Path) -> Path | None:
    """The top of the git repository around a folder; None outside of any. Git itself is not asked."""
    return next((above for above in (root, *root.parents) if (above / ".git").exists()), None)
