"""A run on disk: what it was made with, and every finished case as soon as it is finished."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from llmops_cli.core.errors import InputError, StorageError
from llmops_cli.core.files import cannot_write, read_text, write_text
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.evals.digest import HEADER, with_digest
from llmops_cli.evals.rows import CASES, WITHOUT_SUMS, read_rows, row_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from llmops_cli.core.project import Project
    from llmops_cli.evals.plan import Plan
    from llmops_cli.evals.result import Outcome, RunResult
    from llmops_cli.evals.rows import Key, SubjectKey

SCHEMA = 2
"""Since 2 the rows of a run carry checksums."""
_OF_THE_END = ("finished", "files", "digest")
"""What the header of a run says only once it is finished."""


class Journal:
    """The artifact of one run, open for writing. Two runs never share one."""

    def __init__(self, folder: Path, header: dict[str, Any], *, new: bool = True) -> None:
        self.folder = folder
        self.header = {name: value for name, value in header.items() if name not in _OF_THE_END}
        self._new = new
        write_text(folder / HEADER, json.dumps(self.header, indent=2, ensure_ascii=False) + "\n")
        try:
            if not new:
                _drop_half_a_line(folder / CASES)
            self._stream = (folder / CASES).open("a", encoding="utf-8", errors="surrogatepass")
        except OSError as error:
            raise cannot_write(folder / CASES, error) from error

    @property
    def id(self) -> str:
        """The run's name."""
        return self.folder.name

    @classmethod
    def start(cls, project: Project, header: dict[str, Any]) -> Self:
        """A new run. Raises StorageError when `.llmops/` cannot be written: nothing has been asked yet."""
        started = datetime.now(UTC)
        # Names sort by time, also within one second: the newest run is the last.
        name = f"{started:%Y%m%d-%H%M%S}-{started.microsecond // 1000:03x}{secrets.token_hex(2)[:3]}"
        folder = runs_folder(project) / name
        ignore = project.state_path(".gitignore")
        if not ignore.exists():
            # Local state stays out of git even where the project's own .gitignore forgets it.
            write_text(ignore, "*\n")
        return cls(
            folder, {"schema": SCHEMA, "id": name, "started": started.isoformat(timespec="seconds"), **header}
        )

    def __enter__(self) -> Self:
        """Itself; its files are let go of when the block ends, however it ends."""
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def add(self, key: Key, outcome: Outcome, request: str) -> None:
        """Write one finished case; it is in the system's hands when this returns.

        `request` is the hash of what was asked, "" where the case brought its answer.
        """
        try:
            self._stream.write(row_text(key, outcome, request) + "\n")
            self._stream.flush()
        except OSError as error:
            raise cannot_write(self.folder / CASES, error) from error

    def stop(self) -> None:
        """Let go of the files; a run that was not closed stays unfinished and can be resumed."""
        self._stream.close()

    def discard(self) -> None:
        """Take back a run that could not begin: a new one leaves no trace, a resumed one stays."""
        self.stop()
        if self._new:
            remove(self.folder)

    def finish(self, result: RunResult, baselines: Mapping[SubjectKey, str]) -> None:
        """End the run with what is known only now: who answered, how long it took, the hashes of its files.

        `baselines` are hashes of what its subjects are compared with. Nothing may be written beside it later.
        """
        resolved = {judged.subject.title: list(judged.resolved) for judged in result.subjects}
        compared = {key.title: digest for key, digest in baselines.items()}
        answers = {judged.subject.title: judged.answers_hash for judged in result.subjects}
        self.stop()
        facts = {"finished": True, "resolved": resolved, "seconds": round(result.seconds, 3)}
        facts |= {"cases_hash": cases_hash(self.folder), "baselines": compared, "answers": answers}
        self.close(**with_digest(self.folder, {**self.header, **facts}))

    def close(self, **facts: Any) -> None:
        """End the run and add what is known only now."""
        self.stop()
        self.header |= facts
        write_text(self.folder / HEADER, json.dumps(self.header, indent=2, ensure_ascii=False) + "\n")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An earlier run that can go on: its folder, what it was made with, and what it had finished.

    `wrong` counts rows that are not as they were written, or answer something else: they are asked again.
    """

    folder: Path
    header: dict[str, Any]
    done: dict[Key, Outcome]
    wrong: int = 0


def how_to_go_on(header: Mapping[str, Any]) -> str:
    """The next step after a run that was stopped."""
    options = header.get("options")
    if isinstance(options, dict) and options.get("record") and header.get("cache") == "auto":
        return "the same command goes on: what was answered is in the cache"  # a resumed run records nothing
    return f"`llmops eval --resume {header.get('id')}` continues"


def read_unfinished(project: Project, name: str, plan: Plan) -> Unfinished:
    """The run of this name, or the newest unfinished one for "". Writes nothing.

    Raises InputError when there is none, when another llmops began it, or when what is asked has changed
    since.
    """
    folder = find_run(project, name, unfinished=True)
    header = read_header(folder)
    if header.get("schema") != SCHEMA:
        older = header.get("schema") == WITHOUT_SUMS
        state = "an older llmops: its rows carry no checksums" if older else "another llmops"
        raise InputError(f"run {folder.name} is of {state}", "start a new run without --resume")
    if header.get("plan") != plan.hash:
        raise InputError(
            f"run {folder.name} asked something else: prompts, cases or scorers have changed since",
            "start a new run without --resume; what was answered is still in the cache",
        )
    rows = read_rows(folder, project.max_answer_mb)
    foreign = rows.foreign_to(plan)
    done = {
        key: outcome for key, outcome in rows.outcomes.items() if not outcome.failed and key not in foreign
    }
    return Unfinished(folder, header, done, rows.wrong + len(foreign))


def runs_folder(project: Project) -> Path:
    """Where runs are kept."""
    return project.state_path("runs")


def list_runs(project: Project) -> list[Path]:
    """The folders of all runs, newest first. A link is none: it would lead to runs of somewhere else."""
    folder = runs_folder(project)
    if not folder.is_dir():
        return []
    runs = (path for path in folder.iterdir() if not path.is_symlink() and (path / HEADER).is_file())
    return sorted(runs, reverse=True)


def find_run(project: Project, name: str, *, unfinished: bool = False) -> Path:
    """The folder of a run by its name, or the newest. Raises InputError when there is none."""
    folders = list_runs(project)
    if name:
        matches = [path for path in folders if path.name == name]
        if not matches:
            hint = did_you_mean(name, [path.name for path in folders], noun="runs")
            raise InputError(f"no run is called `{name}`", hint)
        return matches[0]
    if unfinished:
        folders = [path for path in folders if "finished" not in read_header(path)]
    if not folders:
        kind = "unfinished run" if unfinished else "run"
        raise InputError(f"there is no {kind} in .llmops/runs/", "`llmops eval` starts one")
    return folders[0]


def read_header(folder: Path) -> dict[str, Any]:
    """What a run was made with. Raises InputError when the file is broken."""
    try:
        text = read_text(folder / HEADER, f"{folder.name}/{HEADER}")
        header = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise InputError(f"run {folder.name} has a broken {HEADER}", "`llmops runs rm` removes it")
    return header


def _refuse(constant: str) -> Any:
    """NaN and infinity are no JSON, and nothing that a run writes."""
    raise ValueError(constant)


def read_headers(folders: Iterable[Path]) -> list[dict[str, Any]]:
    """The headers of several runs; of one whose file is broken only the name is known."""
    headers = []
    for folder in folders:
        try:
            headers.append(read_header(folder))
        except InputError:
            headers.append({"id": folder.name, "started": "broken run.json"})
    return headers


def cases_hash(folder: Path) -> str:
    """Hash of what a run has written of its cases; a file that is not there counts as an empty one."""
    try:
        with (folder / CASES).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return hashlib.sha256().hexdigest()
    except OSError as error:
        raise StorageError(f"{folder / CASES}: cannot be read: {error.strerror}") from error


def _drop_half_a_line(path: Path) -> None:
    """Take back what a run that was killed while it wrote had written of its last line."""
    if path.is_file():
        with path.open("rb+") as stream:
            data = stream.read()
            if data and not data.endswith(b"\n"):
                stream.truncate(data.rfind(b"\n") + 1)


def remove(folder: Path) -> None:
    """Remove a run's artifact. Raises StorageError."""
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error
