"""Whoever does not listen changes no exit code, whatever the command."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.projects import CASES_PATH, SUITE_PATH, accepted, cases, edit, project, repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

pytestmark = pytest.mark.processes

LLMOPS = f"'{sys.executable}' -m llmops_cli"
WAYS = {
    "a reader of both that left": "2>&1 | true; exit ${PIPESTATUS[0]}",
    "stderr on a full disk": ">/dev/null 2>/dev/full",
    "stdout on a full disk": ">/dev/full 2>/dev/null",
    "stderr closed": ">/dev/null 2>&-",
    "both closed": ">&- 2>&-",
}


def codes(root: Path, arguments: str, environment: str = "") -> dict[str, int]:
    """The exit code of a command for each way to lose what it says."""
    command = f"{environment} {LLMOPS} {arguments}"
    running = {
        way: subprocess.Popen(["bash", "-c", f"{command} {how}"], cwd=root, env=dict(os.environ))
        for way, how in WAYS.items()
    }
    return {way: process.wait(60) for way, process in running.items()}


@pytest.fixture
def broken(tmp_path: Path, idle: Provider) -> Path:
    root = repository(project(tmp_path))
    edit(root, SUITE_PATH, "equals", "equalz")
    return root


@pytest.mark.parametrize(
    ("arguments", "code"),
    [("prompts list", 0), ("--version", 0), ("eval", 2), ("evla", 2)],
)
def test_the_code_is_the_same_whoever_listens(broken: Path, arguments: str, code: int) -> None:
    assert codes(broken, arguments) == dict.fromkeys(WAYS, code)


def test_a_regression_stays_one(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    (root / CASES_PATH).write_text(cases(France="Lyon"))
    assert codes(root, "eval", "CI=true") == dict.fromkeys(WAYS, 1)


def test_in_ci_an_answer_that_could_not_be_written_is_no_success(broken: Path) -> None:
    lost = {way: 3 if way.endswith("on a full disk") and "stderr" not in way else 0 for way in WAYS}
    assert codes(broken, "prompts list", "CI=true") == lost


def test_a_lost_answer_is_told(broken: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{LLMOPS} schema prompt >/dev/full"],
        cwd=broken,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == "stdout cannot be written: No space left on device\n"


def test_a_slow_reader_of_a_pipe_that_does_not_block_gets_everything(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETFL, os.O_NONBLOCK)
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    command = [sys.executable, "-m", "llmops_cli", "schema", "report"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=writer, env=dict(os.environ)) as running:
        os.close(writer)
        time.sleep(0.5)
        with os.fdopen(reader, "rb") as stream:
            text = stream.read()
        assert running.wait(30) == 0
    assert len(text) > 4096
    assert text.endswith(b"}\n")
