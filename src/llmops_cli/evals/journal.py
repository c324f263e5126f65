"""A run on disk: what it was made with, and every finished case as soon as it is finished."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from llmops_cli.core.canonical import canonical_json
from llmops_cli.core.errors import InputError, StorageError
from llmops_cli.core.files import cannot_write, read_text, write_text
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.evals.digest import HEADER, with_digest
from llmops_cli.evals.result import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from llmops_cli.core.project import Project
    from llmops_cli.evals.plan import Task
    from llmops_cli.evals.result import RunResult
    from llmops_cli.evals.suite import Subject

SCHEMA = 1
CASES = "cases.jsonl"
_OF_THE_END = ("finished", "files", "digest")
"""What the header of a run says only once it is finished."""


class SubjectKey(NamedTuple):
    """What tells one subject of a run from the others: the suite, the prompt as `id@version`, the model."""

    suite: str
    prompt: str
    model: str

    @classmethod
    def of(cls, subject: Subject) -> Self:
        """The key of a subject."""
        return cls(subject.suite.id, subject.prompt.ref, subject.model)

    @property
    def title(self) -> str:
        """How the subject is called in reports."""
        return " · ".join(self)


class Key(NamedTuple):
    """What tells one answer of a run from the others. A case that is asked again has further repeats."""

    subject: SubjectKey
    case_id: str
    repeat: int

    @classmethod
    def of(cls, task: Task) -> Self:
        """The key of what a task asks."""
        return cls(SubjectKey.of(task.subject), task.case.id, task.repeat)

    @property
    def question(self) -> tuple[SubjectKey, str]:
        """The subject and the case, whichever repeat."""
        return self.subject, self.case_id


class Journal:
    """The artifact of one run, open for writing. Two runs never share one."""

    def __init__(self, folder: Path, header: dict[str, Any], *, new: bool = True) -> None:
        self.folder = folder
        self.header = {name: value for name, value in header.items() if name not in _OF_THE_END}
        self._new = new
        cut = not new and _ends_within_a_line(folder / CASES)
        write_text(folder / HEADER, json.dumps(self.header, indent=2, ensure_ascii=False) + "\n")
        try:
            self._stream = (folder / CASES).open("a", encoding="utf-8", errors="surrogatepass")
            if cut:
                # A run that was killed while it wrote: what comes now is no part of that line.
                self._stream.write("\n")
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
        ignore = project.state / ".gitignore"
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

    def add(self, key: Key, outcome: Outcome) -> None:
        """Write one finished case; it is in the system's hands when this returns."""
        line = {**key.subject._asdict(), **outcome.to_json()}
        try:
            self._stream.write(canonical_json(line) + "\n")
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
        self.stop()
        facts = {"finished": True, "resolved": resolved, "seconds": round(result.seconds, 3)}
        facts |= {"cases_hash": cases_hash(self.folder), "baselines": compared}
        self.close(**with_digest(self.folder, {**self.header, **facts}))

    def close(self, **facts: Any) -> None:
        """End the run and add what is known only now."""
        self.stop()
        self.header |= facts
        write_text(self.folder / HEADER, json.dumps(self.header, indent=2, ensure_ascii=False) + "\n")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An earlier run that can go on: its folder, what it was made with, and what it had finished."""

    folder: Path
    header: dict[str, Any]
    done: dict[Key, Outcome]


def how_to_go_on(header: Mapping[str, Any]) -> str:
    """The next step after a run that was stopped."""
    options = header.get("options")
    if isinstance(options, dict) and options.get("record") and header.get("cache") == "auto":
        return "the same command goes on: what was answered is in the cache"  # a resumed run records nothing
    return f"`llmops eval --resume {header.get('id')}` continues"


def read_unfinished(project: Project, name: str, plan_hash: str) -> Unfinished:
    """The run of this name, or the newest unfinished one for "". Writes nothing.

    Raises InputError when there is none, or when what is asked has changed since.
    """
    folder = find_run(project, name, unfinished=True)
    header = read_header(folder)
    if header.get("plan") != plan_hash:
        raise InputError(
            f"run {folder.name} asked something else: prompts, cases or scorers have changed since",
            "start a new run without --resume; what was answered is still in the cache",
        )
    done = {key: outcome for key, outcome in read_outcomes(folder).items() if not outcome.failed}
    return Unfinished(folder, header, done)


def runs_folder(project: Project) -> Path:
    """Where runs are kept."""
    return project.state / "runs"


def list_runs(project: Project) -> list[Path]:
    """The folders of all runs, newest first."""
    folder = runs_folder(project)
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if (path / HEADER).is_file()), reverse=True)


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


def read_outcomes(folder: Path) -> dict[Key, Outcome]:
    """What a run has finished; the last line of a case wins, and a line cut short by a crash is no line."""
    path = folder / CASES
    outcomes: dict[Key, Outcome] = {}
    text = path.read_text(encoding="utf-8", errors="surrogatepass") if path.is_file() else ""
    for line in text.split("\n"):
        try:
            data = json.loads(line, parse_constant=_refuse)
            outcome = Outcome.from_json(data)
            subject = SubjectKey(data["suite"], data["prompt"], data["model"])
            outcomes[Key(subject, outcome.case_id, outcome.repeat)] = outcome
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return outcomes


def cases_hash(folder: Path) -> str:
    """Hash of what a run has written of its cases; a file that is not there counts as an empty one."""
    try:
        with (folder / CASES).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return hashlib.sha256().hexdigest()
    except OSError as error:
        raise StorageError(f"{folder / CASES}: cannot be read: {error.strerror}") from error


def _ends_within_a_line(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read() != b"\n"
    except OSError:  # there is none, or it is empty
        return False


def outcome_data(key: Key, outcome: Outcome) -> dict[str, Any]:
    """One answer of a run as JSON."""
    return {**key.subject._asdict(), "passed": outcome.passed, **outcome.to_json()}


def remove(folder: Path) -> None:
    """Remove a run's artifact. Raises StorageError."""
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error
