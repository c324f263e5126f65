"""Unpacks the runs of an artifact: a .zip or .tar that anybody may have made."""

from __future__ import annotations

import lzma
import stat
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from llmops_cli.core.errors import InputError, StorageError
from llmops_cli.core.files import cannot_write
from llmops_cli.evals.digest import HEADER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST_FILES = 10_000
"""Files in an archive."""
MOST_BYTES = 2**30
"""What an archive may come to, unpacked."""
_PIECE = 2**20
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError,
    RuntimeError,
)  # fmt: skip
"""What reading a broken or an encrypted archive raises, and one that is packed in a way nobody can unpack."""


@dataclass(frozen=True, slots=True)
class _Member:
    """An entry of an archive: its name, its size as the archive says, what it is, and how it is opened."""

    name: str
    size: int
    is_file: bool
    is_folder: bool
    open: Callable[[], IO[bytes] | None]

    @property
    def leaves(self) -> bool:
        """Whether its name leads out of the folder that it is unpacked in."""
        path = PurePosixPath(self.name)
        odd = "\\" in self.name or ":" in self.name or "\0" in self.name
        return odd or path.is_absolute() or ".." in path.parts or not path.parts


def unpack(archive: Path, folder: Path) -> None:
    """Write the runs in an archive below a folder, and nothing else of it.

    Raises InputError when it is no archive, leads out of the folder, holds links or too much; StorageError.
    """
    try:
        with _members(archive) as members:
            files = _files(archive, members)
            runs = {path.parent for path in files if path.name == HEADER}
            left = MOST_BYTES
            for path, member in files.items():
                if not runs.isdisjoint(path.parents):
                    left = _write(archive, member, folder / path, left)
    except _BROKEN as error:
        raise InputError(f"{archive} cannot be unpacked: {error}", "download it again") from None
    except OSError as error:
        raise StorageError(f"{archive}: cannot be read: {error.strerror or error}") from error


@contextmanager
def _members(archive: Path) -> Iterator[list[_Member]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            yield _within_limits(archive, (_of_zip(zipped, info) for info in zipped.infolist()))
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as tar:
            yield _within_limits(archive, (_of_tar(tar, info) for info in tar))
    else:
        hint = "name the folder, the .zip or the .tar that CI kept"
        raise InputError(f"{archive} is no artifact of a run: neither a .zip nor a .tar", hint)


def _of_zip(zipped: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Member:
    kind = stat.S_IFMT(info.external_attr >> 16)
    plain = kind in (0, stat.S_IFREG) and not info.is_dir()
    return _Member(info.filename, info.file_size, plain, info.is_dir(), lambda: zipped.open(info))


def _of_tar(tar: tarfile.TarFile, info: tarfile.TarInfo) -> _Member:
    return _Member(info.name, info.size, info.isreg(), info.isdir(), lambda: tar.extractfile(info))


def _within_limits(archive: Path, listed: Iterator[_Member]) -> list[_Member]:
    """The entries of an archive, read no further than there may be."""
    members: list[_Member] = []
    size = 0
    for member in listed:
        members.append(member)
        size += member.size
        if len(members) > MOST_FILES or size > MOST_BYTES:
            raise _too_much(archive)
    return members


def _too_much(archive: Path) -> InputError:
    most = f"{MOST_FILES:,} files or {MOST_BYTES >> 30} GiB"
    return InputError(f"{archive} holds more than {most}", "keep the folder of the run alone")


def _files(archive: Path, members: list[_Member]) -> dict[PurePosixPath, _Member]:
    files: dict[PurePosixPath, _Member] = {}
    for member in members:
        path = PurePosixPath(member.name)
        if member.is_folder and member.name.strip("./") == "":
            continue
        if member.leaves:
            fault = "leads out of the archive"
        elif not (member.is_file or member.is_folder):
            fault = "is a link or a device"
        elif path in files:
            fault = "is there twice"
        else:
            if member.is_file:
                files[path] = member
            continue
        raise InputError(f"{archive} is not unpacked: `{member.name}` {fault}", "it was not made by CI")
    return files


def _write(archive: Path, member: _Member, target: Path, left: int) -> int:
    """Write one file, counting what really comes, as an archive may lie; how many bytes are left then."""
    source = member.open()
    if source is None:
        raise InputError(f"{archive} cannot be unpacked: `{member.name}` is not in it", "download it again")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        stream = target.open("xb")
    except OSError as error:
        raise cannot_write(target, error) from error
    with source, stream:
        while piece := source.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise _too_much(archive)
            try:
                stream.write(piece)
            except OSError as error:
                raise cannot_write(target, error) from error
    return left
