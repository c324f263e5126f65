"""A project that llmops 0.1 judged and accepted: its files are read, and stay comparable."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.projects import commit, edit, evaluated, git, lines, llmops, repository, write

if TYPE_CHECKING:
    from collections.abc import Callable

EARLIER = Path(__file__).parent / "release_0_1"
SUITES = ("judged", "noted", "passing", "repeated")


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """The project, on a branch."""
    shutil.copytree(EARLIER, tmp_path, dirs_exist_ok=True)
    repository(tmp_path)
    git(tmp_path, "checkout", "-qb", "topic")
    return tmp_path


def subjects(root: Path, *arguments: str) -> dict[str, Any]:
    said = evaluated(root, *arguments)
    return {subject["suite"]: subject for subject in said.data["subjects"]}


def rewrite(root: Path, suite: str, change: Callable[[int, dict[str, Any]], object]) -> None:
    """Change the cases of a suite."""
    path = f"evalsets/{suite}.jsonl"
    cases = [json.loads(line) for line in (root / path).read_text("utf-8").splitlines()]
    for number, case in enumerate(cases):
        change(number, case)
    write(root / path, lines(*cases))
    commit(root)


@pytest.mark.parametrize("base", [(), ("--base", "main")])
def test_nothing_changed_is_nothing_changed(base: tuple[str, ...], earlier: Path) -> None:
    said = subjects(earlier, *base)
    assert set(said) == set(SUITES)
    for subject in said.values():
        assert subject["verdict"] == "PASSED"
        assert (subject["cases_changed"], subject["cases_added"], subject["cases_removed"]) == ([], [], [])
        assert subject["changed_since_baseline"] == []
    assert llmops(earlier, "baseline", "verify").code == 0


def test_they_are_written_anew_under_their_acceptance(earlier: Path) -> None:
    before = {path: _header(path) for path in sorted((earlier / "baselines").rglob("*.jsonl"))}
    assert evaluated(earlier).code == 0
    assert llmops(earlier, "baseline", "accept", "--all").code == 0
    assert all(_header(path)["accepted"] == header["accepted"] for path, header in before.items())
    commit(earlier)
    said = evaluated(earlier, "--base", "main")
    assert (said.code, said.data["base"]["refused"]) == (0, False)
    assert [change["kind"] for change in said.data["base"]["changes"]] == ["raised"] * 3
    assert llmops(earlier, "diff", "main:", "topic:").code == 0


def _header(path: Path) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(path.read_text("utf-8").partition("\n")[0])
    return header


def test_metadata_that_is_added_changes_no_case(earlier: Path) -> None:
    rewrite(earlier, "passing", lambda _, case: case.update(metadata={"source": "mail"}))
    assert subjects(earlier)["passing"]["cases_changed"] == []
    said = evaluated(earlier, "--base", "main")
    assert said.code == 0


def test_metadata_that_is_other_or_gone_changes_no_case_beside_the_base(earlier: Path) -> None:
    """The file has one hash of the case with its metadata; the base still has the case."""

    def change(number: int, case: dict[str, Any]) -> None:
        case["metadata"] = {"source": "edited"}
        if number % 2:
            del case["metadata"]

    rewrite(earlier, "noted", change)
    said = subjects(earlier, "--base", "main")["noted"]
    assert (said["verdict"], said["cases_changed"]) == ("PASSED", [])


def test_metadata_that_a_function_reads_changes_the_case(earlier: Path) -> None:
    rewrite(earlier, "judged", lambda _, case: case.update(metadata={"also": ["anything else"]}))
    for base in ((), ("--base", "main")):
        said = subjects(earlier, *base)["judged"]
        assert (said["verdict"], len(said["cases_changed"])) == ("INCOMPARABLE", 10)


def test_an_edited_case_without_an_id_is_known_beside_the_base(earlier: Path) -> None:
    edit(earlier, "evalsets/passing.jsonl", "I paid invoice 5 twice.", "I paid the invoice 5 twice.")
    commit(earlier)
    alone = subjects(earlier)["passing"]
    assert (len(alone["cases_added"]), len(alone["cases_removed"])) == (1, 1)
    said = evaluated(earlier, "--base", "main")
    (beside,) = (subject for subject in said.data["subjects"] if subject["suite"] == "passing")
    assert (beside["cases_added"], beside["cases_removed"], len(beside["cases_changed"])) == ([], [], 1)
    assert said.code == 0


def test_new_cases_are_added_to_a_file_of_then(earlier: Path) -> None:
    path = earlier / "baselines/noted/openai/gpt-4o-mini-2024-07-18.jsonl"
    before = path.read_text("utf-8").splitlines()
    new = {"id": "t99", "ticket": "Hello?", "expected": "billing", "output": "billing"}
    write(
        earlier / "evalsets/noted.jsonl", (earlier / "evalsets/noted.jsonl").read_text("utf-8") + lines(new)
    )
    assert evaluated(earlier).code == 0
    assert llmops(earlier, "baseline", "accept", "noted", "--new-cases").code == 0
    after = path.read_text("utf-8").splitlines()
    assert after[1:-1] == before[1:]
    assert llmops(earlier, "baseline", "verify").code == 0
    commit(earlier)
    assert evaluated(earlier, "--base", "main").code == 0
