"""Finds the run that `--from` names: one of this checkout, or one that CI kept as a folder or an archive."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.accept.fit import require_fit
from llmops_cli.baselines.accept.unpack import unpack
from llmops_cli.core.errors import InputError, StorageError
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.evals.digest import HEADER
from llmops_cli.evals.journal import list_runs, read_header, runs_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.project import Project

SHOWN = 3
"""Runs that a message names."""
NO_RUN = (
    f"looked for a file called {HEADER}; `.llmops` is a hidden folder, which an upload may leave out "
    "(actions/upload-artifact: include-hidden-files: true)"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A run that somebody names: its folder and its header. One `from_elsewhere` came as an artifact."""

    folder: Path
    header: dict[str, Any]
    from_elsewhere: bool

    @property
    def id(self) -> str:
        """The run's name."""
        return str(self.header.get("id") or self.folder.name)

    @property
    def shown(self) -> str:
        """How it is called in messages."""
        return f"run {self.id}"

    @property
    def suites(self) -> list[str]:
        """The suites that it judged."""
        given = self.header.get("subjects")
        listed = given if isinstance(given, list) else []
        return list(dict.fromkeys(str(one.get("suite")) for one in listed if isinstance(one, dict)))


@contextmanager
def opened(project: Project, name: str) -> Iterator[Source]:
    """The run that a name or a path stands for, as long as it is needed; an archive is unpacked for that.

    A path begins here or, as a report writes it, at the project. Raises InputError where there is not one
    run, what is there is a link or leads elsewhere, or the run may not be accepted here; StorageError.
    """
    runs = {folder.name: folder for folder in list_runs(project)}
    if name in runs:
        yield _fit(project, Source(runs[name], read_header(runs[name]), from_elsewhere=False))
        return
    place = _place(project, name, list(runs))
    if not (place.is_dir() or place.is_file()):
        raise InputError(f"{name} is neither a folder nor a file", "name what CI kept")
    if place.is_dir():
        yield _fit(project, _only_run(project, place, name))
        return
    with tempfile.TemporaryDirectory(prefix="llmops-") as folder:
        unpack(place, Path(folder))
        yield _fit(project, _only_run(project, Path(folder), name))


def _fit(project: Project, source: Source) -> Source:
    """The same run. Raises InputError where it may not be accepted here."""
    require_fit(project, source)
    return source


def _place(project: Project, name: str, runs: list[str]) -> Path:
    here, there = Path(name), project.root / name
    if name and here.exists():
        return here
    if name and there.exists():
        return there
    if "/" in name or "." in name:
        hint = "name the folder, the .zip or the .tar that CI kept, or a run (llmops runs list)"
        raise InputError(f"{name}: no such file or folder", hint)
    raise InputError(f"no run is called `{name}`", did_you_mean(name, runs, noun="runs"))


def _only_run(project: Project, start: Path, shown: str) -> Source:
    """The one run at or below a folder; a shard is one only where nothing else is there."""
    folders = list(_run_folders(start, shown))
    if not folders:
        raise InputError(f"no run in {shown}: this is no artifact of llmops", NO_RUN)
    here = runs_folder(project).resolve()
    sources = [Source(folder, _header(folder, shown), folder.resolve().parent != here) for folder in folders]
    whole = [source for source in sources if "shard" not in source.header]
    if len(whole) > 1:
        names = sorted(source.id for source in whole)
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        paths = f"name the folder of one: --from {shown}/…/RUN"
        raise InputError(f"{shown} holds {len(names)} runs: {', '.join(names[:SHOWN])}{more}", paths)
    return (whole or sources)[0]


def _header(folder: Path, shown: str) -> dict[str, Any]:
    try:
        return read_header(folder)
    except (InputError, RecursionError):
        raise InputError(f"{shown}: {HEADER} is broken", "download it again") from None


def _run_folders(start: Path, shown: str) -> Iterator[Path]:
    """The folders of runs at or below a folder. Links are refused: they may lead anywhere."""

    def refuse(error: OSError) -> None:
        raise StorageError(f"{error.filename}: cannot be read: {error.strerror}") from error

    for path, folders, files in os.walk(start, onerror=refuse):
        folders.sort()
        for name in (*folders, *files):
            place = Path(path) / name
            if place.is_symlink() or not (place.is_dir() or place.is_file()):
                kind = "a link" if place.is_symlink() else "what is no file"
                inside = place.relative_to(start).as_posix()
                raise InputError(
                    f"{shown} holds {kind}: {inside}", "an artifact of CI has none: download it again"
                )
        if HEADER in files:
            yield Path(path)
