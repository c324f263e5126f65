"""Answers that the author of a change recorded: this run did not ask for them, and neither did the base's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.evals.recall import cassette_places
from llmops_cli.evals.rows import Key, SubjectKey
from llmops_cli.gate.deciders.cassettes import authors_cassettes
from llmops_cli.gate.deciders.sides import Sides

if TYPE_CHECKING:
    from llmops_cli.evals.result import RunResult
    from llmops_cli.evals.suite import Subject
    from llmops_cli.gate.base.project import BaseProject
    from llmops_cli.gate.job import Job


@dataclass(frozen=True)
class AuthorsAnswers:
    """The answers of a run that come from a cassette of the change itself, and how many answers there are."""

    keys: frozenset[Key]
    of: int

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.keys)


def authors_answers(job: Job, base: BaseProject, run: RunResult) -> AuthorsAnswers:
    """The replayed answers of a run to questions that no cassette of the base has answered."""
    replayed = {
        Key(SubjectKey.of(result.subject), outcome.case_id, outcome.repeat)
        for result in run.subjects
        for outcome in result.everything
        if outcome.answer is not None and outcome.answer.source == "replay" and not outcome.again
    }
    of = sum(len(result.outcomes) for result in run.subjects)
    if not replayed:
        return AuthorsAnswers(frozenset(), of)
    paths = {SubjectKey.of(result.subject): _cassette_path(job, result.subject) for result in run.subjects}
    brought = authors_cassettes(Sides(job.workspace, base), dict.fromkeys(paths.values()))
    keys = set()
    for task in job.plan.tasks:
        key, before = Key.of(task), brought.get(paths[SubjectKey.of(task.subject)])
        if key not in replayed or before is None or task.request is None:
            continue
        if not before.knows(task.request.key, task.repeat):
            keys.add(key)
    return AuthorsAnswers(frozenset(keys), of)


def _cassette_path(job: Job, subject: Subject) -> str:
    """The cassette that a subject is answered from; where it has none, the one it would have."""
    places = [job.project.shown(path) for path in cassette_places(job.project, subject)]
    return next((place for place in places if job.project.tree.has(place)), places[0])
