"""Cases are not told to the prompt that they judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.evals.leakage import leaks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.workspace import Workspace


def find(workspace: Workspace) -> Iterator[Problem]:
    """A warning for each file of a prompt that holds cases of the suite that judges it."""
    for suite in workspace.suites.values():
        yield from leaks(suite)
