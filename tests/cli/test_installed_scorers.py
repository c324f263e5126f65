"""Scorers that are functions of modules: the project's own, and those of installed packages."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import lands, only, shown_with, with_answers, words
from tests.cli.approving import approved
from tests.cli.deciding.changing import good, started, suite
from tests.cli.projects import CASES_PATH, SUITE_PATH, commit, edit, llmops, project, repository, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("idle")
CASES = 12
STRICT = "output.startswith(BEGINS)"
ANY = "True"


def use(path: str) -> str:
    return f"- python: {path}\n    metric: known\n    threshold: 1"


def installed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, version: str = "1.3.0", rule: str = STRICT
) -> None:
    """A package with a scorer, where Python finds it; an earlier version is gone."""
    site = folder / f"site-{version}"
    write(site / "acme_evals/__init__.py", "")
    write(site / "acme_evals/begins.py", 'BEGINS = "good"\n')
    body = f"from .begins import BEGINS\n\n\nasync def known(output, case):\n    return {rule}\n"
    write(site / "acme_evals/tone.py", body)
    about = site / f"acme_evals-{version}.dist-info"
    write(about / "METADATA", f"Metadata-Version: 2.1\nName: acme-evals\nVersion: {version}\n")
    write(about / "top_level.txt", "acme_evals\n")
    write(about / "entry_points.txt", "[llmops.scorers]\nacme-known = acme_evals.tone:known\n")
    monkeypatch.setattr(sys, "path", [str(site), *(place for place in sys.path if "site-1." not in place)])


@pytest.mark.parametrize("path", ["acme-known", "acme_evals.tone:known"])
def test_a_package_offers_functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """By a name of its own, or by the module's; it is async, and imports its neighbours."""
    installed(tmp_path, monkeypatch)
    root = project(tmp_path / "repo", {SUITE_PATH: suite(use(path)), CASES_PATH: lands(CASES)})
    assert only(with_answers(good(9), root))["metrics"]["known"]["now"] == 0.75


@pytest.mark.parametrize("folder", ["", "src/"])
def test_a_module_of_the_project_is_imported_by_its_name(tmp_path: Path, folder: str) -> None:
    files = {
        SUITE_PATH: suite(use("checks.deep.tone:known")),
        CASES_PATH: lands(CASES),
        f"{folder}checks/__init__.py": "from checks.words import BEGINS\n",
        f"{folder}checks/words.py": 'BEGINS = "good"\n',
        f"{folder}checks/deep/__init__.py": "",
        f"{folder}checks/deep/tone.py": "from .. import BEGINS\n\n\ndef known(output, case):\n    "
        "return output.startswith(BEGINS)\n",
    }
    root = repository(project(tmp_path / "repo", files))
    assert only(with_answers(good(9), root))["metrics"]["known"]["now"] == 0.75
    edit(root, f"{folder}checks/words.py", "good", "bad")
    again = with_answers(good(9), root, "--changed", "--base", "HEAD")
    assert only(again)["metrics"]["known"]["now"] == 0.25
    assert f"{folder}checks/words.py" in str(again.data["changed"])


@pytest.mark.parametrize(
    ("path", "phrase"),
    [
        ("acme-knwn", "no installed package offers a scorer `acme-knwn` did you mean `acme-known`?"),
        ("acme_evals.tone:knwn", "acme_evals/tone.py has no function `knwn`; did you mean `known`?"),
        ("acme_evals.tune:known", "no installed package has the module `acme_evals.tune`"),
        ("acme_evals.tone.more:known", "no installed package has the module `acme_evals.tone.more`"),
        ("nothing_such:known", "no installed package has the module `nothing_such` install the package"),
        ("os.path:exists", "`os` is a module of Python itself"),
        ("sys:exit", "`sys` is a module of Python itself"),
        ("acme evals", "must be `file.py:function`, `package.module:function`, or the name of a scorer"),
        ("tone.py", "must be `file.py:function`"),
        ("acme_evals.tone:", "must be `file.py:function`"),
    ],
)
def test_what_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, phrase: str) -> None:
    installed(tmp_path, monkeypatch)
    files = {SUITE_PATH: suite(use(f'"{path}"')), CASES_PATH: lands(CASES)}
    checked = llmops(project(tmp_path / "repo", files), "check")
    assert (checked.code, phrase in words(checked.out)) == (2, True), checked.out
    assert f"{SUITE_PATH}:5:" in checked.out


def test_an_error_names_the_line_in_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, monkeypatch, rule="1 / 0")
    root = project(tmp_path / "repo", {SUITE_PATH: suite(use("acme-known")), CASES_PATH: lands(1)})
    (failure,) = only(with_answers(good(1), root))["failures"]
    assert failure["error"] == "known: acme_evals/tone.py:5: ZeroDivisionError: division by zero"


def test_another_version_of_a_package_is_no_step_to_a_worse_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old version is gone and cannot judge: only a person can say that the new one is right."""
    installed(tmp_path, monkeypatch)
    root = started(tmp_path / "repo", {SUITE_PATH: suite(use("acme-known"))})
    same = with_answers(good(36), root, "--base", "main")
    assert (same.code, same.data["deciders"]) == (0, [])
    installed(tmp_path, monkeypatch, "1.4.0", ANY)
    write(root / "requirements.txt", "acme-evals==1.4.0\n")
    commit(root, "A new version")
    worse = with_answers(good(10), root, "--base", "main")
    assert (worse.code, worse.data["deciders"][0]["kind"]) == (1, "package")
    assert words(shown_with(good(10), root, "--base", "main").out).startswith(
        "INCOMPARABLE: evalsets/capitals.yaml: the scorer `known` of the package acme-evals 1.4.0 is not "
        "the one that scored the baseline"
    )
    approved(root, "1.4.0 reads the answers as people do")
    assert with_answers(good(36), root, "--base", "main").code == 0
