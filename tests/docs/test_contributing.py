"""CONTRIBUTING.md names commands and files that exist."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT

PAGE = ROOT / "CONTRIBUTING.md"
TEXT = PAGE.read_text("utf-8")
FOLDERS = ("tests", "docs", "core", "src", "benchmarks", "templates", ".ci")
TARGETS = re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def paths() -> list[str]:
    """What is written like a path of the repository, or of the package."""
    links = re.findall(r"\]\(([^)#]+)", TEXT)
    words = [word for code in re.findall(r"`([^`\n]+)`", TEXT) for word in code.split()]
    endings = (".toml", ".md", ".txt")
    named = [word for word in words if word.partition("/")[0] in FOLDERS or word.endswith(endings)]
    return sorted({path for path in (*links, *named) if "<" not in path})


@pytest.mark.parametrize("path", paths())
def test_every_path_exists(path: str) -> None:
    assert any((folder / path).exists() for folder in (ROOT, ROOT / "src/llmops_cli"))


def test_every_command_is_a_target_and_the_main_ones_are_named() -> None:
    commands = set(re.findall(r"(?:`|^)make ([a-z][\w-]*)", TEXT, re.MULTILINE))
    assert commands <= set(TARGETS)
    assert {"test", "check", "workflows", "ci-systems"} <= commands


def test_what_ci_runs_is_said_in_its_order() -> None:
    script = re.findall(r"^make ([\w-]+)$", (ROOT / ".ci/run").read_text("utf-8"), re.MULTILINE)
    (sentence,) = re.findall(r"`\.ci/run` is what CI runs: (.*?)\.\n", TEXT, re.DOTALL)
    assert re.findall(r"`make ([\w-]+)`", sentence) == script


def test_every_folder_of_tests_has_a_row() -> None:
    rooms = {path.name for path in (ROOT / "src/llmops_cli").iterdir() if path.is_dir()}
    folders = {path.name for path in (ROOT / "tests").iterdir() if (path / "__init__.py").is_file()}
    unnamed = {name for name in folders - rooms - {"benchmarks"} if f"tests/{name}/" not in TEXT}
    assert not unnamed, "give them a row in the table of CONTRIBUTING.md"


def test_it_is_one_page_of_ten_sentences() -> None:
    assert len(TEXT.splitlines()) <= 90
    assert re.findall(r"^(\d+)\. ", TEXT, re.MULTILINE) == [str(number) for number in range(1, 11)]
