"""Reading and writing text files so that nothing is half written and every failure names the file."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from llmops_cli.core.errors import InputError, StorageError
from llmops_cli.core.problem import Problem


def read_text(path: Path, shown: str) -> str:
    """Text of a UTF-8 file without its byte order mark; `shown` is its name in messages.

    Raises InputError when the file is missing, a folder or not UTF-8 text, StorageError when the system
    will not read it.
    """
    try:
        return decode(path.read_bytes(), shown)
    except FileNotFoundError:
        raise InputError(problems=[Problem(shown, 0, 0, "no such file")]) from None
    except IsADirectoryError:
        raise InputError(problems=[Problem(shown, 0, 0, "is a folder, a file is wanted")]) from None
    except OSError as error:
        raise StorageError(f"{shown}: cannot be read: {error.strerror}") from error


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
