"""What a run will ask: every request, rendered and checked before the first call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmops_cli.core.canonical import content_hash
from llmops_cli.core.errors import InputError
from llmops_cli.models.request import Request
from llmops_cli.prompts.render import UnaffordableError, render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.result import Again
    from llmops_cli.evals.suite import Subject, Suite


@dataclass(frozen=True, slots=True)
class Task:
    """One case to be asked once. `request` is None when the case carries its answer.

    `again` says why, where the case was asked before in the same run.
    """

    subject: Subject
    case: Case
    repeat: int
    request: Request | None
    again: Again = ""


@dataclass(frozen=True)
class Plan:
    """Everything a run does, in order."""

    subjects: tuple[Subject, ...]
    tasks: tuple[Task, ...]

    @property
    def cases(self) -> int:
        """How many cases are asked; one that several subjects ask counts for each."""
        return len({(id(task.subject), task.case.id) for task in self.tasks})

    @property
    def hash(self) -> str:
        """Hash of what is asked and how it is judged: a run may be resumed only with the same."""
        return content_hash(
            [[subject.title, subject.fingerprint, subject.scorer_identities] for subject in self.subjects]
            + [[t.case.id, t.case.whole, t.repeat, t.request.key if t.request else ""] for t in self.tasks]
        )


def make_plan(
    suites: Iterable[Suite], *, repeats: int | None = None, models: list[str] | None = None
) -> Plan:
    """Every task of the suites. Raises InputError with all problems when a request cannot be made.

    `repeats` and `models` replace what the suites say.
    """
    listed = list(suites)
    if repeats:
        _require_repeats(listed, repeats)
    faults: dict[Problem, list[Case]] = {}
    tasks: list[Task] = []
    subjects: list[Subject] = []
    for given in listed:
        suite = replace(given, models=tuple(models)) if models else given
        for subject in suite.subjects:
            subjects.append(subject)
            for case in suite.cases:
                try:
                    request = None if case.output is not None else request_for(subject, case)
                except UnaffordableError as error:
                    raise InputError(problems=[_of_cases(p, [case]) for p in error.problems]) from None
                except InputError as error:
                    for problem in error.problems:
                        faults.setdefault(problem, []).append(case)
                    continue
                tasks += [Task(subject, case, repeat, request) for repeat in range(repeats or suite.repeats)]
    if faults:
        raise InputError(problems=[_of_cases(problem, cases) for problem, cases in faults.items()])
    return Plan(tuple(subjects), tuple(tasks))


def _require_repeats(suites: list[Suite], repeats: int) -> None:
    """Raise InputError for rules about more repeats than the command line asks for."""
    problems = [
        suite.source.problem(
            ("gate", rule.metric.name),
            f"`{rule.metric}` needs {needed.k} repeats of each case, and --repeats says {repeats}",
            f"--repeats {needed.k}",
            key=True,
        )
        for suite in suites
        for rule in suite.gate.rules
        if (needed := rule.metric.repeated) is not None and needed.k > repeats
    ]
    if problems:
        raise InputError(problems=problems)


def request_for(subject: Subject, case: Case) -> Request:
    """The request of one case. Raises InputError when the prompt cannot be rendered for it."""
    prompt = subject.prompt
    return Request(
        model=subject.model,
        messages=render(prompt, case.template_values, case.messages),
        params=prompt.params,
        tools=prompt.tools,
        output=prompt.output,
    )


def _of_cases(problem: Problem, cases: list[Case]) -> Problem:
    more = f", and {len(cases) - 1} more cases" if len(cases) > 1 else ""
    return replace(problem, message=f"{problem.message} (case `{cases[0].id}`, {cases[0].place}{more})")
