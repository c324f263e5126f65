"""A baseline that is lowered with its cases: who edits what fell does not accept it alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.answering import LOST, WORSE
from tests.cli.policy.changes import become, change_of, started
from tests.cli.projects import (
    CASES,
    CASES_PATH,
    PROMPT_PATH,
    SUITE,
    SUITE_PATH,
    changed,
    commit,
    edit,
    evaluated,
    lines,
    llmops,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.provider import Provider

    Rows = list[dict[str, Any]]

HIDDEN = "cases that changed or went may hide a drop, and nobody but the author of that accepted it"
WITHOUT_IDS = lines(
    *({k: v for k, v in json.loads(line).items() if k != "id"} for line in CASES.splitlines())
)


def relabelled(rows: Rows) -> Rows:
    """What is answered becomes what is expected."""
    return [{**row, "expected": "Atlantis"} if row["country"] in LOST else row for row in rows]


def mended(rows: Rows) -> Rows:
    """A space more in the question."""
    return [{**row, "country": f" {row['country']}"} if row["country"] in LOST else row for row in rows]


def removed(rows: Rows) -> Rows:
    return [row for row in rows if row["country"] not in LOST]


def renamed(rows: Rows) -> Rows:
    return [{**row, "id": f"{row['id']}-2"} if row["country"] in LOST else row for row in rows]


def rewrite(root: Path, change: Callable[[Rows], Rows]) -> None:
    rows = [json.loads(line) for line in (root / CASES_PATH).read_text("utf-8").splitlines()]
    write(root / CASES_PATH, lines(*change(rows)))


def accept(root: Path, message: str) -> None:
    assert llmops(root, "eval").code in (0, 1)
    made = llmops(root, "baseline", "accept", "capitals", "--reason", "Mended typos")
    assert made.code == 0, made.both
    commit(root, message)


EDITS = [
    pytest.param(relabelled, CASES, id="relabelled"),
    pytest.param(mended, CASES, id="mended"),
    pytest.param(removed, CASES, id="removed"),
    pytest.param(renamed, CASES, id="renamed"),
    pytest.param(mended, WITHOUT_IDS, id="mended-without-ids"),
]


@pytest.mark.parametrize(("change", "cases"), EDITS)
def test_who_edits_the_cases_that_fell_does_not_accept_alone(
    tmp_path: Path, provider: Provider, change: Callable[[Rows], Rows], cases: str
) -> None:
    root = started(tmp_path, "", {CASES_PATH: cases})
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    rewrite(root, change)
    commit(root, "Guess")
    accept(root, "Accept")
    alone = evaluated(root, "--base", "main")
    assert (alone.code, change_of(alone)["policy_not_met"]) == (1, [HIDDEN])
    become(root, "Bob")
    accept(root, "Approve")
    agreed = evaluated(root, "--base", "main")
    assert (agreed.code, change_of(agreed)["policy_not_met"]) == (0, [])


def test_a_project_of_one_person_may(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    rewrite(root, relabelled)
    accept(root, "Accept")
    assert evaluated(root, "--base", "main").code == 0


@pytest.mark.parametrize("change", [relabelled, removed])
def test_one_mended_label_is_accepted_alone(
    tmp_path: Path, provider: Provider, change: Callable[[Rows], Rows]
) -> None:
    """One case of ten shows no drop that the gate forbids, whatever it hides."""
    root = started(tmp_path, "")
    rewrite(root, lambda rows: [*change(rows[:1]), *rows[1:]])
    accept(root, "One label")
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["policy_not_met"]) == (0, [])


@pytest.mark.parametrize("change", [relabelled, removed, renamed])
def test_a_case_that_has_to_pass_is_not_edited_and_accepted_alone(
    tmp_path: Path, provider: Provider, change: Callable[[Rows], Rows]
) -> None:
    """The gate has room for all that fell, but for this one."""
    gate = "gate:\n  pass_rate: {max_drop: 0.9}\n  must_pass: [tag:smoke]\n"
    suite = SUITE.replace("gate:\n  pass_rate: {max_drop: 0.05}\n", gate)
    cases = CASES
    for name in ("France", "Cuba"):
        cases = cases.replace(f'"country": "{name}"', f'"country": "{name}", "tags": ["smoke"]')
    root = started(tmp_path, "", {SUITE_PATH: suite, CASES_PATH: cases})
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    rewrite(root, lambda rows: [*change(rows[:1]), *rows[1:]])
    accept(root, "One case")
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["policy_not_met"]) == (1, [HIDDEN])


def test_a_floor_that_the_edited_cases_hold_up(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, "", changed(SUITE_PATH, "max_drop: 0.05", "floor: 0.6, max_drop: 0.9"))
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    rewrite(root, relabelled)
    accept(root, "Accept")
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["policy_not_met"]) == (1, [HIDDEN])


def test_a_drop_that_is_not_sure_needs_somebody_else_where_the_gate_says_so(
    tmp_path: Path, provider: Provider
) -> None:
    rule = "pass_rate: {max_drop: 0.05}\n  alpha: 0.001\n  inconclusive: fail"
    root = started(tmp_path, "", changed(SUITE_PATH, "pass_rate: {max_drop: 0.05}", rule))
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    accept(root, "Accept")
    said = evaluated(root, "--base", "main")
    assert change_of(said)["comparison"]["verdict"] == "INCONCLUSIVE"
    assert (said.code, change_of(said)["policy_not_met"]) == (
        1,
        ["the gate forbids this drop, and nobody but its author accepted it"],
    )
