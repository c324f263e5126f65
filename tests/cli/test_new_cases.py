"""`baseline accept --new-cases`: unseen cases are added, and nothing else is touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import (
    EQUALS,
    SIXTY,
    baseline_of,
    knows_all_but,
    lands,
    scoring,
    shown_with,
    with_answers,
    words,
)
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    commit,
    edit,
    git,
    lines,
    llmops,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

KNOWS = knows_all_but(range(3))
GREW = ("cases", "metrics", "digest")
"""What of a header counts or sums up the cases."""


def stored(root: Path) -> list[str]:
    return (root / BASELINE_PATH).read_text("utf-8").splitlines()


def grown(root: Path) -> Path:
    """A baseline of sixty cases, accepted by somebody and with a reason, and seventy cases on a branch."""
    baseline_of(root, KNOWS, SIXTY)
    commit(root, "accepted")
    git(root, "checkout", "-qb", "topic")
    write(root / CASES_PATH, lands(70))
    commit(root, "ten new cases")
    return root


def test_only_new_lines_are_added(tmp_path: Path, provider: Provider) -> None:
    root = grown(tmp_path)
    before = stored(root)
    worse = knows_all_but({*range(3), 40, 65})
    said = shown_with(worse, root, "--base", "main")
    assert said.code == 0
    assert "llmops baseline accept capitals --new-cases" in words(said.out)
    ten = [f"land-{number:03}" for number in range(60, 70)]
    made = llmops(root, "baseline", "accept", "capitals", "--new-cases", "--format", "json")
    assert made.code == 0, made.both
    assert made.data["added"][0]["cases"] == ten
    after = stored(root)
    assert after[1:61] == before[1:]
    assert [json.loads(line)["id"] for line in after[61:]] == [
        f"land-{number:03}" for number in range(60, 70)
    ]
    old, new = json.loads(before[0]), json.loads(after[0])
    assert {key for key in new if new[key] != old[key]} == set(GREW)
    assert list(new) == list(old)
    assert json.loads(after[41])["scores"]["pass_rate"] == [1.0]  # the case that fails now keeps its score


def test_the_file_that_grew_is_sound_and_lowers_nothing(tmp_path: Path, provider: Provider) -> None:
    root = grown(tmp_path)
    worse = knows_all_but({*range(3), 65, 66})
    with_answers(worse, root)
    assert llmops(root, "baseline", "accept", "--all", "--new-cases").code == 0
    commit(root, "their scores")
    assert llmops(root, "baseline", "verify").code == 0
    said = shown_with(worse, root, "--base", "main")
    assert said.code == 0, said.both
    assert said.out.startswith("PASSED"), said.out
    again = llmops(root, "baseline", "accept", "--all", "--new-cases")
    assert (again.code, "it has every case" in again.out) == (0, True)


def test_an_edited_case_is_no_new_one(tmp_path: Path, provider: Provider) -> None:
    named = [json.loads(line) for line in lands(20).splitlines()]
    bare = lines(*({key: case[key] for key in ("country", "expected")} for case in named))
    root = baseline_of(tmp_path, KNOWS, {CASES_PATH: bare})
    before = (root / BASELINE_PATH).read_bytes()
    edit(root, CASES_PATH, '"Land 007"', '"Land 007, please"')
    with_answers(KNOWS, root)
    assert llmops(root, "baseline", "accept", "--all", "--new-cases").code == 0
    assert (root / BASELINE_PATH).read_bytes() == before


@pytest.mark.parametrize(
    ("path", "old", "new", "others"),
    [
        (PROMPT_PATH, "Answer with one word.", "Answer briefly.", "another prompt"),
        (SUITE_PATH, EQUALS, '- icontains: "{{ expected }}"\n    metric: equals', "other scorers"),
    ],
)
def test_scores_of_another_making_are_not_mixed_in(
    path: str, old: str, new: str, others: str, tmp_path: Path, provider: Provider
) -> None:
    root = grown(tmp_path)
    edit(root, path, old, new)
    with_answers(KNOWS, root)
    before = (root / BASELINE_PATH).read_bytes()
    said = llmops(root, "baseline", "accept", "capitals", "--new-cases")
    assert said.code == 2
    assert f"this run was made with {others} than the baseline" in said.err
    assert (root / BASELINE_PATH).read_bytes() == before


def test_without_a_baseline_there_is_nothing_to_add_to(tmp_path: Path, provider: Provider) -> None:
    root = grown(tmp_path)
    git(root, "rm", "-q", BASELINE_PATH)
    with_answers(KNOWS, root)
    said = llmops(root, "baseline", "accept", "capitals", "--new-cases")
    assert said.code == 2
    assert "has no baseline that new cases could be added to\n    llmops baseline accept capitals" in said.err


def test_better_scores_come_with_the_line_that_keeps_them(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(range(20)), {**scoring(EQUALS), CASES_PATH: lands(60)})
    said = shown_with(knows_all_but(()), root)
    assert said.code == 0
    assert said.out.startswith("IMPROVED")
    assert "so that the next change is compared with them: llmops baseline accept capitals" in words(said.out)
