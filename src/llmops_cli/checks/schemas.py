"""The project's copies of the schemas are those of this llmops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.editor_schemas import path_of, renew, stale_copies
from llmops_cli.core.environment import in_ci
from llmops_cli.core.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.project import Project
    from llmops_cli.evals.workspace import Workspace


def find(workspace: Workspace) -> Iterator[Problem]:
    """A warning for each copy that is another llmops's: editors would show faults where there are none."""
    for kind in stale_copies(workspace.project.tree):
        yield Problem(
            path_of(kind),
            0,
            0,
            "editors check with the schema of another llmops",
            "run `llmops check` where it may write, and commit the file",
            "schemas",
            "warning",
        )


def renew_schemas(project: Project) -> list[str]:
    """Bring the project's copies up to date; the paths that changed. In CI, where nobody commits, none."""
    return [] if in_ci() else renew(project.root, stale_copies(project.tree))
