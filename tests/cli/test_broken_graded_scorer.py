"""A scorer that only measures and breaks: its metric has no value, and the verdict on the rest stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import JUDGE_MODEL, lands, only, shown_with, with_answers, words
from tests.cli.deciding.changing import SCORER, good, suite
from tests.cli.projects import CASES_PATH, SUITE_PATH, commit, edit, git, llmops, project, repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Call

pytestmark = pytest.mark.usefixtures("idle")
CASES = 40
HOLDS = "- starts-with: good"
TONE = f"- python: {SCORER}:tone\n    metric: tone"
WHOLE = "def tone(output, case):\n    return 1\n"
BROKEN = "def tone(output, case):\n    return 1 / 0 if case.id == 'land-003' else 1\n"
RULES = "pass_rate: {max_drop: 0.05}\n  tone: {max_drop: 0.05}"


def started(root: Path, scorer: str = WHOLE, rule: str = RULES, *more: str) -> Path:
    files = {SUITE_PATH: suite(HOLDS, TONE, *more, rule=rule), CASES_PATH: lands(CASES), SCORER: scorer}
    repository(project(root, {**files, ".gitignore": ".llmops/\n"}))
    if scorer is WHOLE:
        assert with_answers(good(36), root).code == 0
        assert llmops(root, "baseline", "accept", "--all", "--reason", "first").code == 0
        commit(root, "Accepted")
        git(root, "checkout", "-q", "-b", "change")
    return root


def test_the_pass_rate_has_its_verdict(tmp_path: Path) -> None:
    root = started(tmp_path)
    edit(root, SCORER, WHOLE, BROKEN)
    judged = with_answers(good(36), root)
    metrics = only(judged)["metrics"]
    assert (judged.code, only(judged)["verdict"]) == (2, "ERROR")
    assert (metrics["pass_rate"]["verdict"], metrics["pass_rate"]["now"]) == ("PASSED", 0.9)
    assert (metrics["tone"]["verdict"], metrics["tone"]["reasons"]) == (
        "ERROR",
        ["1 of 40 answers have no score of it"],
    )
    told = words(shown_with(good(36), root).out)
    assert told.startswith("ERROR: capitals tone: 1 of 40 answers have no score of it")
    assert "1 of 40 answers lack a score" in told
    assert f"scorer tone: {SCORER}:2: ZeroDivisionError: division by zero – cases: 1 (land-003)" in told


def test_worse_answers_are_a_no_beside_it(tmp_path: Path) -> None:
    root = started(tmp_path)
    edit(root, SCORER, WHOLE, BROKEN)
    judged = with_answers(good(10), root)
    assert (judged.code, only(judged)["metrics"]["pass_rate"]["verdict"]) == (1, "REGRESSED")
    assert only(judged)["metrics"]["tone"]["verdict"] == "ERROR"


def test_it_needs_no_rule_to_be_told(tmp_path: Path) -> None:
    root = started(tmp_path, BROKEN, "pass_rate: {max_drop: 0.05}")
    judged = with_answers(good(36), root)
    assert (judged.code, only(judged)["verdict"]) == (2, "ERROR")
    assert only(judged)["metrics"]["tone"]["verdict"] == "ERROR"
    refused = llmops(root, "baseline", "accept", "--all")
    assert (refused.code, "1 of 40 answers lack a score" in refused.err) == (2, True)


def test_a_scorer_that_decides_takes_the_verdict_with_it(tmp_path: Path) -> None:
    root = started(tmp_path, BROKEN)
    edit(root, SUITE_PATH, "metric: tone", "metric: tone\n    threshold: 1")
    judged = with_answers(good(36), root)
    assert (judged.code, only(judged)["metrics"]["pass_rate"]["verdict"]) == (2, "ERROR")


@pytest.mark.parametrize("threshold", ["", "\n    threshold: 0.5"])
def test_a_judge_that_cannot_be_read_is_the_outside_world(tmp_path: Path, threshold: str) -> None:
    judge = f"- judge: {{rubric: Is it polite?, model: {JUDGE_MODEL}}}\n    metric: polite{threshold}"
    root = started(tmp_path, WHOLE.replace("1", "0.5"), RULES, judge)

    def answer(call: Call) -> str:
        return '{"reason": "so", "score": 1}' if call.model not in JUDGE_MODEL else "no JSON at all"

    def both(call: Call) -> str:
        return answer(call) if call.model in JUDGE_MODEL else good(36)(call)

    judged = with_answers(both, root)
    metrics = only(judged)["metrics"]
    assert (judged.code, only(judged)["verdict"]) == (3, "ERROR")
    assert threshold or metrics["polite"]["verdict"] == "ERROR"
    assert metrics["pass_rate"]["verdict"] == ("ERROR" if threshold else "NO_BASELINE")
