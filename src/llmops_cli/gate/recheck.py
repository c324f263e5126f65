"""What to ask again before judging: must-pass cases that failed, and cases that flipped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from llmops_cli.compare.compare import must_pass
from llmops_cli.compare.flips import all_flipped
from llmops_cli.evals.plan import Task, request_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from llmops_cli.compare.judged import Judged
    from llmops_cli.evals.result import Again, SubjectResult

CONFIRMATIONS = 2
"""How often a failed must-pass case has to pass when it is asked again, for the failure not to count."""


def confirmations(results: Iterable[SubjectResult], required: Mapping[str, frozenset[str]]) -> list[Task]:
    """The next question for each must-pass case that failed and has not failed again: at most two a case.

    `required` are cases, by suite, that have to pass by other rules than the suite's own.
    """
    tasks: list[Task] = []
    for result in results:
        for case_id in _failed_must_pass(result, required.get(result.subject.suite.id, frozenset())):
            asked = [outcome for outcome in result.confirmations if outcome.case_id == case_id]
            if len(asked) < CONFIRMATIONS and all(outcome.passed for outcome in asked):
                tasks += _again(result, case_id, "confirm", 1, len(asked))
    return tasks


def retries(subjects: Iterable[Judged], times: int) -> list[Task]:
    """Questions for every case that flipped, whichever way, `times` each.

    They tell flaky flips from steady ones. No mean has them in it: the case was chosen by its first answer,
    and only on one side, so averaging them in would pull the change upwards and hide regressions.
    """
    tasks: list[Task] = []
    for judged in subjects if times else ():
        flipped = all_flipped(judged.now, judged.baseline) if judged.baseline is not None else []
        aside = _aside(judged.result)
        for case_id in (id_ for id_ in flipped if id_ not in aside):
            tasks += _again(judged.result, case_id, "retry", times, CONFIRMATIONS)
    return tasks


def _failed_must_pass(result: SubjectResult, required: frozenset[str]) -> list[str]:
    return [
        case_id
        for case_id in sorted((must_pass(result.subject.suite) - _aside(result)) | required)
        if any(outcome.passed is False for outcome in result.by_case.get(case_id, ()))
    ]


def _aside(result: SubjectResult) -> set[str]:
    """Cases in quarantine: they do not count, so nothing is asked again for them."""
    today = datetime.now(UTC).date()
    return {case.id for case in result.subject.suite.cases if case.in_quarantine(today)}


def _again(result: SubjectResult, case_id: str, why: Again, times: int, offset: int) -> Iterator[Task]:
    """Tasks whose repeats are counted on, so that each has its own answer in the cache.

    Recorded answers would only repeat themselves: nothing is asked for them.
    """
    subject = result.subject
    case = next(case for case in subject.suite.cases if case.id == case_id)
    outcomes = result.by_case[case_id]
    sources = {outcome.answer.source for outcome in outcomes if outcome.answer is not None}
    if sources & {"recorded", "replay"} or any(outcome.undecided for outcome in outcomes):
        return
    request = request_for(subject, case)
    first = len(outcomes) + offset
    for repeat in range(first, first + times):
        yield Task(subject, case, repeat, request, again=why)
