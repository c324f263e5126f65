"""Settings of all tests: no CI job, no user and no network around them."""

from __future__ import annotations

import os
import random
import runpy
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from llmops_cli.core.environment import is_read

if TYPE_CHECKING:
    from collections.abc import Iterator

# No deadline: a busy machine is not a bug. `--hypothesis-profile=thorough` looks longer.
settings.register_profile("quick", max_examples=40, deadline=None)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile("quick")

SWITCHES = ("LLMOPS_UPDATE_", "LLMOPS_TEST_")
"""How names of variables begin that are for the tests themselves."""
REACHED = "LLMOPS_TEST_REACHED"
AROUND = Path(__file__).parent / "around"
ONLINE = ("live", "tutorial")
"""Marks of tests that use the weights of this machine and may fetch them."""

runpy.run_path(str(AROUND / "sitecustomize.py"))


@pytest.fixture(scope="session", autouse=True)
def _nothing_around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Without what llmops or a library reads of the environment, here and in each process of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if is_read(name) and not name.startswith(SWITCHES) and name != "LLMOPS_CACHE_DIR":
                patch.delenv(name)
        patch.setenv("GIT_CONFIG_GLOBAL", str(AROUND / "gitconfig"))
        patch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(AROUND), os.environ.get("PYTHONPATH")))))
        patch.setenv(REACHED, str(tmp_path_factory.mktemp("reached") / "hosts"))
        _forget_what_libraries_set()
        # Every process of these tests would compile the program anew.
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


def _forget_what_libraries_set() -> None:
    """Without what a library written in C set for every process of ours, and `os.environ` does not show.

    GNU readline does with COLUMNS and LINES, and pytest loads it.
    """
    inherited = subprocess.run(["env", "-0"], stdout=subprocess.PIPE, text=True, check=True).stdout
    for name in {variable.partition("=")[0] for variable in inherited.split("\0")} - {"", *os.environ}:
        os.unsetenv(name)


@pytest.fixture
def shortest_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits before something is asked again are drawn by lot; here each is the shortest that can be drawn."""
    monkeypatch.setattr(random.Random, "uniform", lambda _, low, high: min(low, high))


@pytest.fixture
def asked_for() -> Path:
    """The file with each host that a test or a process of it asked for, beyond this machine."""
    return Path(os.environ[REACHED])


@pytest.fixture(autouse=True)
def _stays_here(
    request: pytest.FixtureRequest,
    asked_for: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """No socket beyond loopback and no weights of the user's, but for tests of the real local model."""
    if any(map(request.node.get_closest_marker, ONLINE)):
        monkeypatch.delenv(REACHED)
        yield
        return
    monkeypatch.setenv("LLMOPS_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "weights"))
    yield
    hosts = asked_for.read_text("utf-8") if asked_for.exists() else ""
    asked_for.unlink(missing_ok=True)
    assert not hosts, "a test has its servers on 127.0.0.1"
