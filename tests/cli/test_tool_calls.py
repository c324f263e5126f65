"""Answers that call tools: their text and their calls stay apart, in baselines too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.baselines.read import from_text
from llmops_cli.baselines.write import to_text
from llmops_cli.core.canonical import text_hash
from tests.baselines.drawn import with_calls_in_texts
from tests.cli.answering import EQUALS, asking, scoring, with_answers
from tests.cli.beginnings import locked
from tests.cli.projects import (
    BASELINE_PATH,
    PROMPT_PATH,
    capital,
    changed,
    commit,
    edit,
    evaluated,
    git,
    llmops,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from llmops_cli.compare.scores import Scores
    from tests.servers.provider import Call, Provider

TOOLS = "tools:\n  - {type: function, function: {name: lookup, parameters: {type: object}}}\ninputs:"
FUNCTION = {"name": "lookup", "arguments": '{"of": "Peru"}'}
AS_TEXT = 'Lima\n{"arguments":"{\\"of\\": \\"Peru\\"}","name":"lookup"}'


class Calling:
    """Answers rightly, and calls a tool for Peru as well; each call has another id."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, call: Call) -> str | dict[str, Any]:
        if "Peru" not in call.user:
            return capital(call)
        self.calls += 1
        tool_call = {"id": f"call_{self.calls}", "type": "function", "function": FUNCTION}
        message = {"role": "assistant", "content": "Lima", "tool_calls": [tool_call]}
        return {"model": call.model, "choices": [{"message": message, "finish_reason": "tool_calls"}]}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with asking(Calling()) as running:
        yield running


CALLS = Calling()


def made(root: Path, *scorers: str, more: Mapping[str, str] | None = None) -> Path:
    """A project with an accepted baseline in which one answer calls a tool."""
    files = {**changed(PROMPT_PATH, "inputs:", TOOLS), **scoring(EQUALS, *scorers), **(more or {})}
    return locked(root, files, answer=CALLS)


def baseline(root: Path) -> Scores:
    return from_text((root / BASELINE_PATH).read_text("utf-8"), BASELINE_PATH)


def as_older(root: Path) -> None:
    """Put the file there that an llmops wrote which did not keep tool calls apart."""
    write(root / BASELINE_PATH, to_text(with_calls_in_texts(baseline(root))))


def coverage(root: Path) -> tuple[int, str]:
    said = llmops(root, "baseline", "verify")
    return said.code, " ".join(said.out.split(f"{BASELINE_PATH}\n")[1].split())


def test_a_baseline_keeps_text_and_calls_apart(tmp_path: Path, provider: Provider) -> None:
    root = made(tmp_path)
    header, *lines = map(json.loads, (root / BASELINE_PATH).read_text("utf-8").splitlines())
    assert header["schema"] == 3
    peru = next(line for line in lines if line["id"] == "peru")
    assert peru["outputs"] == ["Lima"]
    assert peru["tool_calls"] == [[{"function": FUNCTION, "type": "function"}]]
    assert peru["hashes"] == [text_hash(AS_TEXT)]
    assert [line["id"] for line in lines if "tool_calls" in line] == ["peru"]


def test_the_same_calls_are_the_same_answer_whatever_their_ids(tmp_path: Path, provider: Provider) -> None:
    root = made(tmp_path)
    before = (root / BASELINE_PATH).read_text("utf-8")
    assert evaluated(root, "--cache", "off").code == 0
    assert "unchanged, the scores are the ones" in llmops(root, "baseline", "accept", "capitals").out
    assert (root / BASELINE_PATH).read_text("utf-8") == before


def test_answers_that_call_tools_are_verified(tmp_path: Path, provider: Provider) -> None:
    root = made(tmp_path)
    assert coverage(root) == (0, "recomputed 10 of 10 cases: equals, pass_rate")
    edit(root, BASELINE_PATH, '"name": "lookup"', '"name": "delete"')
    said = llmops(root, "baseline", "verify")
    assert said.code == 1
    assert "an output is not the one its hash was made of" in " ".join(said.out.split())


def test_a_scorer_gets_the_calls_that_are_kept(tmp_path: Path, provider: Provider) -> None:
    function = (
        "def looked_up(output, case):\n"
        "    return [call['function']['name'] for call in case.answer.tool_calls] == ['lookup']\n"
    )
    entry = "- python: scorers/calls.py:looked_up\n    metric: looks_up"
    root = made(tmp_path, entry, more={"scorers/calls.py": function})
    assert baseline(root).metrics["looks_up"] == 0.1
    assert coverage(root) == (0, "recomputed 10 of 10 cases: equals, looks_up, pass_rate")


def test_an_older_file_is_read_and_verified_as_ever(tmp_path: Path, provider: Provider) -> None:
    root = made(tmp_path)
    as_older(root)
    assert '"schema": 2' in (root / BASELINE_PATH).read_text("utf-8")
    assert coverage(root) == (
        0,
        "recomputed 9 of 10 cases: equals, pass_rate; not recomputed: 1 case (the answer calls tools)",
    )
    said = evaluated(root)
    assert (said.code, said.data["verdict"]) == (0, "PASSED")


def test_accepting_the_same_answers_again_brings_an_older_file_up_to_date(
    tmp_path: Path, provider: Provider
) -> None:
    root = made(tmp_path)
    newer = (root / BASELINE_PATH).read_text("utf-8")
    as_older(root)
    commit(root, "As it was")
    git(root, "checkout", "-q", "-b", "topic")
    assert "1 written in the present form" in llmops(root, "baseline", "accept", "capitals").out
    assert (root / BASELINE_PATH).read_text("utf-8") == newer
    commit(root, "Upgrade")
    said = evaluated(root, "--base", "main")
    assert said.code == 0, said.both
    assert [change["policy_not_met"] for change in said.data["base"]["changes"]] == [[]]


def test_a_run_shows_the_calls_of_an_answer(tmp_path: Path, provider: Provider) -> None:
    root = made(tmp_path)
    shown = llmops(root, "runs", "show", "--format", "markdown").out
    (peru,) = [row for row in shown.splitlines() if row.startswith("| peru")]
    assert 'Lima lookup({"of": "Peru"})' in peru.replace("\\", "")
    only_calls = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": FUNCTION}]}
    provider._answer = lambda call: {
        "model": call.model,
        "choices": [{"message": only_calls, "finish_reason": "tool_calls"}],
    }
    assert llmops(root, "eval", "--cache", "off").code == 1
    shown = llmops(root, "runs", "show", "--format", "markdown").out
    assert shown.replace("\\", "").count('lookup({"of": "Peru"})') == 10


def test_reports_show_the_answer_with_its_calls(tmp_path: Path, provider: Provider) -> None:
    root = made(tmp_path)
    commit(root, "First")
    case = llmops(root, "runs", "show", "--case", "peru", "--format", "json").data["subjects"][0]
    assert [point["outputs"] for point in case["history"]] == [[AS_TEXT]]
    said = with_answers(lambda call: "Cusco" if "Peru" in call.user else capital(call), root)
    (flip,) = said.data["subjects"][0]["flips"]
    assert (flip["before"], flip["now"]) == (AS_TEXT, "Cusco")
