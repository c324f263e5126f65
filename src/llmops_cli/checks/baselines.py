"""Baseline files can be read and belong to a suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.file import baseline_path, load
from llmops_cli.core.errors import InputError
from llmops_cli.core.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.evals.workspace import Workspace


def find(workspace: Workspace) -> Iterator[Problem]:
    """Baselines that are broken, and ones that nothing is compared with."""
    project = workspace.project
    expected = set()
    for suite in workspace.suites.values():
        for subject in suite.subjects:
            expected.add(project.shown(baseline_path(project, subject)))
            try:
                load(project, subject)
            except InputError as error:
                yield from error.problems
    if any(problem.severity == "error" for problem in workspace.problems):
        return  # a suite that could not be read still owns its baselines
    for path in project.tree.files("baselines"):
        if path.endswith(".jsonl") and path not in expected:
            yield Problem(
                path,
                0,
                0,
                "no suite is compared with this baseline",
                "its suite, prompt or model was renamed: move the file, or remove it",
                "baselines",
                "warning",
            )
