"""What an approval of a changed decider is worth: of this very step, of what is judged, by whom."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.approving import (
    APPROVALS,
    RULE,
    approved,
    by_base,
    dropped,
    header,
    started,
    with_header,
)
from tests.cli.projects import BASELINE_PATH, PROJECT_PATH, SUITE, SUITE_PATH, commit, edit, llmops

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
