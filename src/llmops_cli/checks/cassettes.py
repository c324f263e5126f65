"""Cassettes can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError
from llmops_cli.models.cassette import Cassette

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.workspace import Workspace


def find(workspace: Workspace) -> Iterator[Problem]:
    """Faulty lines of cassettes."""
    project = workspace.project
    for path in project.tree.files("cassettes"):
        if path.endswith(".jsonl"):
            try:
                yield from Cassette.load(project.root / path, root=project.root).faults
            except InputError as error:
                yield from error.problems
