"""Baselines are not older than the policy of the project wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.accept.age import old_baselines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.workspace import Workspace


def find(workspace: Workspace) -> Iterator[Problem]:
    """A warning for each old baseline."""
    subjects = [subject for suite in workspace.suites.values() for subject in suite.subjects]
    yield from old_baselines(workspace.project, subjects)
