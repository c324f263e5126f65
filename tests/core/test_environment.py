"""What llmops reads of the environment: in one file, under names that the tests take away."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest

from llmops_cli.core.environment import JOB, in_ci, is_read
from llmops_cli.models.settings import LITELLM, NATIVE

SOURCE = Path(__file__).parents[2] / "src/llmops_cli"
HOME = SOURCE / "core/environment.py"
READERS = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


def test_one_file_reads_the_environment() -> None:
    readers = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in READERS)
        or (isinstance(node, ast.ImportFrom) and READERS & {alias.name for alias in node.names})
    }
    assert readers == {"core/environment.py"}, "give core/environment.py a function that says what it means"


def test_one_file_names_what_a_job_is_told() -> None:
    names = re.compile(rf"(?:{'|'.join(JOB)})\w*")
    written = {
        f"{path.relative_to(SOURCE).as_posix()}: {node.value}"
        for path in SOURCE.rglob("*.py")
        if path != HOME
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and names.fullmatch(node.value)
    }
    assert written == set(), "name it in core/environment.py:GitHub or GitLab"


def test_tests_run_without_what_is_read() -> None:
    tables = {str(value) for entry in NATIVE.values() for key, value in entry.items() if key.endswith("_env")}
    written = set(re.findall(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"', HOME.read_text()))
    missing = {name for name in (tables | set(LITELLM.values()) | written) - {""} if not is_read(name)}
    assert not missing, "give core/environment.py:is_read the beginnings or ends of these names"
    around = {name for name in os.environ if is_read(name)} - {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"}
    assert {name for name in around if not name.startswith("LLMOPS_")} == set()


@pytest.mark.parametrize("name", ["CI", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL"])
@pytest.mark.parametrize(
    ("value", "ci"), [("true", True), ("1", True), ("false", False), ("0", False), ("", False)]
)
def test_what_says_that_this_is_ci(name: str, value: str, ci: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert in_ci() is ci
