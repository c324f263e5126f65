"""The hooks for pre-commit, run by pre-commit itself on commits of a real repository."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.cli.projects import PROMPT_PATH, SUITE_PATH, edit, git, write
from tests.docs.command_line import fault
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.checkout import Checkout

pytestmark = pytest.mark.workflows

MANIFEST = ROOT / ".pre-commit-hooks.yaml"


def hooks() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(MANIFEST.read_text("utf-8"))
    return found


def pre_commit(*arguments: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def committing(checkout: Checkout, tmp_path: Path) -> Checkout:
    """The hooks as a repository's own: to install them would fetch packages, to run them does not."""
    local = [{**hook, "language": "system"} for hook in hooks()]
    settings = {"repos": [{"repo": "local", "hooks": local}]}
    write(checkout.root / ".pre-commit-config.yaml", yaml.safe_dump(settings))
    git(checkout.root, "add", "-A")
    git(checkout.root, "commit", "-q", "-m", "hooks")
    return checkout


def staged(checkout: Checkout, home: Path) -> tuple[int, str]:
    """What the hooks say to everything that is changed."""
    git(checkout.root, "add", "-A")
    path = f"{checkout.bin}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PRE_COMMIT_HOME": str(home)}
    done = pre_commit("run", "--verbose", cwd=checkout.root, env=env)
    return done.returncode, done.stdout + done.stderr


def test_the_manifest_is_valid() -> None:
    done = pre_commit("validate-manifest", str(MANIFEST), cwd=ROOT, env=dict(os.environ))
    assert done.returncode == 0, done.stdout + done.stderr
    assert not [fault(hook["entry"]) for hook in hooks() if fault(hook["entry"])]


def test_a_new_version_is_locked_and_the_commit_waits_for_it(committing: Checkout, tmp_path: Path) -> None:
    edit(committing.root, PROMPT_PATH, "1.0.0", "1.1.0")
    code, said = staged(committing, tmp_path / "home")
    assert code == 1, said
    assert "files were modified by this hook" in said
    assert "capital@1.1.0" in said
    assert staged(committing, tmp_path / "home")[0] == 0


def test_an_edit_without_a_new_version_is_refused(committing: Checkout, tmp_path: Path) -> None:
    edit(committing.root, PROMPT_PATH, "one word", "two words")
    code, said = staged(committing, tmp_path / "home")
    assert code == 1
    assert "its version is still 1.0.0" in said


def test_a_mistake_in_a_suite_is_found(committing: Checkout, tmp_path: Path) -> None:
    edit(committing.root, SUITE_PATH, "equals", "equalz")
    code, said = staged(committing, tmp_path / "home")
    assert code == 1
    assert "did you mean" in said


def test_other_files_start_no_hook(committing: Checkout, tmp_path: Path) -> None:
    write(committing.root / "src/app.py", "print(1)\n")
    code, said = staged(committing, tmp_path / "home")
    assert code == 0
    assert said.count("(no files to check)Skipped") == 2
