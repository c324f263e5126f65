"""Checks: what `llmops check` looks for beside the form of each file, one file a check.

To add one: write `checks/x.py` with a function `find(workspace)` that yields problems, add its line below,
and add two tiny projects to `tests/checks/x/`: `good/`, and `bad/` with what is said of it in `bad.txt`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError

if TYPE_CHECKING:
    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.workspace import Workspace

CHECKS = {
    "state": "state",
    "lock": "lock",
    "models": "models",
    "suites": "suites",
    "scorers": "scorers",
    "requests": "requests",
    "leakage": "leakage",
    "baselines": "baselines",
    "cassettes": "cassettes",
    "age": "age",
    "schemas": "schemas",
}


def find_problems(workspace: Workspace) -> list[Problem]:
    """Every problem of a project: of its files' form first, then of each check. Calls no model."""
    problems = list(workspace.problems)
    for module in CHECKS.values():
        try:
            problems += import_module(f"llmops_cli.checks.{module}").find(workspace)
        except InputError as error:
            problems += error.problems
    return sorted(set(problems))
