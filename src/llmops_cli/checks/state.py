"""Local state is not in git."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.provenance import require_own_state

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.workspace import Workspace


def find(workspace: Workspace) -> Iterable[Problem]:
    """Raises InputError with the files of the state that git tracks."""
    require_own_state(workspace.project)
    return ()
