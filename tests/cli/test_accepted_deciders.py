"""Accepted deciders of a suite stand in the headers of its baselines, and count for one change only."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.baselines.read import from_text
from llmops_cli.baselines.write import to_text
from llmops_cli.core import schema
from tests.cli.approving import (
    APPROVALS,
    RULE,
    TWO_SCORERS,
    WHAT,
    WORDS,
    accept,
    approved,
    become,
    by_base,
    dropped,
    header,
    started,
    with_header,
)
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    MODEL,
    PROJECT_PATH,
    SUITE_PATH,
    commit,
    edit,
    evaluated,
    git,
    lines,
    llmops,
    repository,
    write,
)

if TYPE_CHECKING:
    from tests.servers.provider import Provider

OTHER = "openai/gpt-4o-2024-08-06"
OTHER_PATH = f"baselines/capitals/{OTHER}.jsonl"
EARLIER = Path(__file__).parents[1] / "baselines/release_0_1"


def test_they_stand_in_every_baseline_of_the_suite(tmp_path: Path, provider: Provider) -> None:
    two = TWO_SCORERS.replace("prompt: capital\n", f"prompt: capital\nmodels: [{MODEL}, {OTHER}]\n")
    root = started(tmp_path, suite=two)
    before = {path: (root / path).read_text("utf-8").splitlines() for path in (BASELINE_PATH, OTHER_PATH)}
    dropped(root)
    stopped = by_base(root)
    assert (stopped.code, stopped.data["deciders"][0]["stops"]) == (1, True)
    said = approved(root, "Nothing says so any more")
    assert f"git add {OTHER_PATH} {BASELINE_PATH}" in " ".join(said.out.split())
    assert not (root / APPROVALS).exists()
    for path, was in before.items():
        now = (root / path).read_text("utf-8").splitlines()
        assert now[1:] == was[1:], "no line of a case is another"
        new = json.loads(now[0])
        keys = ["by", "reason", "verdict", "previous", "runs_looked_at", "deciders", "approvals"]
        assert list(new["accepted"]) == keys
        assert list(new["accepted"]["deciders"]) == [WHAT]
        (row,) = new["accepted"]["approvals"][WHAT]
        assert (row["by"], row["reason"]) == ("Bob <bob@example.com>", "Nothing says so any more")
        old = json.loads(was[0])
        changed = {key for key in new if new[key] != old[key]}
        assert changed == {"accepted", "digest"}
        check = schema.validator(schema.shipped("baseline"))
        assert [error.message for error in check.iter_errors(new)] == []
    agreed = by_base(root)
    decider = agreed.data["deciders"][0]
    assert (agreed.code, decider["stops"], agreed.data["base"]["changes"]) == (0, False, [])
    assert decider["accepted"] == {"by": "Bob <bob@example.com>", "reason": "Nothing says so any more"}
    assert llmops(root, "baseline", "verify").code == 0
    assert llmops(root, "check").code in (0, 2)
    assert "baselines/" not in llmops(root, "check").both


def test_what_is_no_suites_stands_in_a_file_of_its_own(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    dropped(root)
    edit(root, PROJECT_PATH, "max_attempts: 2\n", "max_attempts: 2\npolicy: {max_age_days: 90}\n")
    approved(root)
    (line,) = (root / APPROVALS).read_text("utf-8").splitlines()
    assert json.loads(line)["what"] == "policy max_age_days"
    assert list(header(root)["accepted"]["deciders"]) == [WHAT]
    assert by_base(root).code == 0


def test_a_suite_without_a_baseline_has_the_file_too(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    git(root, "checkout", "-q", "main")
    write(root / "evalsets/more.yaml", TWO_SCORERS.replace("id: capitals", "id: more"))
    commit(root, "More")
    git(root, "checkout", "-qB", "topic")
    edit(root, "evalsets/more.yaml", WORDS, "")
    approved(root)
    assert json.loads((root / APPROVALS).read_text("utf-8"))["what"] == "metric more not-contains"
    assert by_base(root).code == 0


def test_one_is_for_one_step_only(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, SUITE_PATH, RULE, "max_drop: 0.5")
    accept(root)
    (gate,) = by_base(root).data["deciders"]
    assert gate["accepted"]["reason"] == "It is right"
    edit(root, SUITE_PATH, "max_drop: 0.5", "max_drop: 0.9")
    (gate,) = by_base(root).data["deciders"]
    assert gate["accepted"] is None


def test_one_is_for_one_change_only(tmp_path: Path, provider: Provider) -> None:
    """The header is the one that was accepted then, copied back, and the step is the same."""
    root = started(tmp_path)
    dropped(root)
    approved(root)
    assert by_base(root).code == 0
    spent = header(root)["accepted"]
    git(root, "checkout", "-qB", "main")
    edit(root, SUITE_PATH, "gate:\n", f"{WORDS}gate:\n")
    commit(root, "It is needed after all")
    git(root, "checkout", "-qB", "again")
    dropped(root)
    assert by_base(root).code == 1, "what was accepted then is no approval now"
    git(root, "checkout", "-q", "main")
    assert header(root)["accepted"]["deciders"] == spent["deciders"]
    git(root, "checkout", "-qB", "once-more")
    dropped(root)
    with_header(root, spent)
    assert by_base(root).code == 1
    approved(root, "Once more")
    assert header(root)["accepted"]["deciders"] != spent["deciders"]
    assert by_base(root).code == 0
    git(root, "checkout", "-qB", "main")
    edit(root, SUITE_PATH, "gate:\n", f"{WORDS}gate:\n")
    commit(root, "Back")
    git(root, "checkout", "-qB", "third")
    dropped(root)
    with_header(root, spent)
    assert by_base(root).code == 1, "an older one goes on from another hash"


@pytest.mark.parametrize("change", ["by", "reason", "at"])
def test_who_accepted_and_why_is_part_of_the_hash(tmp_path: Path, provider: Provider, change: str) -> None:
    root = started(tmp_path)
    dropped(root)
    accept(root)
    edited = header(root)["accepted"]
    edited["approvals"][WHAT][0][change] = "Bob <bob@example.com>"
    with_header(root, edited)
    assert by_base(root).code == 1


def test_the_policy_of_the_base_says_who(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, "policy: {author_may_accept: false}\n")
    dropped(root)
    accept(root)
    alone = by_base(root)
    words = " ".join(llmops(root, "eval", "--base", "main").out.split())
    assert (alone.code, "nobody but the author of the change accepted it" in words) == (1, True)
    become(root, "Bob")
    accept(root, "I looked at it")
    assert [row["by"] for row in header(root)["accepted"]["approvals"][WHAT]] == [
        "Ada <ada@example.com>",
        "Bob <bob@example.com>",
    ]
    assert by_base(root).code == 0


def test_a_name_that_made_no_commit_of_the_file_does_not_count(tmp_path: Path, provider: Provider) -> None:
    """Ada runs the command as Bob, and commits as herself."""
    root = started(tmp_path, "policy: {author_may_accept: false}\n")
    dropped(root)
    become(root, "Bob")
    accept(root)
    become(root, "Ada")
    said = by_base(root)
    assert (said.code, said.data["deciders"][0]["stops"]) == (1, True)


def test_scores_that_are_accepted_later_keep_it(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    dropped(root)
    approved(root)
    deciders = header(root)["accepted"]["deciders"]
    assert llmops(root, "eval").code in (0, 1)
    made = llmops(root, "baseline", "accept", "--all", "--reason", "One scorer")
    assert made.code == 0, made.both
    assert header(root)["accepted"]["deciders"] == deciders
    said = by_base(root)
    assert (said.code, said.data["deciders"][0]["stops"]) == (0, False), said.both


def test_a_hand_edit_of_scores_is_not_hidden_by_it(tmp_path: Path, provider: Provider) -> None:
    """A header that says more of deciders is no acceptance of other scores."""
    root = started(tmp_path)
    dropped(root)
    accept(root)
    scores = from_text((root / BASELINE_PATH).read_text("utf-8"), BASELINE_PATH)
    write(root / BASELINE_PATH, to_text(scores.without({"peru"})))
    said = by_base(root)
    (change,) = said.data["base"]["changes"]
    assert (said.code, change["policy_not_met"]) == (
        1,
        ["nobody accepted it: who and why are those of the earlier file"],
    )


def test_history_and_list_say_who_and_why(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    dropped(root)
    become(root, "Bob")
    accept(root, "Nothing says so")
    commit(root, "Accepted")
    shown = llmops(root, "baseline", "show", "--format", "markdown").out
    assert f"{WHAT} accepted by Bob: Nothing says so" in shown
    history = llmops(root, "baseline", "history", "capitals", "--format", "json").data["histories"][0]
    entries = history["entries"]
    assert [WHAT in entry["accepted"].get("deciders", {}) for entry in entries] == [True, False]
    told = llmops(root, "baseline", "history", "capitals", "--format", "markdown").out
    newest = next(line for line in told.splitlines() if "Nothing says so" in line)
    assert f"{WHAT} accepted by Bob" in newest
    assert told.count("Nothing says so") == 1


@pytest.mark.parametrize(
    ("accepted_as", "said"),
    [
        ({"deciders": ["x"]}, "`accepted.deciders` has to be a mapping of names to hashes"),
        ({"approvals": {"x": [{"by": "a"}]}}, "`accepted.approvals` has to be a mapping of names to lists"),
        ({"approvals": {"x": [{"by": 1, "reason": "", "at": ""}]}}, "`accepted.approvals` has to be"),
    ],
)
def test_a_header_that_says_something_else_is_refused(
    tmp_path: Path, provider: Provider, accepted_as: dict[str, Any], said: str
) -> None:
    root = started(tmp_path)
    with_header(root, {**header(root)["accepted"], **accepted_as})
    refused = llmops(root, "eval")
    assert (refused.code, said in refused.err) == (2, True), refused.both


def test_a_file_of_an_earlier_release_takes_it(tmp_path: Path) -> None:
    shutil.copytree(EARLIER, tmp_path, dirs_exist_ok=True)
    root = repository(tmp_path)
    git(root, "checkout", "-qb", "topic")
    write(
        root / "evalsets/passing.yaml",
        (root / "evalsets/passing.yaml").read_text("utf-8") + "gate: {alpha: 0.2}\n",
    )
    (path,) = (root / "baselines/passing").rglob("*.jsonl")
    before = path.read_text("utf-8").splitlines()
    accept(root)
    now = path.read_text("utf-8").splitlines()
    assert now[1:] == before[1:]
    assert list(json.loads(now[0])["accepted"]["deciders"]) == ["gate passing alpha"]
    said = llmops(root, "baseline", "show", "passing", "--format", "markdown")
    assert (said.code, "gate passing alpha accepted by Ada: It is right" in said.out) == (0, True)


def merging(root: Path) -> None:
    git(root, "checkout", "-q", "main")
    assert llmops(root, "baseline", "merge", "--install").code == 0
    commit(root, "Baselines are merged by case")
    driver = f"{sys.executable} -m llmops_cli baseline merge %O %A %B %P"
    git(root, "config", "merge.llmops-baseline.driver", driver)


def loosened(root: Path, name: str, rule: str, value: str) -> None:
    """A branch whose gate has one value more, which is accepted."""
    git(root, "checkout", "-q", "-b", name, "main")
    edit(root, SUITE_PATH, rule, value)
    approved(root, f"as {name} says")


def test_a_merge_keeps_what_both_sides_accepted(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    merging(root)
    loosened(root, "one", RULE, "max_drop: 0.5")
    loosened(root, "two", WORDS, "")
    git(root, "merge", "-q", "--no-edit", "one")
    rows = header(root)["accepted"]["approvals"]
    assert {what: rows[what][0]["reason"] for what in rows} == {
        "gate capitals pass_rate": "as one says",
        WHAT: "as two says",
    }
    said = evaluated(root, "--base", "main")
    assert [decider["accepted"] is None for decider in said.data["deciders"]] == [False, False]


def test_where_both_sides_accepted_one_otherwise_it_is_asked_again(
    tmp_path: Path, provider: Provider
) -> None:
    root = started(tmp_path)
    merging(root)
    loosened(root, "one", RULE, "max_drop: 0.5")
    loosened(root, "two", RULE, "max_drop: 0.4")
    git(root, "merge", "-q", "--no-edit", "-X", "ours", "one")
    assert "deciders" not in header(root)["accepted"]
    (gate,) = evaluated(root, "--base", "main").data["deciders"]
    assert gate["accepted"] is None


def test_nothing_of_it_is_left_in_a_suite_that_moved(tmp_path: Path, provider: Provider) -> None:
    """A renamed suite takes its approvals along with its baseline."""
    root = started(tmp_path)
    edit(root, SUITE_PATH, "id: capitals\n", "id: cities\nwas: capitals\n")
    dropped(root)
    approved(root)
    assert list(header(root)["accepted"]["deciders"]) == ["metric cities not-contains"]
    assert by_base(root).code == 0
    cases = (root / CASES_PATH).read_text("utf-8")
    write(root / CASES_PATH, cases + lines({"id": "chile", "country": "Chile", "expected": "no idea"}))
    assert llmops(root, "eval").code in (0, 1)
    made = llmops(root, "baseline", "accept", "--all", "--reason", "One scorer")
    assert made.code == 0, made.both
    assert not (root / BASELINE_PATH).exists()
    assert by_base(root).code == 0
