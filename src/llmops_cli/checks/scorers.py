"""Every scorer of the project can be imported; a worker tries it, which gets no variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.evals.ready import unready
from llmops_cli.scorers.project_code import may_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.workspace import Workspace


def find(workspace: Workspace) -> Iterator[Problem]:
    """Scorers whose files cannot be imported. Those that get variables may need them, and are left out.

    Where no code of the project may run, none is tried.
    """
    if not may_run():
        return
    subjects = [subject for suite in workspace.suites.values() for subject in suite.subjects]
    yield from unready(subjects, with_variables=False)
