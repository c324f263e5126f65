"""Gets scorers ready before anything is asked: a broken one is found while it costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError
from llmops_cli.evals.bench import submitted
from llmops_cli.evals.named_models import placed_uses
from llmops_cli.scorers.python import PythonFunction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.suite import Subject


def require_ready(subjects: Iterable[Subject]) -> None:
    """Import the project's own scorers of some subjects. Raises InputError where that cannot be done."""
    problems = unready(subjects)
    if problems:
        raise InputError(problems=problems)


def unready(subjects: Iterable[Subject], *, with_variables: bool = True) -> list[Problem]:
    """The project's own scorers that cannot be imported, each where a suite names it.

    Those that get variables of the environment are imported only `with_variables`.
    """
    places = [
        (source, use, use.scorer.call())
        for subject in subjects
        for source, use in placed_uses(subject)
        if isinstance(use.scorer, PythonFunction) and (with_variables or not use.scorer.module.variables)
    ]
    calls = dict.fromkeys(call for _, _, call in places)
    loaded = dict(zip(calls, submitted(calls), strict=True))
    problems = {
        source.problem(use.pointer, f"{use.name}: {error}"): None
        for source, use, call in places
        if (error := loaded[call].result().error)
    }
    return list(problems)
