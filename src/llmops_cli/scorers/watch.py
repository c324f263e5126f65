"""Which files of a project its own code opens while it judges, and nobody knows that it reads them."""

from __future__ import annotations

import os
import sys
import sysconfig
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STATE = ".llmops"


class Watch:
    """Watches a project and the repository around it. `named` are the paths of files that may be opened.

    Installed packages and the standard library do not count, nor does the state of llmops, wherever they
    lie. What processes that it forks open is noted in a file of the folder `notes`, where there is one.
    """

    def __init__(
        self, root: Path, named: Iterable[str], top: Path | None = None, notes: Path | None = None
    ) -> None:
        self.root = os.path.realpath(root)
        self.top = os.path.realpath(top or root)
        self._process = os.getpid()
        self._forked = None if notes is None else os.path.join(notes, "opened-by-forks")  # noqa: PTH118
        self._named = {os.path.realpath(root / path) for path in named}
        self._opened: list[str] = []
        self._beyond: dict[str, str] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note what is opened meanwhile, in whichever thread."""
        global _watch  # noqa: PLW0603 - a hook can be added, and never be taken away
        _install()
        before, _watch = _watch, self
        try:
            yield
        finally:
            _watch = before

    def note(self, path: str) -> None:
        """A file is opened, or is about to be."""
        if os.getpid() == self._process:
            self._opened.append(path)
        elif self._forked is not None and path != self._forked:
            notes = os.open(self._forked, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(notes, path.encode("utf-8", "surrogateescape") + b"\0")
            os.close(notes)

    def take_beyond(self) -> list[str]:
        """The files that were opened since, and are not named; paths of the project."""
        opened, self._opened = dict.fromkeys([*self._opened, *self._of_forks()]), []
        paths = []
        for path in opened:
            if path not in self._beyond:
                self._beyond[path] = self._place(os.path.realpath(path))
            if self._beyond[path]:
                paths.append(self._beyond[path])
        return list(dict.fromkeys(paths))

    def _of_forks(self) -> list[str]:
        """What forked processes noted so far; a late one is heard the next time."""
        if self._forked is None or not os.path.exists(self._forked):  # noqa: PTH110
            return []
        taken = f"{self._forked}-taken"
        os.replace(self._forked, taken)  # noqa: PTH105
        data = Path(taken).read_bytes()
        return [name.decode("utf-8", "surrogateescape") for name in data.split(b"\0") if name]

    def is_own(self, path: str) -> bool:
        """Whether a file is one of the repository, and of no package that is installed in it."""
        real = os.path.realpath(path)
        return _below(real, self.top) and not any(
            _below(real, folder) and _below(folder, self.top) for folder in _installed()
        )

    def _place(self, real: str) -> str:
        """A file's path in the project; "" for what does not count."""
        if real in self._named or not self.is_own(real) or not Path(real).is_file():
            return ""
        path = os.path.relpath(real, self.root).replace(os.sep, "/")
        return "" if path.split("/")[0] == STATE else path


_watch: Watch | None = None


@cache
def _install() -> None:
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    watch = _watch
    if watch is None or event not in ("open", "import", "sqlite3.connect"):
        return
    path = arguments[1] if event == "import" else arguments[0]
    if event == "open" and not _reads(arguments[1], arguments[2]):
        return
    if isinstance(path, str | bytes | os.PathLike):
        try:
            name = os.fsdecode(path)
            if event == "sqlite3.connect" and name.startswith("file:"):
                name = unquote(urlsplit(name).path)
            watch.note(os.path.abspath(name))  # noqa: PTH100 - plain text: it is called often
            if event == "open" and arguments[1] is None and not os.path.isabs(name):  # noqa: PTH117
                for place in _open_folders():
                    watch.note(os.path.join(place, name))  # noqa: PTH118
        except (ValueError, OSError):
            return  # no such name can be opened


def _open_folders() -> list[str]:
    """Folders that are open: a relative name may be meant in one of them, and nothing says which."""
    try:
        numbers = os.listdir("/proc/self/fd")  # noqa: PTH208
        places = [os.path.realpath(f"/proc/self/fd/{number}") for number in numbers]
    except OSError:
        return []
    return [place for place in places if os.path.isdir(place)]  # noqa: PTH112


def _reads(mode: Any, flags: Any) -> bool:
    """Whether a file is opened to be read."""
    if isinstance(mode, str):
        return "r" in mode or "+" in mode
    return not isinstance(flags, int) or flags & (os.O_WRONLY | os.O_RDWR) != os.O_WRONLY


@cache
def _installed() -> tuple[str, ...]:
    """Folders of what is installed: the environment, the standard library, llmops itself."""
    folders = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()}
    folders |= {str(Path(__file__).parents[1])}
    folders |= {path for path in sys.path if path.endswith(("site-packages", "dist-packages"))}
    return tuple(sorted(os.path.realpath(folder) for folder in folders))


def _below(path: str, folder: str) -> bool:
    """Whether a path lies in a folder; the folder does not lie in itself."""
    return path.startswith(folder.rstrip(os.sep) + os.sep)
