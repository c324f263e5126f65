"""Baseline files can be read and belong to a suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.approvals import read_approvals
from llmops_cli.baselines.file import load
from llmops_cli.baselines.places import baseline_files, baseline_places
from llmops_cli.core.errors import InputError
from llmops_cli.core.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.evals.workspace import Workspace


def find(workspace: Workspace) -> Iterator[Problem]:
    """Baselines and approvals that are broken, and baselines that nothing is compared with."""
    project = workspace.project
    expected: set[str] = set()
    for suite in workspace.suites.values():
        for subject in suite.subjects:
            expected.update(map(project.shown, baseline_places(project, subject)))
            try:
                load(project, subject)
            except InputError as error:
                yield from error.problems
    if any(problem.severity == "error" for problem in workspace.problems):
        return  # a suite that could not be read still owns its baselines
    read_approvals(project.tree)
    for path in baseline_files(project.tree):
        if path not in expected:
            yield Problem(
                path,
                0,
                0,
                "no suite is compared with this baseline",
                "a suite that was renamed says `was: OLD-ID`, and every older id after it: "
                "`was: [OLD-ID, OLDER-ID]`; else remove the file",
                "baselines",
                "warning",
            )
