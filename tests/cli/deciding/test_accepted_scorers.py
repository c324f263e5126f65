"""A baseline that is accepted with another scorer stands beside the one before as both scorers judge them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.answering import with_answers
from tests.cli.deciding.changing import ALONE, LOOSE, SCORER, good, started
from tests.cli.projects import BASELINE_PATH, MODEL, commit, git, llmops, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.projects import Said

pytestmark = pytest.mark.usefixtures("idle")
REFACTORED = "def known(output, case):\n    return output.split()[0] == 'good'\n"


def accepted(root: Path) -> dict[str, Any]:
    """What the baseline on the disk says of its acceptance."""
    header = json.loads((root / BASELINE_PATH).read_text("utf-8").splitlines()[0])
    assert header["model"] == MODEL
    made: dict[str, Any] = header["accepted"]
    return made


def run_with(root: Path, scorer: str, many: int) -> Said:
    """A run by another scorer, where so many answers are good."""
    write(root / SCORER, scorer)
    return with_answers(good(many), root)


def by_base(root: Path, many: int) -> Said:
    commit(root, "Change")
    return with_answers(good(many), root, "--base", "main")


def kinds(said: Said) -> list[str]:
    return [change["kind"] for change in said.data["base"]["changes"]]


def test_a_refactored_scorer_needs_no_reason(tmp_path: Path) -> None:
    root = started(tmp_path)
    assert run_with(root, REFACTORED, 36).code == 0
    said = llmops(root, "baseline", "accept", "capitals")
    assert said.code == 0, said.both
    assert (accepted(root)["verdict"], accepted(root)["reason"]) == ("PASSED", "")
    judged = by_base(root, 36)
    assert (judged.code, judged.data["verdict"], kinds(judged)) == (0, "PASSED", ["raised"]), judged.both


def test_a_drop_beside_it_is_a_drop(tmp_path: Path) -> None:
    root = started(tmp_path)
    assert run_with(root, REFACTORED, 6).code == 1
    refused = llmops(root, "baseline", "accept", "capitals")
    assert (refused.code, "is REGRESSED: accepting it needs a reason" in refused.err) == (2, True)
    assert llmops(root, "baseline", "accept", "capitals", "--reason", "Cheaper").code == 0
    assert accepted(root)["verdict"] == "REGRESSED"
    (change,) = by_base(root, 6).data["base"]["changes"]
    assert (change["kind"], change["comparison"]["verdict"]) == ("lowered", "REGRESSED")
    assert change["comparison"]["metrics"]["pass_rate"]["now"] == pytest.approx(0.15)


def test_a_lax_scorer_is_no_way_to_a_lower_baseline(tmp_path: Path) -> None:
    """By the lax scorer nothing fell; by that of the base the answers are worse."""
    root = started(tmp_path)
    run_with(root, LOOSE, 6)
    assert llmops(root, "baseline", "accept", "capitals").code == 0
    said = by_base(root, 6)
    assert (said.code, kinds(said)) == (1, ["replaced"]), said.both
    assert said.data["base"]["changes"][0]["policy_not_met"] == [
        "no reason is given",
        "the gate forbids this drop, and nobody but its author accepted it",
    ]


def test_where_answers_are_not_kept_it_is_incomparable(tmp_path: Path) -> None:
    root = started(tmp_path, {"llmops.yaml": "name: demo\nmax_attempts: 2\nstore_outputs: false\n"})
    run_with(root, REFACTORED, 36)
    refused = llmops(root, "baseline", "accept", "capitals")
    assert (refused.code, "is INCOMPARABLE: accepting it needs a reason" in refused.err) == (2, True)
    assert llmops(root, "baseline", "accept", "capitals", "--reason", "The same").code == 0
    assert accepted(root)["verdict"] == "INCOMPARABLE"
    git(root, "checkout", "-q", "--", SCORER)
    assert (root / SCORER).read_text("utf-8") == ALONE
