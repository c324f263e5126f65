"""A prompt's content changes only with its version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.prompts.lock import lock_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.workspace import Workspace


def find(workspace: Workspace) -> Iterator[Problem]:
    """Prompts whose content is not what prompts.lock says. Raises InputError when the lock is broken."""
    return lock_problems(workspace.project.tree, workspace.prompts.values())
