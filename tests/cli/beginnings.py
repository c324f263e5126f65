"""Where tests of a change begin: a baseline on main, and a branch for the change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.answering import asking
from tests.cli.kept import made_once
from tests.cli.projects import PROJECT_PATH, accepted, capital, commit, git, llmops, project, repository

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.cli.answering import Answering

IGNORED = {".gitignore": ".llmops/\n"}
"""As in a project of people: no state of a run is committed."""


def settings_of(text: str) -> dict[str, str]:
    """Settings of a project, which asks twice at most."""
    return {PROJECT_PATH: f"name: demo\nmax_attempts: 2\n{text}"}


@made_once
def locked(
    root: Path, files: Mapping[str, str | bytes | None] | None = None, *, answer: Answering = capital
) -> Path:
    """A repository whose prompts are locked, with an accepted baseline that is not committed yet."""
    repository(project(root, files))
    assert llmops(root, "prompts", "lock").code == 0
    with asking(answer):
        accepted(root)
    return root


@made_once
def on_topic(
    root: Path, files: Mapping[str, str | bytes | None], *arguments: str, answer: Answering = capital
) -> Path:
    """A repository with an accepted baseline on main, and a branch `topic` checked out."""
    repository(project(root, {**IGNORED, **files}))
    with asking(answer):
        accepted(root, *arguments)
    commit(root, "First baseline")
    git(root, "checkout", "-qb", "topic")
    return root
