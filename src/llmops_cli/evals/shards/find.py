"""Finds the runs of shards that are to be joined, and checks that each is whole and none is there twice."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import InputError, StorageError
from llmops_cli.core.problem import Problem
from llmops_cli.core.spelling import nearest
from llmops_cli.evals.digest import HEADER
from llmops_cli.evals.journal import SCHEMA, cases_hash, list_runs, read_header
from llmops_cli.evals.shards.shard import AGAIN, Shard, ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmops_cli.core.project import Project

DOWNLOAD = "download it again, or run that shard again"
HIDDEN = (
    f"looked for files called {HEADER}; `.llmops` is a hidden folder, which an upload may leave out "
    "(actions/upload-artifact: include-hidden-files: true)"
)


@dataclass(frozen=True, slots=True)
class ShardRun:
    """The finished run of one shard: where it lies, how that is shown, and its header."""

    folder: Path
    shown: str
    header: dict[str, Any]
    shard: Shard

    @property
    def id(self) -> str:
        """The run's name."""
        return str(self.header.get("id", self.folder.name))

    def problem(self, message: str, hint: str = "") -> Problem:
        """Something that is wrong with it."""
        return Problem(self.shown, 0, 0, message, hint)


TOGETHER = "name the runs that belong together: llmops merge RUN RUN …; llmops runs rm RUN removes an old one"


def _others(counts: Sequence[int], of: int) -> str:
    return " and of ".join(str(other) for other in counts if other != of)


def find_shards(project: Project, names: Sequence[str]) -> list[ShardRun]:
    """The runs of all shards, in their order. `names` are runs, run folders, or folders with such below.

    One run that is found twice, also as a copy, is one run. Raises InputError when there is none, when one is
    not a finished run of a shard, or when the shards are not each there once; StorageError.
    """
    folders: dict[Path, str] = {}
    runs = {folder.name: folder for folder in list_runs(project)}
    for name in names:
        if name in runs:
            folders[runs[name].resolve()] = project.shown(runs[name])
        else:
            folders |= {place.resolve(): shown for place, shown in _below(project, name, runs)}
    problems: list[Problem] = []
    shards: list[ShardRun] = []
    for folder, shown in folders.items():
        try:
            shards.append(_read(folder, shown))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems=problems)
    if not shards:
        raise InputError(f"no run of a shard in {', '.join(names)}", HIDDEN)
    same = {(run.id, run.shard, run.header["cases_hash"]): run for run in reversed(shards)}
    ordered = sorted(same.values(), key=lambda run: (run.shard, run.shown))
    _require_each(ordered)
    return ordered


def _below(project: Project, name: str, runs: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """The run folders that a path stands for, each with the way it is shown. Raises InputError.

    The path begins here or, as the report of a shard writes it, at the project.
    """
    start = Path(name) if Path(name).exists() else project.root / name
    if not name or not start.is_dir():
        near = nearest(name, runs)
        here = "name a run (llmops runs list), or a folder that holds runs"
        hint = f"did you mean `{near}`?" if near else here
        if start.is_file():
            raise InputError(f"`{name}` is a file, and a folder is wanted", "unpack it first")
        raise InputError(f"`{name}` is neither a run nor a folder", hint)
    if (start / HEADER).is_file():
        yield start, project.shown(start)
        return
    yield from _walk(project, start)


def _walk(project: Project, start: Path) -> Iterator[tuple[Path, str]]:
    """Run folders at any depth. Runs of everything are left out: `.llmops/runs` may hold such, too."""

    def refuse(error: OSError) -> None:
        raise StorageError(f"{error.filename}: cannot be read: {error.strerror}") from error

    for path, folders, files in os.walk(start, onerror=refuse):
        folders.sort()
        if HEADER in files:
            folders.clear()
            if not _is_whole(Path(path)):
                yield Path(path), project.shown(Path(path))


def _is_whole(folder: Path) -> bool:
    try:
        header = read_header(folder)
    except InputError:
        return False  # it is read again, and its fault is told
    return "plan" in header and "shard" not in header


def _read(folder: Path, shown: str) -> ShardRun:
    """One run. Raises InputError with its problems."""

    def fault(message: str, hint: str) -> InputError:
        return InputError(problems=[Problem(shown, 0, 0, message, hint)])

    try:
        header = read_header(folder)
        shard = Shard.of_header(header)
    except InputError:
        raise fault(f"{HEADER} is broken", DOWNLOAD) from None
    if shard is None:
        raise fault("this is no run of a shard", "`llmops eval --shard I/N` makes one")
    if header.get("schema") != SCHEMA:
        message = f"schema {header.get('schema')!r} is not {SCHEMA}, the one that this llmops reads"
        raise fault(message, "use one version of llmops for all shards and for merging them")
    if header.get("finished") is not True:
        raise fault(
            f"{shard.title} is not finished",
            f"llmops eval --resume {header.get('id')}, where it ran; or {AGAIN}",
        )
    if header.get("cases_hash") != cases_hash(folder):
        raise fault(f"{shard.title} is not what the run wrote: its cases are cut short or edited", DOWNLOAD)
    return ShardRun(folder, shown, header, shard)


def together(faults: Sequence[tuple[ShardRun, str, str]]) -> list[Problem]:
    """Problems of shards, each with its hint; what is wrong with several of them is said once."""
    grouped: dict[tuple[str, str], list[ShardRun]] = {}
    for run, message, hint in faults:
        grouped.setdefault((message, hint), []).append(run)
    problems = []
    for (message, hint), runs in grouped.items():
        numbers = ranges(run.shard.number for run in runs)
        title = f"shards {numbers} of {runs[0].shard.of}" if len(runs) > 1 else runs[0].shard.title
        problems.append(runs[0].problem(f"{title}: {message}", hint))
    return problems


def _require_each(runs: Sequence[ShardRun]) -> None:
    """Raise InputError unless the shards are all of one number, and each of them is there once."""
    counts = sorted({run.shard.of for run in runs})
    if len(counts) > 1:
        first = {of: next(run for run in runs if run.shard.of == of) for of in counts}
        raise InputError(
            problems=[
                run.problem(f"{run.shard.title}, beside shards of {_others(counts, of)}", TOGETHER)
                for of, run in first.items()
            ]
        )
    (of,) = counts
    by_number: dict[int, list[ShardRun]] = {}
    for run in runs:
        by_number.setdefault(run.shard.number, []).append(run)
    problems = [_doubled(several) for several in by_number.values() if len(several) > 1]
    missing = set(range(1, of + 1)) - by_number.keys()
    if missing:
        one = len(missing) == 1
        message = f"{'shard' if one else 'shards'} {ranges(missing)} of {of} {'is' if one else 'are'} missing"
        problems.append(
            Problem("", 0, 0, message, f"llmops eval --shard {min(missing)}/{of}; or is an upload missing?")
        )
    if problems:
        raise InputError(problems=problems)


def _doubled(runs: Sequence[ShardRun]) -> Problem:
    """Several attempts of one shard: the newest is most likely the one that counts."""
    newest = max(runs, key=lambda run: (str(run.header.get("started", "")), run.id))
    others = ", ".join(run.shown for run in runs if run is not newest)
    message = f"{newest.shard.title} is there {len(runs)} times; this is its newest run"
    return newest.problem(message, f"only one may count: leave out or remove {others}")
