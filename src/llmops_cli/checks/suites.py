"""Prompts have suites that judge them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.problem import Problem
from llmops_cli.evals.load import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.evals.workspace import Workspace


def find(workspace: Workspace) -> Iterator[Problem]:
    """A warning where there are prompts and no suite at all: nothing would be judged, and `eval` stops."""
    if workspace.suites or workspace.errors or not workspace.prompts:
        return
    prompt = min(workspace.prompts)
    yield Problem(
        FOLDER,
        0,
        0,
        "there is no suite, so no prompt is judged",
        f"bring the suites back, or write {FOLDER}/NAME.yaml: `id`, `prompt: {prompt}`, `cases`, `scorers`",
        "suites",
        "warning",
    )
