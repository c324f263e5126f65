"""Every check has a tiny project without its fault and one with it, in `<name>/good` and `<name>/bad`.

`<name>/bad.txt` is what `llmops check` prints of the bad one; `LLMOPS_UPDATE_SNAPSHOTS=1 pytest tests/checks`
writes it.
"""

from __future__ import annotations

import re
import shutil
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llmops_cli.checks import CHECKS
from llmops_cli.core.errors import InputError
from llmops_cli.core.project import find_project
from llmops_cli.evals.workspace import open_workspace
from tests.cli.projects import llmops, repository
from tests.snapshots import assert_snapshot

if TYPE_CHECKING:
    from llmops_cli.core.problem import Problem

HERE = Path(__file__).parent
LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
def _in_ci_and_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("CI", "true")  # where nothing is renewed
    monkeypatch.setenv("GIT_COMMITTER_DATE", LONG_AGO)
    monkeypatch.setenv("GIT_AUTHOR_DATE", LONG_AGO)


def placed(name: str, side: str, folder: Path) -> Path:
    """One of the tiny projects as a repository with a commit of long ago."""
    source = HERE / name / side
    assert source.is_dir(), f"write tests/checks/{name}/{side}/: a tiny project {SAYS[side]} its fault"
    return repository(shutil.copytree(source, folder / side))


SAYS = {"good": "without", "bad": "with"}


def found_by(name: str, root: Path) -> list[Problem]:
    """What this check alone finds."""
    workspace = open_workspace(find_project(root))
    assert workspace.problems == [], "the files themselves are right: only the check sees the fault"
    try:
        return list(import_module(f"llmops_cli.checks.{CHECKS[name]}").find(workspace))
    except InputError as error:
        return list(error.problems)


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_finds_its_fault_and_no_other(name: str, tmp_path: Path) -> None:
    good = llmops(placed(name, "good", tmp_path), "check")
    assert (good.code, good.out, good.err) == (0, "OK: 1 prompt, 1 suite, 1 case\n", "")
    root = placed(name, "bad", tmp_path)
    own = found_by(name, root)
    assert own, f"the check `{name}` finds nothing in tests/checks/{name}/bad/"
    bad = llmops(root, "check", "--format", "json")
    assert bad.code == (2 if any(problem.severity == "error" for problem in own) else 0)
    shown = {(problem["path"], problem["message"]) for problem in bad.data["problems"]}
    assert shown == {(problem.path, problem.message) for problem in own}, "only this check's fault"
    told = re.sub(r"\d+ days old", "… days old", llmops(root, "check").out)
    assert_snapshot(told, HERE / name / "bad.txt")


def test_there_is_no_project_of_a_check_that_is_gone() -> None:
    folders = {path.name for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    spare = sorted(folders - set(CHECKS))
    assert not spare, f"remove tests/checks/{spare[0]}/, or add its check to checks/__init__.py"
