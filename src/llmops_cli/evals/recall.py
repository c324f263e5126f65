"""Earlier answers: from the answer cache, from cassettes, or from nowhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from llmops_cli.core.earlier_ids import as_was
from llmops_cli.core.errors import InputError, OfflineError
from llmops_cli.core.problem import Problem
from llmops_cli.core.redact import NO_SECRETS
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.models.price import priced_anew

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from llmops_cli.core.project import Project
    from llmops_cli.core.redact import Secrets
    from llmops_cli.evals.plan import Task
    from llmops_cli.evals.suite import Subject
    from llmops_cli.models.answer import Answer
    from llmops_cli.models.cache import AnswerCache
    from llmops_cli.models.cassette import Cassette
    from llmops_cli.models.request import Request

NAMED = 8
"""Lines of a file that are named one by one."""

CacheMode = Literal["auto", "off", "replay"]


def cache_mode(text: str) -> CacheMode:
    """The mode, if it is one. Raises InputError."""
    match text:
        case "auto" | "off" | "replay":
            return text
    modes = get_args(CacheMode)
    raise InputError(f"unknown cache mode `{text}`", did_you_mean(text, modes, noun="modes"))


@dataclass(frozen=True, slots=True)
class Sources:
    """Where answers may come from, and go.

    `auto` reads and writes the local cache, `off` neither, `replay` answers from the committed cassettes and
    nothing else. With `record`, the answers of the run are written to cassettes. `offline`, where no provider
    may be called, says of a model whether it runs in this process: the cassettes answer what the cache does
    not know.
    """

    mode: CacheMode = "auto"
    record: bool = False
    offline: Callable[[str], bool] | None = None


class Recall:
    """Looks answers up and keeps new ones; `save` writes those that are recorded."""

    def __init__(
        self,
        project: Project,
        subjects: Iterable[Subject],
        sources: Sources,
        report: Callable[[str], None],
        *,
        secrets: Secrets = NO_SECRETS,
    ) -> None:
        self.mode = sources.mode
        self._report = report
        self._project = project
        self._cache: AnswerCache | None = None
        self._prepared: dict[tuple[str, int], Answer] = {}
        self._cassettes: dict[str, Cassette] = {}
        if self.mode == "auto":
            from llmops_cli.models.cache import AnswerCache
            from llmops_cli.models.cache_place import cache_path

            self._cache = AnswerCache(
                cache_path(project), report, secrets=secrets, most_mb=project.max_answer_mb
            )
        self.recording = sources.record
        self._offline = sources.offline
        if self.mode == "replay" or sources.record or sources.offline is not None:
            for subject in subjects:
                self._cassettes[subject.title] = self._open(project, subject, secrets)

    def _open(self, project: Project, subject: Subject, secrets: Secrets) -> Cassette:
        from llmops_cli.models.cassette import Cassette

        path, *earlier = cassette_places(project, subject)
        place = next((place for place in (path, *earlier) if place.is_file()), None)
        if place is not None:
            cassette = Cassette.load(place, root=project.root, secrets=secrets)
            _require_own(cassette, subject, project.shown(place))
            if cassette.faults:
                self._report(_unread(cassette.faults))
            if (place, cassette.suite) != (path, subject.suite.id):
                cassette.move(path, subject.suite.id)
            return cassette
        if self.mode == "replay" and any(case.output is None for case in subject.suite.cases):
            hint = "run `llmops eval --record` where the model can be called, and commit the cassette"
            if was := subject.suite.was:
                hint += f"; if the suite had an id before `{was[-1]}`, say {as_was((*was, 'OLDER-ID'))}"
            raise InputError(f"no cassette for {subject.title}: {project.shown(path)} is not there", hint)
        return Cassette(path, model=subject.model, suite=subject.suite.id, secrets=secrets)

    def prepare(self, wanted: Iterable[tuple[Request, int]]) -> None:
        """Look many answers up at once."""
        if self._cache is not None:
            self._prepared = self._cache.get_many(wanted)

    def answer(self, task: Task, request: Request, label: str) -> Answer | None:
        """An earlier answer, at the project's own price of today; None when it has to be asked for.

        `label` is "" for the answer itself, else it names the judge's question about it. Raises
        ReplayMissError in `replay`, and OfflineError where a provider would have to be called and may not.
        """
        earlier = self._kept(task, request, label)
        return None if earlier is None else priced_anew(earlier, self._project.prices)

    def _kept(self, task: Task, request: Request, label: str) -> Answer | None:
        if task.again == "verify":
            return None  # whether the kept answer holds is what is asked
        if self.mode == "replay":
            cassette = self._cassettes[task.subject.title]
            return cassette.answer(request, task.repeat, task.case.id, label)
        earlier = self._cached(task, request, label)
        if earlier is not None or self._offline is None:
            return earlier
        earlier = self._cassettes[task.subject.title].find(request, task.repeat, task.case.id, label)
        if earlier is None and not self._offline(request.model):
            raise self._not_recorded(task, label)
        return earlier

    def may_answer(self, task: Task) -> bool:
        """Whether a question can be answered at all; where providers may be called it always can."""
        request = task.request
        if request is None or self._offline is None or self._offline(request.model):
            return True
        if self._cache is not None and self._cache.get_many([(request, task.repeat)]):
            return True
        cassette = self._cassettes[task.subject.title]
        return cassette.find(request, task.repeat, task.case.id) is not None

    def _not_recorded(self, task: Task, label: str) -> OfflineError:
        # Reports group failures by what they say: it names no case.
        what = f"the answer of {label}" if label else "the answer"
        other = self._cassettes[task.subject.title].has_other(task.case.id, label)
        state = "was recorded for another prompt, params or model" if other else "is not recorded"
        return OfflineError(f"{what} {state}, and this run calls no provider (--offline)")

    def _cached(self, task: Task, request: Request, label: str) -> Answer | None:
        if self._cache is None:
            return None
        earlier = self._prepared.get((request.key, task.repeat))
        if earlier is None and label:
            # A judge's question depends on the answer it judges, so it could not be prepared.
            earlier = self._cache.get_many([(request, task.repeat)]).get((request.key, task.repeat))
        return earlier

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


def cassette_places(project: Project, subject: Subject) -> list[Path]:
    """Where the recorded answers of a subject may lie: by the ids of now first, then by those from before."""
    return [
        project.cassette_path(suite, subject.model, prompt=prompt) for suite, prompt in subject.kept_under
    ]


def _unread(faults: Sequence[Problem]) -> str:
    """One line about lines of a cassette that are not as they were recorded."""
    numbers = [str(fault.line) for fault in faults]
    named = ", ".join(numbers[:NAMED]) + (f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else "")
    lines = "line" if len(faults) == 1 else f"{len(faults)} lines:"
    verb = "is not as it was" if len(faults) == 1 else "are not as they were"
    step = "restore the file from git, or record again"
    return f"{faults[0].path}: {lines} {named} {verb} recorded, and counts as not there; {step}"


def _require_own(cassette: Cassette, subject: Subject, shown: str) -> None:
    """Raise InputError when the cassette was recorded for another suite or model: its file was moved."""
    suite = subject.suite
    for name, value, wanted in (
        ("suite", suite.id if cassette.suite in suite.ids else cassette.suite, suite.id),
        ("model", cassette.model, subject.model),
    ):
        if value != wanted:
            message = f"this cassette was recorded for the {name} `{value}`, and `{wanted}` is wanted"
            hint = "restore the file from git, or remove it and run `llmops eval --record`"
            raise InputError(problems=[Problem(shown, 1, 0, message, hint)])
