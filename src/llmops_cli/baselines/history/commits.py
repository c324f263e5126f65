"""The commits of a baseline, also those of before its suite or its prompt was renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmops_cli.baselines.places import baseline_places
from llmops_cli.core.git_tree import GitTree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.commit import Commit
    from llmops_cli.core.project import Project
    from llmops_cli.evals.suite import Subject


class Stand(NamedTuple):
    """A commit that changed a baseline, the project's files then, and where the baseline lay or had lain."""

    commit: Commit
    tree: GitTree
    path: str


def stands(project: Project, subject: Subject) -> Iterator[Stand]:
    """Each commit that changed the baseline of a subject, newest first. Raises InputError outside git."""
    newer: list[str] = []
    for path in map(project.shown, baseline_places(project, subject)):
        for commit in project.repository.log(path):
            tree = GitTree(project.repository, commit.hash)
            # Where it moved, it is not gone.
            if tree.has(path) or not any(tree.has(place) for place in newer):
                yield Stand(commit, tree, path)
        newer.append(path)
