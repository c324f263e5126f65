"""The models that suites and their scorers name, each at its place, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.core.problem import Problem
from llmops_cli.models.diagnose import faults_of
from llmops_cli.models.pins import moving_fault
from llmops_cli.scorers.base import AskingScorer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from llmops_cli.core.project import Project
    from llmops_cli.core.source import Source
    from llmops_cli.evals.suite import ScorerUse, Subject
    from llmops_cli.evals.workspace import Workspace
    from llmops_cli.models.fault import ModelFault
    from llmops_cli.models.settings import ModelSettings


def named_models(workspace: Workspace) -> list[str]:
    """Every model that a prompt or a suite asks, sorted."""
    models = {prompt.model for prompt in workspace.prompts.values()}
    return sorted(models.union(*(suite.models for suite in workspace.suites.values())))


def alias_problems(project: Project, subjects: Iterable[Subject]) -> list[Problem]:
    """Models whose names move, unless the project allows them."""

    def moving(model: str) -> list[ModelFault]:
        fault = moving_fault(model, project.allow_aliases)
        return [] if fault is None else [fault]

    return _problems(subjects, moving)


def model_problems(
    settings: ModelSettings, subjects: Iterable[Subject], *, keys: bool = True
) -> list[Problem]:
    """Models that cannot be called: unknown provider, missing key, missing extra.

    With `keys` false, what only a call needs (key, address, extra) is not asked for.
    """

    def wrong(model: str) -> list[ModelFault]:
        return [fault for fault in faults_of(model, settings) if keys or not fault.only_stops_calls]

    return _problems(subjects, wrong)


def _problems(subjects: Iterable[Subject], faults: Callable[[str], list[ModelFault]]) -> list[Problem]:
    every = list(subjects)
    problems = [_at_model(subject, fault) for subject in every for fault in faults(subject.model)]
    problems += [
        asked.source.problem(asked.pointer, fault.message, fault.hint)
        for asked in asked_models(every)
        for fault in faults(asked.model)
    ]
    return problems


def _at_model(subject: Subject, fault: ModelFault) -> Problem:
    models = subject.suite.source.data.get("models", [])
    if subject.model in models:
        pointer = ("models", models.index(subject.model))
        return subject.suite.source.problem(pointer, fault.message, fault.hint)
    if subject.model != subject.prompt.model:
        return Problem("", 0, 0, fault.message, fault.hint)  # it was named on the command line
    return subject.prompt.source.problem(("model",), fault.message, fault.hint)


@dataclass(frozen=True, slots=True)
class AskedModel:
    """A model that a scorer may ask, and where the scorer stands."""

    model: str
    source: Source
    pointer: tuple[str | int, ...]


def asked_models(subjects: Iterable[Subject]) -> Iterator[AskedModel]:
    """Every model that scorers may ask, those of single cases included."""
    for subject in subjects:
        for source, use in placed_uses(subject):
            if isinstance(use.scorer, AskingScorer):
                for model in use.scorer.models():
                    yield AskedModel(model, source, use.pointer)


def placed_uses(subject: Subject) -> Iterator[tuple[Source, ScorerUse]]:
    """Every scorer that judges a subject, those of single cases included, with the file that it stands in."""
    suite = subject.suite
    yield from ((suite.source, use) for use in suite.shared_uses(subject.prompt))
    if suite.case_scorers:
        sources = {case.id: case.source for case in suite.cases}
        for case_id, uses in suite.case_scorers.items():
            if case_id in sources:
                yield from ((sources[case_id], use) for use in uses)
