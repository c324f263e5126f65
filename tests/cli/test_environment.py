"""Commands in a CI job, and tests in one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.projects import KEY, llmops, project
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider


@pytest.mark.parametrize(("value", "ci"), [("true", True), ("False", False)])
def test_a_run_and_the_comparison_agree_about_ci(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch, value: str, ci: bool
) -> None:
    monkeypatch.setenv("CI", value)
    root = project(tmp_path)
    assert llmops(root, "eval").code == 0
    (header,) = (root / ".llmops/runs").glob("*/run.json")
    assert json.loads(header.read_text("utf-8"))["ci"] is ci


@pytest.mark.workflows
def test_a_job_around_the_tests_does_not_reach_them(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    job = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary), "OPENAI_API_KEY": KEY}
    tests = [
        "tests/cli/test_eval.py::test_from_the_first_run_to_a_regression",
        "tests/cli/test_environment.py::test_processes_of_tests_see_what_the_tests_see",
    ]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **job}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert not summary.exists()


def test_processes_of_tests_see_what_the_tests_see() -> None:
    seen = subprocess.run(["env", "-0"], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert {variable.partition("=")[0] for variable in seen.split("\0") if variable} == set(os.environ)
