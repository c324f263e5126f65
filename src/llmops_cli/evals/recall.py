"""Earlier answers: from the answer cache, from cassettes, or from nowhere."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, get_args

from llmops_cli.core.errors import InputError
from llmops_cli.core.problem import Problem
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.models.cassette import Cassette

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from llmops_cli.core.project import Project
    from llmops_cli.evals.plan import Task
    from llmops_cli.evals.suite import Subject
    from llmops_cli.models.answer import Answer
    from llmops_cli.models.cache import AnswerCache
    from llmops_cli.models.request import Request

CacheMode = Literal["auto", "off", "replay"]


def cache_mode(text: str) -> CacheMode:
    """The mode, if it is one. Raises InputError."""
    match text:
        case "auto" | "off" | "replay":
            return text
    modes = get_args(CacheMode)
    raise InputError(f"unknown cache mode `{text}`", did_you_mean(text, modes, noun="modes"))


class Recall:
    """Looks answers up and keeps new ones.

    `auto` reads and writes the local cache, `off` neither, `replay` answers from the committed cassettes and
    nothing else. With `record`, the answers of this run are written to cassettes by `save`.
    """

    def __init__(
        self,
        project: Project,
        subjects: Iterable[Subject],
        mode: CacheMode,
        report: Callable[[str], None],
        *,
        record: bool = False,
        secrets: Iterable[str] = (),
    ) -> None:
        self.mode = mode
        self._project = project
        self._cache: AnswerCache | None = None
        self._prepared: dict[tuple[str, int], Answer] = {}
        self._cassettes: dict[str, Cassette] = {}
        if mode == "auto":
            from llmops_cli.models.cache import AnswerCache

            self._cache = AnswerCache(cache_path(project), report)
        self.recording = record
        if mode == "replay" or record:
            for subject in subjects:
                self._cassettes[subject.title] = self._open(project, subject, tuple(secrets))

    def _open(self, project: Project, subject: Subject, secrets: tuple[str, ...]) -> Cassette:
        path = project.cassette_path(subject.suite.id, subject.model, prompt=subject.baseline_prompt)
        if path.is_file():
            found = Cassette.load(path, root=project.root, secrets=secrets)
            _require_own(found, subject, project.shown(path))
            return found
        if self.mode == "replay" and any(case.output is None for case in subject.suite.cases):
            raise InputError(
                f"no cassette for {subject.title}: {project.shown(path)} is not there",
                "run `llmops eval --record` where the model can be called, and commit the cassette",
            )
        return Cassette(path, model=subject.model, suite=subject.suite.id, secrets=secrets)

    def prepare(self, wanted: Iterable[tuple[Request, int]]) -> None:
        """Look many answers up at once."""
        if self._cache is not None:
            self._prepared = self._cache.get_many(wanted)

    def answer(self, task: Task, request: Request, label: str) -> Answer | None:
        """An earlier answer, or None when it has to be asked for. Raises ReplayMissError in `replay`.

        `label` is "" for the answer itself, else it names the judge's question about it.
        """
        if self.mode == "replay":
            cassette = self._cassettes[task.subject.title]
            return cassette.answer(request, task.repeat, task.case.id, label)
        if self._cache is None:
            return None
        found = self._prepared.get((request.key, task.repeat))
        if found is None and label:
            # A judge's question depends on the answer it judges, so it could not be prepared.
            found = self._cache.get_many([(request, task.repeat)]).get((request.key, task.repeat))
        return found

    def remember(self, request: Request, repeat: int, answer: Answer) -> None:
        """Keep a live answer in the cache."""
        if self._cache is not None:
            self._cache.put(request, repeat, answer)
            self._prepared[request.key, repeat] = replace(answer, source="cache")

    def record(self, task: Task, request: Request, answer: Answer, label: str) -> None:
        """Keep an answer for the cassette."""
        if self.recording and not task.again:
            cassette = self._cassettes[task.subject.title]
            cassette.put(request, task.repeat, answer, case=task.case.id, label=label)

    def save(self, *, prune: bool) -> list[str]:
        """Write the cassettes, and say where; `prune` drops answers of cases that are gone."""
        written = []
        for cassette in self._cassettes.values():
            if self.recording and len(cassette):
                cassette.save(prune=prune)
                written.append(self._project.shown(cassette.path))
        return written

    def close(self) -> None:
        """Close the cache."""
        if self._cache is not None:
            self._cache.close()


def _require_own(cassette: Cassette, subject: Subject, shown: str) -> None:
    """Raise InputError when the cassette was recorded for another suite or model: its file was moved."""
    for name, value, wanted in (
        ("suite", cassette.suite, subject.suite.id),
        ("model", cassette.model, subject.model),
    ):
        if value != wanted:
            message = f"this cassette was recorded for the {name} `{value}`, and `{wanted}` is wanted"
            hint = "restore the file from git, or remove it and run `llmops eval --record`"
            raise InputError(problems=[Problem(shown, 1, 0, message, hint)])


@contextmanager
def open_cache(project: Project, report: Callable[[str], None]) -> Iterator[AnswerCache]:
    """The project's answer cache. Raises StorageError."""
    from llmops_cli.models.cache import AnswerCache

    cache = AnswerCache(cache_path(project), report)
    try:
        yield cache
    finally:
        cache.close()


def cache_path(project: Project) -> Path:
    """Where the answer cache lies."""
    return project.state / "answers.sqlite"
