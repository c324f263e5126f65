"""A llmops that scores in another way says so, and never calls it a regression."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import llmops_cli
from llmops_cli.baselines.read import from_text
from llmops_cli.baselines.write import to_text
from llmops_cli.core import schema
from tests.cli.answering import words
from tests.cli.kept import made_once
from tests.cli.other_llmops import later_equals, ran_by
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    PROJECT_PATH,
    SUITE_PATH,
    Said,
    changed,
    commit,
    edit,
    git,
    lines,
    llmops,
    project,
    repository,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

DIFFERENTLY = "llmops scores `equals` differently since 0.3"
RECORDED = lines(
    *(
        {"id": country.lower(), "country": country, "expected": capital, "output": f"{capital}\n"}
        for country, capital in (
            ("France", "Paris"),
            ("Spain", "Madrid"),
            ("Italy", "Rome"),
            ("Peru", "Lima"),
        )
    )
)
pytestmark = pytest.mark.usefixtures("idle")


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return later_equals(tmp_path_factory.mktemp("later"))


@made_once
def first_scores(root: Path, files: dict[str, str] | None = None) -> Path:
    """A project whose recorded answers were scored and accepted by this llmops."""
    repository(project(root, {CASES_PATH: RECORDED, **(files or {})}))
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "--all").code == 0
    return root


def header(root: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((root / BASELINE_PATH).read_text("utf-8").split("\n", 1)[0])
    return data


def metric(report: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = report["subjects"][0]["metrics"][name]
    return found


def causes(said: Said) -> list[str]:
    return [cause["text"] for cause in said.data["subjects"][0]["attribution"]["causes"]]


def test_another_way_of_scoring_judges_the_stored_answers_anew(tmp_path: Path, later: Path) -> None:
    root = first_scores(tmp_path)
    made = ran_by(later, root, "eval", "--format", "json")
    assert (made.code, made.data["verdict"]) == (0, "PASSED")
    assert metric(made.data, "pass_rate")["baseline"] == 0
    named = "same scores on 0 of 4 stored answers: france, spain, italy, peru"
    assert causes(made) == [DIFFERENTLY, named]
    assert named in words(ran_by(later, root, "eval").out)


def test_a_newer_llmops_and_a_new_scorer_at_once_are_green_beside_a_base(tmp_path: Path, later: Path) -> None:
    root = first_scores(tmp_path)
    commit(root, "First scores")
    git(root, "checkout", "-q", "-b", "change")
    edit(root, SUITE_PATH, "gate:", "  - not-contains: sorry\ngate:")
    commit(root, "Upgrade, and say no sorry")
    made = ran_by(later, root, "eval", "--base", "main", "--format", "json")
    assert (made.code, made.data["verdict"]) == (0, "PASSED")
    assert causes(made)[:2] == [DIFFERENTLY, "scorer `not-contains` added"]


def test_another_way_of_scoring_is_incomparable_where_no_answers_are_kept(
    tmp_path: Path, later: Path
) -> None:
    root = first_scores(tmp_path, {PROJECT_PATH: "store_outputs: false\n"})
    made = ran_by(later, root, "eval", "--format", "json")
    assert (made.code, made.data["verdict"]) == (1, "INCOMPARABLE")
    assert metric(made.data, "pass_rate")["reasons"] == [DIFFERENTLY]
    assert causes(made) == [DIFFERENTLY]


def test_a_scorer_that_was_edited_too_is_named_as_edited(tmp_path: Path, later: Path) -> None:
    root = first_scores(tmp_path)
    edit(root, SUITE_PATH, 'equals: "{{ expected }}"', 'equals: "{{ expected }}!"')
    made = ran_by(later, root, "eval", "--format", "json")
    assert causes(made)[0] == "scorer `equals` changed"


def test_the_scorer_of_a_single_case_counts_too(tmp_path: Path, later: Path) -> None:
    cases = RECORDED.replace('"id": "france"', '"id": "france", "scorers": [{"equals": "Paris"}]')
    suite = changed(SUITE_PATH, '- equals: "{{ expected }}"', '- contains: "{{ expected }}"')
    root = first_scores(tmp_path, {CASES_PATH: cases, **suite})
    made = ran_by(later, root, "eval", "--format", "json")
    assert (made.code, made.data["verdict"]) == (0, "PASSED")
    assert causes(made) == [DIFFERENTLY, "same scores on 3 of 4 stored answers: france"]


def test_accepted_scores_say_which_version_gave_them(tmp_path: Path, later: Path) -> None:
    root = first_scores(tmp_path)
    commit(root, "First scores")
    before = header(root)
    assert before["llmops"] == llmops_cli.__version__
    assert "scorer_versions" not in before
    assert (
        ran_by(later, root, "baseline", "accept", "--all", "--reason", "A newer llmops").code == 2
    )  # of no run
    assert ran_by(later, root, "eval").code == 0
    accepted = ran_by(later, root, "baseline", "accept", "--all", "--reason", "A newer llmops")
    assert accepted.code == 0, accepted.both
    after = header(root)
    assert after["scorer_versions"] == {
        "equals": {
            "scorer": "equals",
            "version": 2,
            "since": "0.3",
            "without": before["scorers"]["equals"],
        }
    }
    assert schema.faults(after, schema.validator(schema.shipped("baseline"))) == []
    assert ran_by(later, root, "eval").code == 0
    # The earlier llmops knows that it scores otherwise, and from the file since when.
    again = llmops(root, "eval", "--format", "json")
    assert (again.code, again.data["verdict"]) == (0, "PASSED")
    assert causes(again)[0] == DIFFERENTLY
    shown = llmops(root, "diff", "HEAD:", ".", "--format", "json")
    assert DIFFERENTLY in shown.out


def test_scores_of_another_version_are_not_verified(tmp_path: Path, later: Path) -> None:
    root = first_scores(tmp_path)
    found = ran_by(later, root, "baseline", "verify")
    assert "the scorer changed" in found.out
    assert found.code != 1, "nobody edited the file"


def test_a_baseline_of_the_release_before_is_compared_as_ever(tmp_path: Path) -> None:
    root = first_scores(tmp_path)
    file = root / BASELINE_PATH
    scores = from_text(file.read_text("utf-8"), BASELINE_PATH)
    file.write_text(to_text(replace(scores, llmops="")), "utf-8")
    assert "llmops" not in header(root)
    made = llmops(root, "eval", "--format", "json")
    assert (made.code, made.data["verdict"]) == (0, "PASSED")
    written = file.read_bytes()
    assert llmops(root, "baseline", "accept", "--all").code == 0
    assert file.read_bytes() == written, "the same scores by a later llmops are no change"


def test_merged_scores_of_two_releases_name_both(tmp_path: Path) -> None:
    root = first_scores(tmp_path)
    sides = {}
    old = from_text((root / BASELINE_PATH).read_text("utf-8"), BASELINE_PATH)
    for name, release, case in (("base", "", None), ("ours", "0.2.0", "peru"), ("theirs", "0.1.9", "spain")):
        cases = {id_: scores for id_, scores in old.cases.items() if id_ != case}
        sides[name] = tmp_path / f"{name}.jsonl"
        sides[name].write_text(to_text(replace(old, llmops=release, cases=cases)), "utf-8")
    made = llmops(root, "baseline", "merge", *(str(sides[name]) for name in ("base", "ours", "theirs")))
    assert made.code == 0, made.both
    first = json.loads(sides["ours"].read_text("utf-8").split("\n", 1)[0])
    assert first["llmops"] == "0.1.9 + 0.2.0"


@pytest.mark.parametrize(
    "versions",
    [
        [],
        {"equals": 2},
        {"equals": {"scorer": "equals", "version": 1, "since": "0.1", "without": "0"}},
        {"equals": {"scorer": "equals", "version": True, "since": "0.1", "without": "0"}},
        {"equals": {"scorer": "equals", "version": 2, "since": 0.3, "without": "0"}},
        {"equals": {"version": 2, "since": "0.3", "without": "0"}},
    ],
)
def test_versions_that_are_none_are_a_problem_of_the_file(tmp_path: Path, versions: Any) -> None:
    root = first_scores(tmp_path)
    rows = (root / BASELINE_PATH).read_text("utf-8").split("\n")
    rows[0] = json.dumps({**json.loads(rows[0]), "scorer_versions": versions})
    (root / BASELINE_PATH).write_text("\n".join(rows), "utf-8")
    found = llmops(root, "check")
    assert found.code == 2
    assert "`scorer_versions` has to" in found.both


def test_the_provider_was_never_asked(idle: Provider) -> None:
    assert idle.calls == []
