"""Which suites a change reaches: every changed file is placed, and one that cannot be reaches them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.core.base_reference import base_reference
from llmops_cli.core.environment import in_ci
from llmops_cli.core.errors import InputError
from llmops_cli.core.git_tree import GitTree
from llmops_cli.core.project import MARKER
from llmops_cli.core.tree import STATE
from llmops_cli.evals.affected.placing import Placing
from llmops_cli.evals.affected.settings import MODELS, changed_models, changed_settings
from llmops_cli.prompts.lock import PATH as LOCK
from llmops_cli.prompts.lock import read_lock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.core.project import Project
    from llmops_cli.evals.affected.placing import PlacedFile
    from llmops_cli.evals.suite import Suite
    from llmops_cli.evals.workspace import Workspace


@dataclass(frozen=True)
class Affected:
    """What a change reaches.

    `commit` is the merge base with `reference`, in full. `outside` counts changed files outside of the
    project's folder. `asked` are the suites that the command is about. `no_change` says why there is no
    change to go by, and then every suite runs.
    """

    reference: str
    commit: str
    files: tuple[PlacedFile, ...]
    outside: int
    asked: tuple[str, ...]
    no_change: str = ""

    @property
    def changed(self) -> int:
        """How many files changed."""
        return sum(1 for file in self.files if file.changed) + self.outside

    @property
    def everything(self) -> bool:
        """Whether every suite runs, whatever it reads."""
        return bool(self.no_change) or any(file.reaches_all for file in self.files)

    @property
    def to_run(self) -> tuple[str, ...]:
        """The suites to run, of those asked for."""
        reached = {suite for file in self.files for suite in file.suites}
        return tuple(suite for suite in self.asked if self.no_change or suite in reached)

    @property
    def skipped(self) -> tuple[str, ...]:
        """The suites that the change does not reach, of those asked for."""
        these = set(self.to_run)
        return tuple(suite for suite in self.asked if suite not in these)

    def reaching(self, suite: str) -> tuple[PlacedFile, ...]:
        """The files that reach a suite, those that say most about it first."""
        files = [file for file in self.files if suite in file.suites]
        return tuple(sorted(files, key=lambda file: (not file.placed, len(file.suites), file.path)))


def find_affected(
    workspace: Workspace, reference: str, asked: Sequence[Suite], models: Sequence[str] = ()
) -> Affected:
    """What the change since the merge base with a ref reaches; the ref is found where it is "".

    `models` are asked in place of those that suites name. The change is what is committed, staged, or only on
    the disk. Raises InputError without git, a commit, or a merge base.
    """
    repository = workspace.project.repository
    repository.require_readable()
    head = repository.commit()
    if head is None:
        raise InputError(
            "git has no commit yet, so nothing says what changed", "commit, or leave out --changed"
        )
    reference = reference or base_reference(repository)
    commit = repository.merge_base(reference)
    paths, beside = repository.differing(commit)
    paths = [path for path in paths if path.partition("/")[0] != STATE]
    locked = _locked_otherwise(workspace.project, commit) if LOCK in paths else frozenset()
    settings = _settings(workspace, GitTree(repository, commit), models)
    placing = Placing(workspace, locked, settings)
    read_beside = [path for path in beside if placing.reaches(path)]
    files = [placing.place(path) for path in (*paths, *read_beside)]
    # Where a file of settings is a link, what it leads to has another name.
    files += [placing.place(path) for path in settings if settings[path] and path not in paths]
    files += placing.unseen({*paths, *beside}, repository)
    no_change = ""
    if commit == head and (in_ci() or not (paths or beside)):
        no_change = f"HEAD is part of {reference}, so there is no change to go by"
    outside = len(beside) - len(read_beside)
    return Affected(reference, commit, tuple(files), outside, tuple(suite.id for suite in asked), no_change)


def _locked_otherwise(project: Project, commit: str) -> frozenset[str]:
    """The prompts whose entries in the lock are not those of a commit; every one where that is broken."""
    now = read_lock(project.tree)
    try:
        before = read_lock(GitTree(project.repository, commit))
    except InputError:
        before = {}
    names = {
        reference
        for reference in before.keys() | now.keys()
        if before.get(reference, ("",))[0] != now.get(reference, ("",))[0]
    }
    return frozenset(name.rpartition("@")[0] for name in names)


def _settings(workspace: Workspace, before: GitTree, models: Sequence[str]) -> dict[str, dict[str, str]]:
    """For each file of settings the suites that its change reaches, and why."""
    return {
        MARKER: changed_settings(workspace, before, models),
        MODELS: changed_models(workspace, before),
    }
