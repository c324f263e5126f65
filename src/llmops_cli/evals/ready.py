"""Gets scorers ready before anything is asked: a broken one is found while it costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError
from llmops_cli.evals.named_models import placed_uses
from llmops_cli.scorers.base import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.suite import Subject


def require_ready(subjects: Iterable[Subject]) -> None:
    """Import what the scorers of some subjects are made of. Raises InputError where that cannot be done."""
    problems: dict[Problem, None] = {}
    for subject in subjects:
        for source, use in placed_uses(subject):
            try:
                use.scorer.get_ready()
            except OptionError as error:
                message = f"{use.name}: {error.message}"
                problems[source.problem(use.pointer, message, error.hint)] = None
    if problems:
        raise InputError(problems=list(problems))
