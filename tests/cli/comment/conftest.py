"""A forge on loopback, a project with a report, and a job on each forge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.comment.jobs import REPORT, github_job, gitlab_job
from tests.cli.projects import git, project, write
from tests.servers.forge import ForgeServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def forge() -> Iterator[ForgeServer]:
    with ForgeServer() as running:
        yield running


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project that is the whole repository, with a report."""
    made = project(tmp_path / "app")
    git(made, "init", "-q")
    write(made / "report.md", REPORT)
    return made


@pytest.fixture
def on_github(forge: ForgeServer, root: Path, monkeypatch: pytest.MonkeyPatch) -> ForgeServer:
    github_job(forge, root, monkeypatch)
    return forge


@pytest.fixture
def on_gitlab(forge: ForgeServer, monkeypatch: pytest.MonkeyPatch) -> ForgeServer:
    gitlab_job(forge, monkeypatch)
    forge.longest = 1_000_000
    return forge
