"""What an approval of a changed decider is worth: of this very step, of what is judged, by whom."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.approving import (
    APPROVALS,
    RULE,
    accept,
    approved,
    by_base,
    dropped,
    header,
    started,
    with_header,
)
from tests.cli.projects import (
    BASELINE_PATH,
    PROJECT_PATH,
    SUITE,
    SUITE_PATH,
    commit,
    edit,
    evaluated,
    git,
    llmops,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

ACCEPTING = ("baseline", "accept", "--deciders", "--base", "main", "--reason", "It is right")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"equals": [1.0]', '"equals": [0.0]', "the header's metrics are not those of the cases: edited?"),
        ('"reason": ""', '"reason": "x"', "the digest is not that of the file: it was edited by hand"),
        ('"accepted": {', '"accepted": {"deciders": [], ', "has to be a mapping of names to hashes"),
        ('"id": "cuba"', '"id": ', "1"),
    ],
)
def test_accepting_signs_no_baseline_that_was_edited_by_hand(
    tmp_path: Path, provider: Provider, old: str, new: str, told: str
) -> None:
    """The new digest of the file would hide the edit."""
    root = started(tmp_path)
    edit(root, SUITE_PATH, RULE, "max_drop: 0.06")
    edit(root, BASELINE_PATH, old, new)
    commit(root, "Tolerate more")
    edited = (root / BASELINE_PATH).read_bytes()
    judged, refused = llmops(root, "eval", "--base", "main"), llmops(root, *ACCEPTING)
    assert (judged.code, refused.code, told in refused.err) == (2, 2, True), refused.both
    assert refused.err == judged.err
    assert ((root / BASELINE_PATH).read_bytes(), (root / APPROVALS).exists()) == (edited, False)


def test_accepting_needs_the_baseline_that_git_knows(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    dropped(root)
    (root / BASELINE_PATH).unlink()
    judged, refused = llmops(root, "eval", "--base", "main"), llmops(root, *ACCEPTING)
    assert (judged.code, refused.code) == (2, 2)
    assert "the committed baseline is gone from the disk" in refused.err
    assert not (root / APPROVALS).exists()


def test_an_approval_of_one_metric_is_none_of_another(tmp_path: Path, provider: Provider) -> None:
    """The step from one value to the other is the same; somebody who makes the digest anew moves the line."""
    root = started(tmp_path, suite=f"{SUITE}  equals: {{max_drop: 0.05}}\n")
    edit(root, SUITE_PATH, f"equals: {{{RULE}}}", "equals: {max_drop: 0.5}")
    approved(root)
    (gate,) = by_base(root).data["deciders"]
    assert (gate["name"], gate["accepted"]["by"]) == ("equals", "Bob <bob@example.com>")
    edit(root, SUITE_PATH, "equals: {max_drop: 0.5}", f"equals: {{{RULE}}}")
    edit(root, SUITE_PATH, f"pass_rate: {{{RULE}}}", "pass_rate: {max_drop: 0.5}")
    moved = json.dumps(header(root)["accepted"]).replace("gate capitals equals", "gate capitals pass_rate")
    with_header(root, json.loads(moved))
    (gate,) = by_base(root).data["deciders"]
    assert (gate["name"], gate["accepted"]) == ("pass_rate", None)


def test_an_approval_of_one_provider_is_none_of_another(tmp_path: Path, provider: Provider) -> None:
    entry = "{kind: openai, base_url: 'http://127.0.0.1:9/v1', api_key_env: GW_KEY}"
    root = started(tmp_path)
    edit(root, PROJECT_PATH, "max_attempts: 2\n", f"max_attempts: 2\nproviders: {{gw: {entry}}}\n")
    approved(root)
    assert by_base(root).code == 0
    edit(root, PROJECT_PATH, "gw:", "gx:")
    edit(root, APPROVALS, "provider gw", "provider gx")
    said = by_base(root)
    (decider,) = said.data["deciders"]
    assert (said.code, decider["name"], decider["stops"]) == (1, "gx", True)


def test_an_approval_does_not_come_along_from_another_branch(tmp_path: Path, provider: Provider) -> None:
    """Bob accepted the looser gate for what the other branch held, and not for what comes next to it here."""
    root = started(tmp_path, "policy: {author_may_accept: false}\n")
    edit(root, SUITE_PATH, RULE, "max_drop: 0.5")
    approved(root)
    assert by_base(root).data["deciders"][0]["accepted"]["by"] == "Bob <bob@example.com>"
    given_on = git(root, "rev-parse", "--short=10", "topic~1").strip()
    git(root, "checkout", "-qb", "second", "main")
    write(root / "notes.txt", "Another change\n")
    commit(root, "Notes")
    git(root, "cherry-pick", "topic~1", "topic")
    (gate,) = by_base(root).data["deciders"]
    assert (gate["kind"], gate["accepted"]) == ("gate", None)
    why = f"the acceptance was given on {given_on}, which is no commit of this change: accept again"
    assert why in " ".join(llmops(root, "eval", "--base", "main").out.split())
    approved(root, "Here as well")
    assert by_base(root).data["deciders"][0]["accepted"]["reason"] == "Here as well"


def test_an_approval_stays_while_the_branch_takes_up_main(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, "policy: {author_may_accept: false}\n")
    edit(root, SUITE_PATH, RULE, "max_drop: 0.5")
    approved(root)
    git(root, "checkout", "-q", "main")
    write(root / "notes.txt", "Somebody else's change\n")
    commit(root, "Notes")
    git(root, "checkout", "-q", "topic")
    git(root, "merge", "-q", "--no-edit", "main")
    assert by_base(root).data["deciders"][0]["accepted"]["by"] == "Bob <bob@example.com>"
    shallow = tmp_path.parent / f"{tmp_path.name}-clone"
    git(root, "clone", "-q", "--depth", "3", "--no-single-branch", root.as_uri(), str(shallow))
    assert evaluated(shallow, "--base", "origin/main").data["deciders"][0]["accepted"] is not None


def test_who_alone_wrote_the_change_may_amend_and_rebase_it(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, SUITE_PATH, RULE, "max_drop: 0.5")
    commit(root, "Tolerate more")
    accept(root)
    git(root, "add", "-A")
    git(root, "commit", "-q", "--no-gpg-sign", "--amend", "-m", "Tolerate more, accepted")
    git(root, "checkout", "-q", "main")
    write(root / "notes.txt", "Somebody else's change\n")
    commit(root, "Notes")
    git(root, "checkout", "-q", "topic")
    git(root, "rebase", "-q", "main")
    assert by_base(root).data["deciders"][0]["accepted"]["by"] == "Ada <ada@example.com>"
