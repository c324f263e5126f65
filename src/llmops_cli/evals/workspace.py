"""Everything a project says: its prompts and suites, loaded and checked together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError
from llmops_cli.core.files import write_text
from llmops_cli.core.git import GitTree
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.evals.load import load_suites
from llmops_cli.models.pins import is_pinned
from llmops_cli.models.problems import problems_of
from llmops_cli.models.settings import ModelSettings
from llmops_cli.prompts.history import prompt_at_version
from llmops_cli.prompts.load import load_prompts
from llmops_cli.prompts.lock import PATH, lock_text, read_lock, updated

if TYPE_CHECKING:
    from llmops_cli.core.problem import Problem
    from llmops_cli.core.project import Project
    from llmops_cli.core.tree import Tree
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
    def warnings(self) -> list[Problem]:
        """Problems that stop nothing."""
        return [problem for problem in self.problems if problem.severity == "warning"]


def open_workspace(project: Project) -> Workspace:
    """Load everything. Problems are collected, not raised."""
    prompts, problems = load_prompts(project.tree)
    broken = any(problem.severity == "error" for problem in problems)
    suites, found = load_suites(project, prompts, broken_prompts=broken)
    return Workspace(project, prompts, suites, [*problems, *found])


def require_sound(workspace: Workspace) -> Workspace:
    """The same workspace. Raises InputError with every problem when one of them is an error."""
    if any(problem.severity == "error" for problem in workspace.problems):
        raise InputError(problems=workspace.problems)
    return workspace


def with_version(project: Project, suites: list[Suite], reference: str) -> list[Suite]:
    """The suites that judge a prompt, with `id@version` of it in the place of the present one.

    Raises InputError when no suite judges it, or the version is not in git history.
    """
    name, _, version = reference.partition("@")
    known = {prompt.id: prompt for suite in suites for prompt in suite.prompts}
    if name not in known:
        raise InputError(f"no suite judges the prompt `{name}`", did_you_mean(name, known, noun="prompts"))
    wanted = known[name]
    if version and version != wanted.version:
        wanted = prompt_at_version(project.repository, wanted, version)
    return [
        replace(suite, prompts=tuple(wanted if p.id == name else p for p in suite.prompts))
        for suite in suites
        if any(prompt.id == name for prompt in suite.prompts)
    ]


def model_settings(project: Project) -> ModelSettings:
    """How the project's models are called; keys come from the environment."""
    return ModelSettings(
        providers=project.providers,
        prices=project.prices,
        timeout_s=project.timeout_s,
        max_attempts=project.max_attempts,
        project_root=project.root,
    )


def write_lock(project: Project) -> list[str]:
    """Bring prompts.lock up to date; the `id@version` that were added or changed.

    Raises InputError when a committed version has other content now, or a prompt cannot be read.
    """
    workspace = require_sound(open_workspace(project))
    published: Tree | None
    try:
        head = project.repository.commit()
        published = GitTree(project.repository, head) if head else None
    except InputError:
        published = project.tree  # outside git every version that is locked counts as published
    before = {reference: fingerprint for reference, (fingerprint, _) in read_lock(project.tree).items()}
    entries = updated(project.tree, published, workspace.prompts.values())
    if entries != before or not project.tree.has(PATH):
        write_text(project.root / PATH, lock_text(entries))
    return sorted(reference for reference in entries if entries[reference] != before.get(reference))


def model_states(workspace: Workspace) -> list[dict[str, str]]:
    """Each model that is named, whether its name is pinned, and what a call would lack."""
    settings = model_settings(workspace.project)
    named = {prompt.model for prompt in workspace.prompts.values()}
    named |= {model for suite in workspace.suites.values() for model in suite.models}
    states = []
    for model in sorted(named):
        problems = problems_of(model, settings)
        lacks = "; ".join(f"{message}: {hint}" if hint else message for message, hint in problems)
        pinned = "yes" if is_pinned(model) else "no, an alias"
        states.append({"model": model, "pinned": pinned, "state": lacks or "can be called"})
    return states
