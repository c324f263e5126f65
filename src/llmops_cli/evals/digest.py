"""The digest of a finished run: whether its files are what the run wrote.

It finds what was cut short or edited. It is no signature: whoever writes the files can write the digest.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import canonical_json
from llmops_cli.core.errors import InputError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

HEADER = "run.json"
AGAIN = "download it again; or run the suites again and accept that run"


def with_digest(folder: Path, header: Mapping[str, Any]) -> dict[str, Any]:
    """A header with the hash of each other file of its run, and of itself. Raises StorageError."""
    rest = {**_without_digest(header), "files": _hashes(folder)}
    return {**rest, "digest": _digest(rest)}


def require_intact(folder: Path, header: Mapping[str, Any], shown: str) -> None:
    """Raise InputError where a run has no digest, or is not what its digest was made of; StorageError."""
    if "digest" not in header or not isinstance(header.get("files"), dict):
        raise InputError(
            f"{shown} has no digest: it was not finished, or an older llmops wrote it",
            "run the suites again with this llmops, then accept that run",
        )
    if header["digest"] != _digest(_without_digest(header)):
        raise InputError(f"{shown}: {HEADER} is not what the run wrote: it was edited", AGAIN)
    there, written = _hashes(folder), header["files"]
    for name in sorted(there.keys() | written.keys()):
        if there.get(name) == written.get(name):
            continue
        fault = "is missing" if name not in there else "was cut short or edited"
        fault = fault if name in written else "is no file of this run"
        raise InputError(f"{shown} is not what the run wrote: {name} {fault}", AGAIN)


def _without_digest(header: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in header.items() if name != "digest"}


def _digest(header: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical_json(header).encode("utf-8", "surrogatepass")).hexdigest()


def _hashes(folder: Path) -> dict[str, str]:
    try:
        return dict(sorted(_hashed(folder)))
    except OSError as error:
        raise StorageError(f"{error.filename}: cannot be read: {error.strerror}") from error


def _hashed(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        # Half-written files have hidden names, which an upload leaves out.
        if path.is_dir() or name.as_posix() == HEADER or any(part.startswith(".") for part in name.parts):
            continue
        with path.open("rb") as stream:
            yield name.as_posix(), hashlib.file_digest(stream, "sha256").hexdigest()
