"""Every case can be rendered into a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError
from llmops_cli.evals.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.workspace import Workspace


def find(workspace: Workspace) -> Iterator[Problem]:
    """Cases on which a template fails."""
    try:
        make_plan(workspace.suites.values(), repeats=1)
    except InputError as error:
        yield from error.problems
