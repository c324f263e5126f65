"""What tests of CI jobs share: a checkout, and a provider that knows its capitals."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.ci.checkout import Checkout, answer, make_judged
from tests.cli.conftest import point_at
from tests.servers.forge import ForgeServer
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANOTHER_JOB = ("GITHUB_", "GITLAB_", "CI_", "CHANGE_", "RUNNER_", "GH_", "JENKINS_")


@pytest.fixture(autouse=True)
def _no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(ANOTHER_JOB) or name in ("CI", "COLUMNS", "NO_COLOR"):
            monkeypatch.delenv(name)
    # Every process of these tests would compile the program anew.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_judged(tmp_path_factory.mktemp("judged"))


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with Provider(answer) as running:
        point_at(running, monkeypatch)
        yield running


@pytest.fixture
def checkout(judged: Path, tmp_path: Path, provider: Provider) -> Checkout:
    return Checkout(judged, tmp_path)


@pytest.fixture
def forge() -> Iterator[ForgeServer]:
    with ForgeServer() as running:
        yield running
