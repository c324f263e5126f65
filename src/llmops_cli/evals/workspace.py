"""Everything a project says: its prompts and suites, loaded and checked together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError
from llmops_cli.evals.suites import load_suites
from llmops_cli.prompts.load import load_prompts

if TYPE_CHECKING:
    from llmops_cli.core.problem import Problem
    from llmops_cli.core.project import Project
    from llmops_cli.evals.suite import Suite
    from llmops_cli.prompts.prompt import Prompt


@dataclass(frozen=True)
class Workspace:
    """Prompts and suites by id, and every problem that was found on the way."""

    project: Project
    prompts: dict[str, Prompt]
    suites: dict[str, Suite]
    problems: list[Problem]

    @property
    def errors(self) -> list[Problem]:
        """Problems because of which nothing is judged."""
        return [problem for problem in self.problems if problem.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """Problems that stop nothing."""
        return [problem for problem in self.problems if problem.severity == "warning"]


def open_workspace(project: Project) -> Workspace:
    """Load everything. Problems are collected, not raised."""
    prompts, problems = load_prompts(project.tree)
    broken = any(problem.severity == "error" for problem in problems)
    suites, suite_problems = load_suites(project, prompts, broken_prompts=broken)
    return Workspace(project, prompts, suites, [*problems, *suite_problems])


def require_sound(workspace: Workspace) -> Workspace:
    """The same workspace. Raises InputError with every problem when one of them is an error."""
    if workspace.errors:
        raise InputError(problems=workspace.problems)
    return workspace
