"""How many runs somebody could choose from stands beside what they accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.answering import asking, with_answers, words, wrong
from tests.cli.approving import header, with_header
from tests.cli.beginnings import on_topic
from tests.cli.policy.changes import ALONE
from tests.cli.projects import (
    CASES_PATH,
    PROJECT_PATH,
    PROMPT_PATH,
    commit,
    edit,
    evaluated,
    llmops,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.projects import Said
    from tests.servers.provider import Provider


def looks(root: Path, *lost: str) -> None:
    """Ask again, once for each country that the model does not know this time."""
    for name in lost:
        assert with_answers(wrong(name), root).code in (0, 1)


def accept(root: Path, *arguments: str) -> Said:
    made = llmops(root, "baseline", "accept", "capitals", "--reason", "Good enough", *arguments)
    assert made.code == 0, made.both
    return made


def looked_at(root: Path) -> int:
    count: int = header(root)["accepted"]["runs_looked_at"]
    return count


@pytest.fixture
def root(tmp_path: Path) -> Path:
    started = on_topic(tmp_path, {PROJECT_PATH: f"name: demo\nmax_attempts: 2\n{ALONE}"})
    edit(started, PROMPT_PATH, "Answer with one word.", "Answer in one word.")
    return started


def test_every_other_run_of_the_same_inputs_counts(root: Path) -> None:
    looks(root, "France", "Spain", "Italy")
    made = accept(root)
    assert looked_at(root) == 3
    told = "one of 3 runs of the same inputs with other answers or scores"
    assert told in words(made.out)
    assert told in words(llmops(root, "baseline", "show").out)
    commit(root, "Accepted")
    assert told in words(llmops(root, "baseline", "history", "capitals").out)
    (shown,) = llmops(root, "baseline", "show", "--format", "json").data["baselines"]
    assert shown["accepted"]["runs_looked_at"] == 3


def test_the_reviewer_of_a_lowered_baseline_reads_it(root: Path) -> None:
    looks(root, "France", "Spain")
    accept(root)
    commit(root, "Accepted")
    with asking(wrong("Spain")):
        for form in ("terminal", "markdown"):
            shown = words(llmops(root, "eval", "--base", "main", "--format", form).out)
            assert "accepted was one of 2 runs of the same inputs with other answers or scores" in shown
        (subject,) = evaluated(root, "--base", "main").data["subjects"]
    assert subject["baseline"]["runs_looked_at"] == 2


def test_the_same_answers_are_one_look(root: Path) -> None:
    """From the cache, and asked anew: the file stays as it is however often somebody runs it."""
    looks(root, "France", "France")
    with asking(wrong("France")):
        for _ in range(3):
            assert evaluated(root).code in (0, 1)
    made = accept(root, "--from", newest(root))
    assert (looked_at(root), "one of" in made.out) == (1, False)


def newest(root: Path) -> str:
    name: str = llmops(root, "runs", "list", "--format", "json").data["runs"][0]["id"]
    return name


def test_runs_of_other_inputs_are_no_choice(root: Path) -> None:
    looks(root, "France")
    edit(root, CASES_PATH, '"expected": "Madrid"', '"expected": "Burgos"')
    looks(root, "Spain")
    edit(root, CASES_PATH, '"expected": "Burgos"', '"expected": "Madrid"')
    edit(root, PROMPT_PATH, "Answer in one word.", "Say one word.")
    looks(root, "Italy")
    assert with_answers(wrong("Peru"), root, "--filter", "id:france").code in (0, 1)
    assert with_answers(wrong("Peru"), root, "--shard", "1/2").code == 0
    accept(root)
    assert looked_at(root) == 1


def test_a_run_that_failed_is_no_choice(root: Path) -> None:
    assert with_answers(lambda call: {"error": "no"}, root).code == 3
    looks(root, "Italy")
    accept(root)
    assert looked_at(root) == 1


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "3"])
def test_it_is_a_whole_number(root: Path, idle: Provider, value: Any) -> None:
    with_header(root, {**header(root)["accepted"], "runs_looked_at": value})
    said = llmops(root, "check")
    assert said.code == 2
    assert "`accepted.runs_looked_at` has to be a whole number from 1 on, found" in words(said.both)
