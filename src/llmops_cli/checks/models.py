"""Models are known and pinned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.evals.named_models import alias_problems, model_problems
from llmops_cli.models.settings import model_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.workspace import Workspace


def find(workspace: Workspace) -> Iterator[Problem]:
    """Models that no provider here answers for, and names that move. Keys are not looked for."""
    subjects = [subject for suite in workspace.suites.values() for subject in suite.subjects]
    yield from model_problems(model_settings(workspace.project), subjects, keys=False)
    yield from alias_problems(workspace.project, subjects)
