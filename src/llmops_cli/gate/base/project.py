"""The project where a branch left another, read by the code that reads the working tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from llmops_cli.core.commit import SHORT
from llmops_cli.core.earlier_ids import going_on
from llmops_cli.core.errors import InputError
from llmops_cli.core.git_tree import GitTree
from llmops_cli.core.problem import Problem
from llmops_cli.core.project import MARKER, read_project
from llmops_cli.core.tree import repository_top
from llmops_cli.evals.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmops_cli.core.git import Repository
    from llmops_cli.core.project import Project
    from llmops_cli.evals.suite import Subject, Suite

HINT = (
    "mend it on {reference} itself, by whoever may write to it: nobody can judge a change by rules that "
    "cannot be read"
)


@dataclass(frozen=True)
class BaseProject:
    """The project at the merge base of a change. `reference` is what the user called it, `commit` the base.

    Without a `workspace` there was no project yet: everything is new. `suites_now` and `prompts_now` say, by
    the ids of the change, which suite and which prompt of the base goes on under each.
    """

    reference: str
    commit: str
    tree: GitTree
    workspace: Workspace | None
    suites_now: Mapping[str, str] = field(default_factory=dict)
    prompts_now: Mapping[str, str] = field(default_factory=dict)

    @property
    def at(self) -> str:
        """The base as it is shown."""
        return f"{self.reference} ({self.commit[:SHORT]})"

    @property
    def project(self) -> Project | None:
        """Its settings."""
        return None if self.workspace is None else self.workspace.project

    @property
    def suites(self) -> dict[str, Suite]:
        """The suites as they were, by the ids that they had."""
        return {} if self.workspace is None else self.workspace.suites

    def suite_of(self, suite: Suite) -> Suite | None:
        """What a suite of the change was at the base, wherever its file lay; None for a new one."""
        return self.suites.get(self.suites_now.get(suite.id, ""))

    def subjects_of(self, subject: Subject) -> list[Subject]:
        """What a subject of the change was at the base: none where its suite, prompt or model is new."""
        suite, prompt = self.suite_of(subject.suite), self.prompts_now.get(subject.prompt.id)
        earlier = suite.subjects if suite is not None else ()
        return [then for then in earlier if (then.prompt.id, then.model) == (prompt, subject.model)]

    @property
    def left_behind(self) -> list[Suite]:
        """The suites of the base that go on under no id of the change."""
        kept = set(self.suites_now.values())
        return [suite for id_, suite in self.suites.items() if id_ not in kept]


def open_base(workspace: Workspace, reference: str) -> BaseProject:
    """The project where the present branch left a ref.

    Raises InputError when git does not know the ref, or something there cannot be read.
    """
    project = workspace.project
    repository = project.repository
    repository.require_readable()
    commit = repository.merge_base(reference)
    folder = _folder(workspace, repository, commit)
    tree = GitTree(repository, commit, folder)
    if folder is None:
        return BaseProject(reference, commit, tree, None)
    try:
        earlier = open_workspace(read_project(project.root, tree))
    except InputError as error:
        raise _unreadable(error.problems, reference, commit) from None
    if earlier.errors:
        raise _unreadable(earlier.errors, reference, commit)
    suites = going_on(workspace.suites, earlier.suites)
    prompts = going_on(workspace.prompts, earlier.prompts)
    return BaseProject(reference, commit, tree, earlier, suites, prompts)


def _unreadable(problems: Iterable[Problem], reference: str, commit: str) -> InputError:
    """What is wrong at the base, with the base in front of each path."""
    hint = HINT.format(reference=reference)
    at = f"{reference} ({commit[:SHORT]})"
    return InputError(
        problems=[
            Problem(
                f"{at}:{problem.path}",
                problem.line,
                problem.column,
                f"cannot be read: {problem.message}",
                hint,
            )
            for problem in problems
        ]
    )


def _folder(workspace: Workspace, repository: Repository, commit: str) -> str | None:
    """Where the project lay at the base, in the repository; None where there was none.

    Where it lies now; else where one of its name lay; else the one that is not where it was; else the one
    that has most of its suites.
    """
    project = workspace.project
    folders = [path.removesuffix(MARKER).rstrip("/") for path in repository.named(commit, MARKER)]
    if repository.prefix in folders:
        return repository.prefix
    trees = {folder: GitTree(repository, commit, folder) for folder in folders}
    if project.name:
        alike = [folder for folder, tree in trees.items() if _name(project, tree) == project.name]
        if len(alike) == 1:
            return alike[0]
    top = repository_top(project.root) or project.root
    moved = [folder for folder in folders if not (top / PurePosixPath(folder) / MARKER).is_file()]
    if len(moved) == 1:
        return moved[0]
    shared = {folder: len(_ids(project, trees[folder]) & workspace.suites.keys()) for folder in moved}
    best = max(shared, key=lambda folder: shared[folder], default=None)
    return best if best is not None and shared[best] else None


def _name(project: Project, tree: GitTree) -> str:
    try:
        return read_project(project.root, tree).name
    except InputError:
        return ""


def _ids(project: Project, tree: GitTree) -> set[str]:
    try:
        return set(open_workspace(read_project(project.root, tree)).suites)
    except InputError:
        return set()
