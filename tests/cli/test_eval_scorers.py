"""Scorers in a run: negated, weighted, measured, of Python, of a judge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import EQUALS, RULE, only, scoring, with_answers, words
from tests.cli.projects import (
    CASES_PATH,
    MODEL,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    capital,
    cases,
    changed,
    edit,
    evaluated,
    llmops,
    project,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.provider import Call, Provider


def test_negated_graded_and_weighted_scorers(tmp_path: Path, provider: Provider) -> None:
    files = scoring(
        EQUALS,
        "- not-contains: As an AI",
        '- levenshtein: "{{ expected }}x"\n    metric: near\n    threshold: 0.5\n    weight: 3',
    )
    said = evaluated(project(tmp_path, {**files, CASES_PATH: cases(France="Paris")}))
    assert said.code == 0, said.both
    metrics = {name: metric["now"] for name, metric in only(said)["metrics"].items()}
    near = 1 - 1 / 6
    assert metrics["near"] == pytest.approx(near)
    assert metrics["not-contains"] == 1
    assert metrics["pass_rate"] == 1
    assert metrics["score"] == pytest.approx((1 + 1 + 3 * near) / 5)


def test_a_gate_on_the_weighted_score(tmp_path: Path, provider: Provider) -> None:
    files = scoring(EQUALS, "- contains: a\n    weight: 2", rule="score: {floor: 0.99}")
    assert evaluated(project(tmp_path, files)).code == 1


def test_latency_and_cost(tmp_path: Path, provider: Provider) -> None:
    files = scoring(EQUALS, "- latency: 5", "- cost: 0.000001", rule="latency_p95: {ceiling: 5}")
    root = project(tmp_path, files)
    said = evaluated(root)
    assert said.code == 0, said.both
    metrics = only(said)["metrics"]
    assert (metrics["latency"]["now"], metrics["cost"]["now"], metrics["pass_rate"]["now"]) == (1, 0, 0)
    assert 0 < metrics["latency_p95"]["now"] < 5
    assert only(said)["cost_usd"] == pytest.approx(10 * metrics["cost_usd"]["now"])
    again = evaluated(root)
    cached = only(again)["metrics"]
    # The scorer judges by the time the answer took when it was asked for: a rerun says the same.
    assert (cached["latency"]["now"], cached["cost"]["now"]) == (1, 0)
    # The gate's latency is a measurement of live calls, and without one it cannot tell.
    assert cached["latency_p95"]["reasons"] == ["not measured: no answer was live"]
    assert cached["latency_p95"]["verdict"] == "INCONCLUSIVE"


def test_a_slow_answer_does_not_pass_when_it_is_read_again(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, scoring("- latency: 0.000001", rule="must_pass: all"))
    assert evaluated(root).code == 1
    assert provider.count == 20  # each failed must-pass case is asked again before it counts
    assert evaluated(root).code == 1
    assert provider.count == 20


def test_a_suite_in_which_nothing_decides_is_refused(tmp_path: Path, provider: Provider) -> None:
    said = evaluated(project(tmp_path, scoring("- levenshtein: Paris")))
    assert said.code == 2
    assert "no scorer decides, so every case would pass" in said.err
    assert provider.count == 0


def test_a_gate_on_a_cost_that_nobody_knows(tmp_path: Path, provider: Provider) -> None:
    files = {
        **changed(SUITE_PATH, RULE, "cost_usd: {ceiling: 1}"),
        **changed(PROMPT_PATH, MODEL, "mine/m"),
        PROJECT_PATH: f"providers:\n  mine: {{kind: openai, base_url: '{provider.openai_url}'}}\n",
    }
    said = evaluated(project(tmp_path, files))
    assert said.data["verdict"] == "ERROR"
    assert only(said)["cost_usd"] is None
    (reason,) = only(said)["metrics"]["cost_usd"]["reasons"]
    assert reason == "unknown for 10 of 10 cases: add the price under `prices:` in llmops.yaml"
    assert said.code != 0


PYTHON = "- python: scorers/tone.py:tone\n    threshold: 1"


def test_a_python_scorer_that_raises_is_an_error_and_never_a_zero(tmp_path: Path, provider: Provider) -> None:
    tone = (
        "def tone(output, case):\n    if output == 'Lima':\n        raise OSError('no Lima')\n    return 1\n"
    )
    root = project(tmp_path, {**scoring(EQUALS, PYTHON), "scorers/tone.py": tone})
    said = evaluated(root)
    assert said.code == 2
    assert said.data["verdict"] == "ERROR"
    (failure,) = only(said)["failures"]
    assert (failure["case"], failure["kind"]) == ("peru", "scorer")
    assert failure["error"] == "python: scorers/tone.py:3: OSError: no Lima"
    assert only(said)["metrics"]["python"]["now"] == 1
    assert only(said)["metrics"]["pass_rate"]["now"] == 1
    assert only(said)["metrics"]["pass_rate"]["verdict"] == "ERROR"
    assert provider.count == 10
    told = words(llmops(root, "eval").out)
    assert "mend the scorer, and judge again (what was answered is kept): llmops eval" in told
    comment = words(llmops(root, "eval", "--format", "markdown").out)
    assert "a scorer broke, which is no verdict: mend it; what was answered is kept" in comment
    assert "the outside world failed" not in comment
    edit(root, "scorers/tone.py", "raise OSError('no Lima')", "return 1")
    assert evaluated(root).code == 0
    assert provider.count == 10


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("return None", "TypeError: the function returned None; it returns True or False"),
        ("return float('nan')", "ValueError: the function returned nan"),
        ("return 7", "ValueError: the function returned 7"),
        ("import sys; sys.exit(0)", "SystemExit"),
        ("import os; os._exit(0)", "scorers/tone.py:2: SystemExit: os._exit(0) would end the run"),
    ],
)
def test_a_python_scorer_that_returns_nonsense(
    body: str, wanted: str, tmp_path: Path, provider: Provider
) -> None:
    files = {**scoring(PYTHON), "scorers/tone.py": f"def tone(output, case):\n    {body}\n"}
    said = evaluated(project(tmp_path, {**files, CASES_PATH: cases(Peru="Lima")}))
    assert said.code == 2, said.both
    assert wanted in only(said)["failures"][0]["error"]


def test_a_process_that_a_scorer_forks_may_end(tmp_path: Path, provider: Provider) -> None:
    tone = (
        "import os\n\n\ndef tone(output, case):\n    child = os.fork()\n    if child == 0:\n"
        "        os._exit(7)\n    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7\n"
    )
    files = {**scoring(PYTHON), "scorers/tone.py": tone, CASES_PATH: cases(Peru="Lima")}
    said = evaluated(project(tmp_path, files))
    assert said.code == 0, said.both
    assert only(said)["metrics"]["python"]["now"] == 1


JUDGED = (
    EQUALS,
    "- judge: {rubric: Is it polite?, model: openai/gpt-4o-2024-08-06}\n    metric: tone\n    threshold: 0.5",
)


def judging(reply: str) -> Callable[[Call], str]:
    return lambda call: reply if call.model == "gpt-4o-2024-08-06" else capital(call)


def test_a_judge(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, {**scoring(*JUDGED), CASES_PATH: cases(France="Paris", Spain="Madrid")})
    said = with_answers(judging('{"reason": "very kind", "score": 0.75}'), root)
    assert said.code == 0, said.both
    assert only(said)["metrics"]["tone"]["now"] == 0.75
    low = with_answers(judging('{"reason": "rude", "score": 0.25}'), root)
    assert low.code == 0
    assert only(low)["metrics"]["pass_rate"]["now"] == 0


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        ("quite polite", "tone: ValueError: the judge's reply is not JSON"),
        (
            '{"reason": "x", "score": 7}',
            "tone: ValueError: the judge gave the score 7, not a number from 0 to 1",
        ),
        ('{"score": 1}', "tone: ValueError: the judge gave no reason"),
        ("[]", "tone: ValueError: the judge's reply is not a JSON object"),
    ],
)
def test_a_judge_that_cannot_be_read(reply: str, wanted: str, tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, {**scoring(*JUDGED), CASES_PATH: cases(France="Paris")})
    said = with_answers(judging(reply), root)
    assert said.code != 0
    assert said.data["verdict"] == "ERROR"
    assert wanted in only(said)["failures"][0]["error"]
    assert only(said)["metrics"]["pass_rate"]["now"] is None


def test_a_judge_is_recorded_and_replayed(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path, {**scoring(*JUDGED), CASES_PATH: cases(France="Paris")})
    assert with_answers(judging('{"reason": "kind", "score": 1}'), root, "--record").code == 0
    monkeypatch.delenv("OPENAI_API_KEY")
    said = evaluated(root, "--cache", "replay")
    assert said.code == 0, said.both
    assert only(said)["metrics"]["tone"]["now"] == 1
    assert provider.count == 0


def test_what_a_scorer_prints_does_not_reach_stdout(tmp_path: Path, provider: Provider) -> None:
    files = scoring(EQUALS, "- python: scorers/loud.py:loud")
    files["scorers/loud.py"] = (
        "print('loading')\n\n\ndef loud(output, case):\n    print('judging')\n    return 1\n"
    )
    said = llmops(project(tmp_path, files), "eval", "--format", "json")
    assert json.loads(said.out)["verdict"] == "NO_BASELINE"
    assert "judging" in said.err
