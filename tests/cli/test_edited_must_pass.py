"""Must-pass cases that are edited: whoever may write what has to pass may let anything pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import only, with_answers, wrong
from tests.cli.projects import (
    CASES,
    CASES_PATH,
    PROMPT_PATH,
    SUITE,
    SUITE_PATH,
    accepted,
    capital,
    commit,
    edit,
    evaluated,
    git,
    llmops,
    project,
    repository,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.provider import Call, Provider

PERU = '{"id": "peru", "country": "Peru", "expected": "Lima"}'
RULES = "gate:\n  pass_rate: {max_drop: 0.3}\n  must_pass: [tag:smoke]\n"
REQUIRED = {
    SUITE_PATH: SUITE.replace("gate:\n  pass_rate: {max_drop: 0.05}\n", RULES),
    CASES_PATH: CASES.replace(PERU, PERU.replace('"Lima"', '"Lima", "tags": ["smoke"]')),
    ".gitignore": ".llmops/\n",
}


def started(folder: Path, changes: dict[str, str] | None = None) -> Path:
    """A suite one of whose ten cases has to pass, accepted on main, and a branch."""
    root = repository(project(folder, {**REQUIRED, **(changes or {})}))
    accepted(root)
    commit(root, "First baseline")
    git(root, "checkout", "-qb", "topic")
    return root


def reworded(root: Path) -> None:
    edit(root, PROMPT_PATH, "Answer with one word.", "Say it in one word.")


def as_answered(root: Path) -> None:
    """The prompt makes the required case fail, and its label becomes what is answered."""
    reworded(root)
    edit(root, CASES_PATH, '"expected": "Lima"', '"expected": "Atlantis"')


def easier(root: Path) -> None:
    """The question holds its answer."""
    reworded(root)
    edit(root, CASES_PATH, '"country": "Peru"', '"country": "Peru (Lima)"')


def label_alone(root: Path) -> None:
    """The model answers otherwise than before, and only the label is edited."""
    edit(root, CASES_PATH, '"expected": "Lima"', '"expected": "Atlantis"')


EDITS: list[tuple[str, Callable[[Path], None], Callable[[Call], str]]] = [
    ("the label", as_answered, wrong("Peru")),
    ("the question", easier, capital),
    ("the label alone", label_alone, wrong("Peru")),
]


@pytest.mark.parametrize(("name", "change", "model"), EDITS, ids=[row[0].replace(" ", "-") for row in EDITS])
def test_an_edited_must_pass_case_is_incomparable(
    tmp_path: Path,
    provider: Provider,
    name: str,
    change: Callable[[Path], None],
    model: Callable[[Call], str],
) -> None:
    root = started(tmp_path)
    change(root)
    commit(root)
    said = with_answers(model, root, "--base", "main")
    subject = only(said)
    assert (said.code, said.data["verdict"]) == (1, "INCOMPARABLE"), name
    assert (subject["must_pass_changed"], subject["must_pass_failed"]) == (["peru"], [])
    without_base = with_answers(model, root)
    assert (without_base.code, only(without_base)["must_pass_changed"]) == (1, ["peru"])


def test_the_report_names_the_case_and_the_way_out(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    easier(root)
    commit(root)
    told = llmops(root, "eval", "--base", "main", "-o", f"{tmp_path}/r.junit.xml")
    headline = " ".join(told.out.partition("\n\n")[0].split())
    assert headline == (
        "INCOMPARABLE: capitals 1 must-pass case changed (peru), and nobody can tell whether it would pass "
        "as before; changed since the baseline: prompt text (system message), cases"
    )
    words = " ".join(told.out.split())
    assert (
        "must-pass case peru changed, and nobody can tell whether it would pass as before (evalsets/" in words
    )
    assert 'llmops baseline accept capitals --reason "…"' in words
    assert "1 must-pass case changed (peru)" in (tmp_path / "r.junit.xml").read_text("utf-8")
    assert llmops(root, "baseline", "accept", "--all").code == 2
    agreed = llmops(root, "baseline", "accept", "--all", "--reason", "A clearer question")
    assert agreed.code == 0, agreed.both
    commit(root, "Accepted")
    after = evaluated(root, "--base", "main")
    assert only(after)["must_pass_changed"] == []
    assert [change["kind"] for change in after.data["base"]["changes"]] == ["lowered"]


def test_a_tag_that_goes_takes_no_edited_case_out(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    easier(root)
    edit(root, CASES_PATH, ', "tags": ["smoke"]', "")
    edit(root, CASES_PATH, '"expected": "Oslo"', '"expected": "Oslo", "tags": ["smoke"]')
    commit(root)
    said = evaluated(root, "--base", "main")
    (loosened,) = said.data["loosened"]
    assert (said.code, loosened["must_pass_changed"]) == (1, ["peru"])
    words = " ".join(llmops(root, "eval", "--base", "main").out.split())
    assert "capitals: 1 must-pass case changed (peru), and nobody can tell" in words


def same_prompt(root: Path) -> None:
    """A typo in a ticket, which the same prompt answers as before."""
    edit(root, CASES_PATH, '"country": "Peru"', '"country": "Peru "')


def another_case(root: Path) -> None:
    reworded(root)
    edit(root, CASES_PATH, '"country": "Spain"', '"country": "Spain (in Europe)"')


def tagged(root: Path) -> None:
    reworded(root)
    edit(root, CASES_PATH, '["smoke"]', '["smoke", "south"]')


HONEST: list[tuple[str, Callable[[Path], None]]] = [
    ("a typo that changes no answer", same_prompt),
    ("a case that need not pass", another_case),
    ("a tag", tagged),
]


@pytest.mark.parametrize(("name", "change"), HONEST, ids=[row[0].replace(" ", "-") for row in HONEST])
def test_honest_edits_are_green(
    tmp_path: Path, provider: Provider, name: str, change: Callable[[Path], None]
) -> None:
    root = started(tmp_path)
    change(root)
    commit(root)
    said = evaluated(root, "--base", "main")
    assert (said.code, only(said)["must_pass_changed"]) == (0, []), name


def test_a_case_that_failed_before_may_be_mended(tmp_path: Path, provider: Provider) -> None:
    bent = REQUIRED[CASES_PATH].replace('"Lima"', '"Quito"')
    root = repository(project(tmp_path, {**REQUIRED, CASES_PATH: bent}))
    llmops(root, "eval")
    assert llmops(root, "baseline", "accept", "--all", "--reason", "A start").code == 0
    commit(root, "First baseline")
    git(root, "checkout", "-qb", "topic")
    reworded(root)
    edit(root, CASES_PATH, '"Quito"', '"Lima"')
    commit(root)
    said = evaluated(root, "--base", "main")
    assert (said.code, only(said)["must_pass_changed"]) == (0, []), said.both
