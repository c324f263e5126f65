"""A project in a folder of a repository: what its scorers import and read beside it decides, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import lands, only, shown_with, with_answers, words
from tests.cli.deciding.changing import SCORER, good, suite
from tests.cli.projects import CASES_PATH, SUITE_PATH, commit, edit, git, llmops, project, repository, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.projects import Said

pytestmark = pytest.mark.usefixtures("idle")
USE = f"- python: {SCORER}:known\n    metric: known\n    threshold: 1"
IMPORTING = """\
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent.parent / "lib"))
import rules


def known(output, case):
    return rules.good(output)
"""
READING = """\
def known(output, case):
    with open("../lib/rules.txt") as file:
        return output.split()[0] in file.read().split()
"""


def started(folder: Path, scorer: str, use: str = USE) -> Path:
    """A project in a repository that has a folder beside it, with an accepted baseline, and a branch."""
    files = {SUITE_PATH: suite(use), CASES_PATH: lands(40), SCORER: scorer, ".gitignore": ".llmops/\n"}
    root = project(folder / "evals", files)
    write(folder / "lib/rules.py", "def good(output):\n    return output.startswith('good')\n")
    write(folder / "lib/rules.txt", "good fine\n")
    repository(folder)
    ran = with_answers(good(36), root)
    if ran.code == 0:
        assert llmops(root, "baseline", "accept", "--all", "--reason", "first").code == 0
        commit(folder, "Accepted")
    git(folder, "checkout", "-q", "-b", "change")
    return root


def worse(root: Path) -> Said:
    """The gate's word on far worse answers, judged by what the branch made of the rules."""
    commit(root.parent, "Change")
    return with_answers(good(10), root, "--base", "main", "--changed")


def test_an_imported_file_beside_the_project_is_judged_as_it_was(tmp_path: Path) -> None:
    root = started(tmp_path / "repo", IMPORTING)
    write(root.parent / "lib/rules.py", "def good(output):\n    return True\n")
    judged = worse(root)
    assert (judged.code, judged.data["verdict"]) == (1, "INCOMPARABLE"), judged.both
    assert judged.data["deciders"][0]["text"] == (
        f"{SUITE_PATH}: the scorer `known` changed in ../lib/rules.py"
    )
    assert "../lib/rules.py" in str(judged.data["changed"])


def test_a_file_beside_the_project_that_nobody_names_is_an_error(tmp_path: Path) -> None:
    root = started(tmp_path / "repo", READING)
    judged = with_answers(good(36), root)
    line = "add `reads: [../lib/rules.txt]` to this scorer"
    text = f"{SCORER} opened `../lib/rules.txt`, and the suite does not say that it reads it: {line}"
    assert (judged.code, text in words(shown_with(good(36), root).out)) == (2, True), judged.both
    (read,) = only(judged)["undeclared_reads"]
    assert read["opened"] == ["../lib/rules.txt"]


@pytest.mark.parametrize("named", ["../lib/rules.txt", "../lib/*.txt"])
def test_a_file_beside_the_project_can_be_named(tmp_path: Path, named: str) -> None:
    root = started(tmp_path / "repo", READING, f'{USE}\n    reads: ["{named}"]')
    edit(root.parent, "lib/rules.txt", "good fine", "good fine bad")
    judged = worse(root)
    assert (judged.code, judged.data["verdict"]) == (1, "INCOMPARABLE"), judged.both


@pytest.mark.parametrize(
    ("named", "phrase"),
    [
        ("../lib/none.txt", "no such file: `../lib/none.txt`"),
        ("../../outside.txt", "lies outside the repository"),
    ],
)
def test_what_cannot_be_named(tmp_path: Path, named: str, phrase: str) -> None:
    write(tmp_path / "outside.txt", "good\n")
    root = started(tmp_path / "repo", READING, f"{USE}\n    reads: [{named}]")
    checked = llmops(root, "check")
    assert (checked.code, phrase in words(checked.out)) == (2, True), checked.out


def test_another_file_beside_the_project_reaches_no_suite(tmp_path: Path) -> None:
    root = started(tmp_path / "repo", IMPORTING)
    write(root.parent / "lib/other.py", "X = 1\n")
    commit(root.parent, "Change")
    judged = with_answers(good(36), root, "--base", "main", "--changed")
    assert (judged.code, judged.data["subjects"]) == (0, [])
