"""Runs a plan: answers what is known at once, asks the rest together, judges and journals each answer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from llmops_cli.core.errors import (
    CallError,
    InputError,
    InterruptedRunError,
    OfflineError,
    ReplayMissError,
)
from llmops_cli.core.problem import Problem
from llmops_cli.evals.bench import begin
from llmops_cli.evals.journal import how_to_go_on
from llmops_cli.evals.judge import broken, guarded
from llmops_cli.evals.result import Outcome, RunResult, ScoreResult, SubjectResult, result_of
from llmops_cli.evals.rows import Key, request_of
from llmops_cli.evals.settle import NotKnownError, Settling
from llmops_cli.evals.unscored import Unscored
from llmops_cli.models.answer import Answer
from llmops_cli.scorers.base import AskingScorer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmops_cli.evals.bench import Waiting
    from llmops_cli.evals.journal import Journal
    from llmops_cli.evals.plan import Plan, Task
    from llmops_cli.evals.recall import Recall
    from llmops_cli.evals.suite import ScorerUse
    from llmops_cli.evals.talk import Talk
    from llmops_cli.models.request import Request
    from llmops_cli.models.settings import ModelSettings
    from llmops_cli.scorers.sample import Sample


Item = TypeVar("Item")


class Ask(Protocol):
    """Gets an answer, from wherever."""

    async def __call__(self, request: Request, task: Task, label: str) -> Answer:
        """The answer. Raises CallError, or NotKnownError when it would have to be asked for."""
        ...


@dataclass(frozen=True, slots=True)
class JudgedAgain:
    """What scorers say of an answer that was there, and what the judges among them answered for it."""

    scores: tuple[ScoreResult, ...]
    asked: tuple[Answer, ...] = ()


@dataclass
class Runner:
    """What a run works with.

    `recall` knows earlier answers. `journal` keeps finished tasks, `done` holds them. At most `concurrency`
    calls are made at once. A run that goes on to ask some cases once more counts its time from the start.
    `beyond` counts what an earlier part of a resumed run asked again: it is done, and not part of the plan.
    """

    settings: ModelSettings
    recall: Recall
    journal: Journal
    talk: Talk
    concurrency: int
    done: dict[Key, Outcome] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)
    beyond: int = 0

    def run(self, plan: Plan) -> RunResult:
        """Every outcome of the plan.

        A call or a scorer that fails is a failed outcome. Raises InputError when answers are to be replayed
        and some are not recorded, InterruptedRunError on Ctrl-C: what has finished is in the journal.
        """
        resumed = set(self.done)
        self.beyond = len(resumed.difference(map(Key.of, plan.tasks)))
        tasks = [task for task in plan.tasks if Key.of(task) not in resumed]
        self.recall.prepare((task.request, task.repeat) for task in tasks if task.request is not None)
        settling: Settling[Task, Ask] = Settling(
            self._settle, lambda task, out: self._finish(task, out, plan)
        )
        try:
            settling.recall(tasks, self._known)
            if settling.missed:
                self.journal.discard()
                raise InputError(problems=_few(_miss_problem(*missed) for missed in settling.missed))
            self._settle_rest(settling)
        except KeyboardInterrupt:
            raise InterruptedRunError(
                f"{len(self.done) - self.beyond} of {len(plan.tasks)} are finished and kept",
                how_to_go_on(self.journal.header),
                run=self.journal.id,
            ) from None
        return RunResult(
            self.journal.id,
            self.journal.folder,
            _by_subject(plan, self.done),
            self.journal.header,
            time.perf_counter() - self.started,
        )

    def judge_again(self, given: Sequence[tuple[Task, Answer]]) -> list[JudgedAgain]:
        """What the scorers of each task say of an answer that is there; judges are asked.

        Nothing is journaled. Where a judge may not be asked, its score is an error.
        """
        outcomes: dict[int, Outcome] = {}
        asked: dict[int, list[Answer]] = {}

        async def settle(number: int, ask: Ask) -> Unscored:
            asked[number] = []

            async def noting(request: Request, task: Task, label: str) -> Answer:
                told = await ask(request, task, label)
                asked[number].append(told)
                return told

            return await self._judge_or_not(*given[number], noting)

        settling: Settling[int, Ask] = Settling(settle, outcomes.__setitem__)
        settling.recall(range(len(given)), self._known)
        self._settle_rest(settling)
        return [JudgedAgain(outcomes[number].scores, tuple(asked[number])) for number in range(len(given))]

    async def _judge_or_not(self, task: Task, answer: Answer, ask: Ask) -> Unscored:
        judged = Outcome(task.case.id, task.repeat, answer)
        try:
            scores, _ = await self._judge(task, answer, ask)
        except (OfflineError, ReplayMissError) as error:
            uses = task.subject.suite.uses_for(task.case, task.subject.prompt)
            return Unscored.of(judged, [broken(use, error.message) for use in uses])
        return Unscored.of(judged, scores)

    def _settle_rest(self, settling: Settling[Any, Ask]) -> None:
        """Ask for what is pending, and wait for the workers that score."""
        if not settling.pending:
            settling.wait()
            return
        import asyncio

        from llmops_cli.models.ask import Models

        async def work() -> None:
            async with Models(self.settings, self.talk.report) as models:

                async def live(request: Request, task: Task, label: str) -> Answer:
                    earlier = self.recall.answer(task, request, label)
                    if earlier is not None:
                        return earlier
                    answer = await models.ask(request)
                    self.recall.remember(request, task.repeat, answer)
                    return answer

                await settling.ask(live, self.concurrency)

        try:
            asyncio.run(work())
        except* KeyboardInterrupt:
            raise KeyboardInterrupt from None
        except* Exception as several:  # noqa: BLE001 - it is raised again
            # One worker's failure stops the others; the first is the cause.
            raise several.exceptions[0] from None

    async def _known(self, request: Request, task: Task, label: str) -> Answer:
        answer = self.recall.answer(task, request, label)
        if answer is None:
            raise NotKnownError
        return answer

    async def _settle(self, task: Task, ask: Ask) -> Unscored:
        """Answer and judge one task."""
        case = task.case
        try:
            if task.request is None:
                answer = Answer(case.output or "", requested=task.subject.model, source="recorded")
            else:
                answer = await ask(task.request, task, "")
                self.recall.record(task, task.request, answer, "")
        except ReplayMissError:
            raise
        except CallError as error:
            message = error.message + (f" ({error.hint})" if error.hint else "")
            failed = Outcome(
                case.id, task.repeat, None, error_kind=error.kind, error=message, again=task.again
            )
            return Unscored(failed)
        try:
            scores, judged = await self._judge(task, answer, ask)
        except OfflineError as error:
            # The judge is not broken, and neither is the suite: nobody may be asked.
            unasked = Outcome(
                case.id, task.repeat, answer, error_kind=error.kind, error=error.message, again=task.again
            )
            return Unscored(unasked)
        outcome = Outcome(case.id, task.repeat, answer, judge_cost_usd=judged, again=task.again)
        return Unscored.of(outcome, scores)

    async def _judge(
        self, task: Task, answer: Answer, ask: Ask
    ) -> tuple[list[ScoreResult | Waiting], float | None]:
        """What every scorer of the case says, and what the judges cost; None where that is unknown."""
        sample = task.case.sample(answer)
        scores: list[ScoreResult | Waiting] = []
        costs: list[float | None] = []
        for use in task.subject.suite.uses_for(task.case, task.subject.prompt):
            if isinstance(use.scorer, AskingScorer):
                verdict, cost = await self._ask_judge(use, use.scorer, sample, task, ask)
                costs.append(cost)
                scores.append(verdict)
            else:
                scores.append(begin(use, sample))
        return scores, None if None in costs else sum(cost for cost in costs if cost is not None)

    async def _ask_judge(
        self, use: ScorerUse, judge: AskingScorer, sample: Sample, task: Task, ask: Ask
    ) -> tuple[ScoreResult, float | None]:
        """The judge's score and what it cost; a judge that cannot be asked or read is a scorer error."""
        label = f"judge:{use.metric}"
        try:
            option = use.fill(sample.values)
            request = judge.question(sample, option)
            if request.model not in judge.models():
                # Neither its name nor its key was checked, and nothing would redact the key.
                raise ValueError(f"it asks `{request.model}`, which is none of its models")  # noqa: TRY301
            answer = await ask(request, task, label)
        except (NotKnownError, ReplayMissError, OfflineError):
            raise
        except CallError as error:
            return broken(use, f"the judge could not be asked: {error.message}"), 0.0
        except Exception as error:  # noqa: BLE001 - the suite's templates failed on this case
            failed = broken(use, f"{type(error).__name__}: {error}")
            return replace(failed, outside=False), 0.0
        self.recall.record(task, request, answer, label)
        verdict = guarded(use, lambda: judge.read(answer, option))
        return replace(verdict, judge=answer.resolved or answer.requested), answer.cost_usd

    def _finish(self, task: Task, outcome: Outcome, plan: Plan) -> None:
        key = Key.of(task)
        self.done[key] = outcome
        self.journal.add(key, outcome, request_of(task))
        self.talk.progress(outcome, len(self.done) - self.beyond, len(plan.tasks))


def _by_subject(plan: Plan, done: dict[Key, Outcome]) -> tuple[SubjectResult, ...]:
    outcomes: dict[int, list[Outcome]] = {id(subject): [] for subject in plan.subjects}
    for task in plan.tasks:
        outcomes[id(task.subject)].append(done[Key.of(task)])
    return tuple(result_of(subject, outcomes[id(subject)]) for subject in plan.subjects)


def _miss_problem(task: Task, miss: ReplayMissError) -> Problem:
    line, column = task.case.source.place(task.case.pointer)
    return Problem(task.case.source.path, line, column, miss.message, miss.hint)


def _few(problems: Iterable[Problem], shown: int = 5) -> list[Problem]:
    """The first problems, the last of them saying how many more there are."""
    every = sorted(problems)
    if len(every) <= shown:
        return every
    last = every[shown - 1]
    more = f"{last.hint}\n    … and {len(every) - shown} more cases without a recorded answer"
    return [*every[: shown - 1], Problem(last.path, last.line, last.column, last.message, more)]
