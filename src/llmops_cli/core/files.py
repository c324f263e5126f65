"""Reading and writing text files so that nothing is half written and every failure names the file."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from llmops_cli.core.errors import InputError, StorageError
from llmops_cli.core.limits import Limits, more
from llmops_cli.core.problem import Problem

DEFAULT = Limits()


class TooLargeError(Exception):
    """A file is larger than it may be, and was not read."""


def read_text(path: Path, shown: str, limits: Limits = DEFAULT) -> str:
    """Text of a UTF-8 file without its byte order mark; `shown` is its name in messages.

    Raises InputError when the file is missing, a folder, too large or not UTF-8 text, StorageError when the
    system will not read it.
    """
    try:
        return decode(read_bytes(path, limits.file_bytes), shown)
    except TooLargeError:
        raise InputError(problems=[too_large(shown, limits)]) from None
    except FileNotFoundError:
        raise InputError(problems=[Problem(shown, 0, 0, "no such file")]) from None
    except IsADirectoryError:
        raise InputError(problems=[Problem(shown, 0, 0, "is a folder, a file is wanted")]) from None
    except OSError as error:
        raise StorageError(f"{shown}: cannot be read: {error.strerror}") from error


def read_bytes(path: str | Path, most: int) -> bytes:
    """Bytes of a file. Raises TooLargeError where there are more than `most`, and OSError."""
    with open(path, "rb") as stream:  # noqa: PTH123 - it is read for every file, and Path is slower
        size = os.fstat(stream.fileno()).st_size
        if size > most:
            raise TooLargeError
        data = stream.read(size + 1)
        # What has no size of its own, such as a pipe, is read until it is too much.
        while len(data) <= most and (piece := stream.read(_PIECE)):
            data += piece
    if len(data) > most:
        raise TooLargeError
    return data


_PIECE = 64 * 1024


def too_large(shown: str, limits: Limits) -> Problem:
    """The problem of a file that is too large to be read."""
    return Problem(shown, 0, 0, f"larger than {limits.file_mb:g} MB (`file_mb`)", more("file_mb"))


def decode(data: bytes, shown: str) -> str:
    """Text of UTF-8 bytes, with the place of the first byte that is not. Raises InputError."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        bytes_shown = " ".join(f"0x{byte:02x}" for byte in data[error.start : error.start + 4])
        hint = "save the file as UTF-8"
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            hint = "the file is UTF-16: save it as UTF-8"
        raise InputError(
            problems=[Problem(shown, before.count(b"\n") + 1, column, f"not UTF-8 text: {bytes_shown}", hint)]
        ) from None
    nul = text.find("\0")
    if nul >= 0:
        line = text.count("\n", 0, nul) + 1
        raise InputError(
            problems=[Problem(shown, line, 0, "a NUL character: this is not a text file")]
        ) from None
    return text


def write_text(path: Path, text: str) -> None:
    """Write a whole file or nothing: a temporary file beside it, then a rename.

    Raises StorageError when the disk is full or read-only, or a folder is in the way.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        # mkstemp makes files private; a file of a repository has the permissions of its neighbours.
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> StorageError:
    """The error to raise when the system would not write `path`."""
    return StorageError(
        f"{path}: cannot be written: {error.strerror or error}",
        "make the folder writable or free some space; this file is as it was",
    )
