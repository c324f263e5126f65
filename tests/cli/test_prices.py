"""Prices that move: stored usage is priced anew, and a price makes no run better or worse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.answering import asking
from tests.cli.beginnings import on_topic
from tests.cli.projects import (
    BASELINE_PATH,
    MODEL,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    capital,
    changed,
    commit,
    edit,
    evaluated,
    git,
    lines,
    llmops,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.projects import Said
    from tests.servers.provider import Call, Provider

GATE = "gate:\n  pass_rate: {max_drop: 0.05}\n"
RISE = GATE + "  cost_usd: {max_rise: 10%}\n"
CEILING = GATE + "  cost_usd: {ceiling: 0.00002}\n"


def prices(per_input: float, per_output: float) -> str:
    entry = f"{{input_per_million: {per_input}, output_per_million: {per_output}}}"
    return f"name: demo\nmax_attempts: 2\nprices: {{{MODEL}: {entry}}}\n"


def counting(call: Call) -> dict[str, Any]:
    """A model that knows its geography and counts each letter of the question as a token."""
    text = capital(call)
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    letters = sum(len(str(message["content"])) for message in call.body["messages"])
    usage = {"prompt_tokens": letters, "completion_tokens": len(text)}
    return {"id": "1", "object": "chat.completion", "model": call.model, "choices": [choice], "usage": usage}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with asking(counting) as running:
        yield running


def started(folder: Path, gate: str = RISE) -> Path:
    """A repository with an accepted baseline at 1 and 2 dollars a million on main, on a branch `topic`."""
    files = {PROJECT_PATH: prices(1, 2)} | changed(SUITE_PATH, GATE, gate)
    return on_topic(folder, files, answer=counting)


def cost(said: Said) -> dict[str, Any]:
    """The comparison of the cost."""
    (subject,) = said.data["subjects"]
    found: dict[str, Any] = subject["metrics"]["cost_usd"]
    return found


def headline(root: Path, *arguments: str) -> str:
    return " ".join(llmops(root, "eval", *arguments).out.partition("\n\n")[0].split())


def without_price(root: Path) -> None:
    """The baseline as a release wrote it that kept no prices."""
    header, *rows = map(json.loads, (root / BASELINE_PATH).read_text("utf-8").splitlines())
    assert header.pop("prices") == {MODEL: {"input_per_million": 1.0, "output_per_million": 2.0}}
    header["schema"] = 1
    del header["digest"], header["judges"], header["messages"], header["includes"]
    write(root / BASELINE_PATH, lines(header, *rows))


@pytest.mark.parametrize("old", [False, True], ids=["a price in the header", "an older file"])
@pytest.mark.parametrize("arguments", [("--base", "main"), ()], ids=["beside a base", "alone"])
@pytest.mark.parametrize("factor", [0.0001, 3])
def test_another_price_is_no_other_cost(
    tmp_path: Path, provider: Provider, old: bool, arguments: tuple[str, ...], factor: float
) -> None:
    root = started(tmp_path)
    if old:
        git(root, "checkout", "-q", "main")
        without_price(root)
        commit(root)
        git(root, "checkout", "-qB", "topic")
    write(root / PROJECT_PATH, prices(1 * factor, 2 * factor))
    commit(root)
    said = evaluated(root, *arguments)
    assert said.code == 0, said.both
    assert (cost(said)["verdict"], cost(said)["change"]) == ("PASSED", 0)
    (repriced,) = said.data["repriced"]
    assert [repriced[side]["verdict"] for side in ("before", "now")] == ["PASSED", "PASSED"]
    told = headline(root, *arguments)
    assert told.startswith("PASSED")
    moved = f"in $1 → ${1 * factor:g}, out $2 → ${2 * factor:g} per million tokens"
    assert f"the price of {MODEL} changed ({moved}): " in told
    assert told.endswith("cost_usd is PASSED at both")


def test_a_lower_price_hides_no_longer_prompt(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    write(root / PROJECT_PATH, prices(0.0001, 0.0002))
    edit(root, PROMPT_PATH, "Answer with one word.", f"Answer with one word. {'Think of it twice. ' * 20}")
    commit(root)
    said = evaluated(root, "--base", "main")
    assert (said.code, cost(said)["verdict"]) == (1, "REGRESSED")
    assert [decider["kind"] for decider in said.data["deciders"]] == ["price"]
    assert "cost_usd is REGRESSED at both" in headline(root, "--base", "main")


def test_a_ceiling_that_only_the_new_price_keeps_is_said_first(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, CEILING.replace("0.00002", "0.01"))
    edit(root, SUITE_PATH, "ceiling: 0.01", "ceiling: 0.0000001")
    write(root / PROJECT_PATH, prices(0.00001, 0.00002))
    commit(root)
    said = evaluated(root, "--base", "main")
    assert said.code == 0, "by the rules of the base and at the price of today it is below the ceiling"
    told = headline(root, "--base", "main")
    assert "cost_usd is REGRESSED at the price before and PASSED at that of today" in told


def test_a_price_that_is_the_same_otherwise_written_is_none(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, PROJECT_PATH, "input_per_million: 1,", "cached_per_million: 1, input_per_million: 1.0,")
    commit(root)
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["repriced"], said.data["deciders"]) == (0, [], [])


def test_without_a_rule_about_costs_a_price_is_only_listed(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, GATE)
    write(root / PROJECT_PATH, prices(3, 4))
    commit(root)
    said = evaluated(root, "--base", "main")
    assert said.code == 0
    (decider,) = said.data["deciders"]
    moved = "in $1 → $3, out $2 → $4 per million tokens"
    assert decider["text"] == f"llmops.yaml: the price of {MODEL} {moved}"
    assert "price" not in headline(root, "--base", "main")


def test_a_baseline_accepted_at_a_higher_price_is_not_lowered(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    write(root / PROJECT_PATH, prices(3, 6))
    accepted(root)
    commit(root)
    said = evaluated(root, "--base", "main")
    assert said.code == 0
    assert not headline(root, "--base", "main").startswith("LOWERED")


def test_kept_answers_cost_what_the_project_says_today(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    asked = len(provider.calls)
    before = cost(evaluated(root))["now"]
    write(root / PROJECT_PATH, prices(10, 20))
    assert cost(evaluated(root))["now"] == pytest.approx(10 * before)
    assert len(provider.calls) == asked, "they came from the cache"
