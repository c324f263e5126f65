"""What an approval of a changed decider is worth: of this very step, of what is judged, by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.approving import APPROVALS, RULE, dropped, started
from tests.cli.projects import BASELINE_PATH, SUITE_PATH, commit, edit, llmops

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
