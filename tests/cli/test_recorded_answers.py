"""Recorded answers that a change brings: forged ones block, new ones are told as the author's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.approving import accept, approved
from tests.cli.beginnings import on_topic, settings_of
from tests.cli.broken_lines import signed
from tests.cli.projects import (
    CASES,
    CASES_PATH,
    CASSETTE_PATH,
    MODEL,
    PROMPT_PATH,
    SUITE_PATH,
    commit,
    edit,
    evaluated,
    git,
    lines,
    llmops,
    write,
)

if TYPE_CHECKING:
    from tests.servers.provider import Provider

PRICES = f"prices: {{{MODEL}: {{input_per_million: 1, output_per_million: 2}}}}\n"


def started(folder: Path, settings: str = "") -> Path:
    """A repository with a baseline and a cassette on main, and a branch `topic` checked out."""
    return on_topic(folder, settings_of(settings), "--record")


def answered(
    root: Path, case: str, change: Callable[[dict[str, Any]], None], path: str = CASSETTE_PATH
) -> None:
    """The cassette with the answer of a case changed."""
    header, *rows = map(json.loads, (root / path).read_text("utf-8").splitlines())
    for row in rows:
        if row["case"] == case:
            change(row)
    write(root / path, lines(header, *map(signed, rows)))


def headline(root: Path, *arguments: str) -> str:
    return " ".join(llmops(root, "eval", "--base", "main", *arguments).out.partition("\n\n")[0].split())


def saying(text: str) -> Callable[[dict[str, Any]], None]:
    return lambda row: row["answer"].update(text=text)


FORGED: list[tuple[str, Callable[[dict[str, Any]], None]]] = [
    ("another text", saying("Madrid!")),
    ("fewer tokens", lambda row: row["answer"].update(usage={"input_tokens": 1, "output_tokens": 1})),
    ("a lower cost", lambda row: row["answer"].update(cost_usd=1e-12)),
    ("another reason to stop", lambda row: row["answer"].update(finish_reason="length")),
    ("a tool call", lambda row: row["answer"].update(tool_calls=[{"id": "a"}])),
    ("under another case", lambda row: row.update(case="kenya2", answer={**row["answer"], "text": "Rome"})),
]


@pytest.mark.parametrize(("name", "change"), FORGED, ids=[row[0].replace(" ", "-") for row in FORGED])
@pytest.mark.parametrize("arguments", [("--offline",), ("--cache", "replay"), ()])
def test_another_answer_to_the_same_question_blocks(
    tmp_path: Path,
    provider: Provider,
    name: str,
    change: Callable[[dict[str, Any]], None],
    arguments: tuple[str, ...],
) -> None:
    root = started(tmp_path)
    answered(root, "spain", change)
    commit(root)
    said = evaluated(root, "--base", "main", *arguments)
    assert said.code == 1, name
    (decider,) = said.data["deciders"]
    assert (decider["kind"], decider["effect"], decider["stops"]) == ("cassette", "incomparable", True)
    case = "kenya2" if name == "under another case" else "spain"
    told = f"1 recorded answer to unchanged questions is another: {case} (the run itself: "
    assert headline(root, *arguments).startswith(f"INCOMPARABLE: {CASSETTE_PATH}: {told}")
    accept(root)
    commit(root, "By the author")
    assert evaluated(root, "--base", "main", *arguments).data["deciders"][0]["stops"]
    approved(root)
    assert not evaluated(root, "--base", "main", *arguments).data["deciders"][0]["stops"]


def test_a_line_that_was_edited_without_its_checksum_is_told_and_answers_nothing(
    tmp_path: Path, provider: Provider
) -> None:
    root = started(tmp_path)
    edit(root, CASSETTE_PATH, '"text": "Madrid"', '"text": "Vigo"')
    commit(root)
    said = evaluated(root, "--base", "main", "--offline", "--cache", "replay")
    assert said.code == 2
    assert said.err.count("line 11 is not as it was recorded, and counts as not there") == 1
    assert "case `spain` is not recorded" in said.err
    assert headline(root, "--offline").startswith(f"INCOMPARABLE: {CASSETTE_PATH}: 1 recorded answer")
    assert f"{CASSETTE_PATH}:11:1: the line is not as llmops wrote it" in llmops(root, "check").both


def test_a_forged_answer_is_seen_behind_a_new_name_of_the_suite(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    path = CASSETTE_PATH.replace("/capitals/", "/cities/")
    edit(root, SUITE_PATH, "id: capitals\n", "id: cities\nwas: capitals\n")
    text = (root / CASSETTE_PATH).read_text("utf-8").replace('"suite": "capitals"', '"suite": "cities"')
    write(root / path, text)
    commit(root)
    assert evaluated(root, "--base", "main", "--offline").data["deciders"] == []
    answered(root, "peru", saying("Rome"), path)
    commit(root)
    (decider,) = evaluated(root, "--base", "main", "--offline").data["deciders"]
    assert (decider["stops"], decider["now"]["cases"]) == (True, ["peru"])


def test_a_cassette_that_cannot_be_read_at_the_base_is_no_first_one(
    tmp_path: Path, provider: Provider
) -> None:
    root = started(tmp_path)
    text = (root / CASSETTE_PATH).read_text("utf-8")
    git(root, "checkout", "-q", "main")
    write(root / CASSETTE_PATH, text + "{\n")
    commit(root)
    git(root, "checkout", "-qB", "topic")
    write(root / CASSETTE_PATH, text)
    commit(root)
    said = llmops(root, "eval", "--base", "main")
    assert said.code == 2
    assert f"main ({git(root, 'rev-parse', '--short=10', 'main').strip()}):{CASSETTE_PATH}:12" in said.err


CHILE = lines({"id": "chile", "country": "Chile", "expected": "no idea"})
HONEST: list[tuple[str, Callable[[Path], None], tuple[int, int]]] = [
    ("cases", lambda root: write(root / CASES_PATH, CASES + CHILE), (1, 11)),
    ("a prompt", lambda root: edit(root, PROMPT_PATH, "one word", "a word"), (10, 10)),
    ("a case fewer", lambda root: write(root / CASES_PATH, CASES.rpartition('{"id"')[0]), (0, 9)),
    ("the name of a case", lambda root: edit(root, CASES_PATH, '"id": "peru"', '"id": "peru-2"'), (0, 10)),
]


@pytest.mark.parametrize(("name", "change", "new"), HONEST, ids=[row[0].replace(" ", "-") for row in HONEST])
def test_answers_to_new_questions_are_normal(
    tmp_path: Path, provider: Provider, name: str, change: Callable[[Path], None], new: tuple[int, int]
) -> None:
    root = started(tmp_path)
    change(root)
    assert llmops(root, "eval", "--record").code in (0, 1), name
    commit(root)
    replayed = ("--base", "main", "--cache", "replay")
    said = evaluated(root, *replayed)
    assert said.data["deciders"] == []
    told = said.data["recorded_by_author"]
    assert (told["answers"], told["of"]) == new
    answers = f"{new[0]} answer{'s' if new[0] > 1 else ''} of {new[1]}"
    sentence = f"; {answers} recorded by the author, not asked by CI"
    assert (sentence in headline(root, *replayed[2:])) == bool(new[0])
    live = evaluated(root, "--base", "main")
    assert live.data["recorded_by_author"]["answers"] == 0, "CI asked them"


def test_layout_and_the_cost_where_the_project_has_a_price_are_no_change(
    tmp_path: Path, provider: Provider
) -> None:
    root = started(tmp_path, PRICES)
    header, *rows = (root / CASSETTE_PATH).read_text("utf-8").splitlines()
    write(root / CASSETTE_PATH, "\n".join([header, *reversed(rows)]) + "\n")
    answered(root, "spain", lambda row: row["answer"].update(cost_usd=1e-12))
    commit(root)
    assert evaluated(root, "--base", "main", "--offline").data["deciders"] == []


VERIFY = "policy: {verify_recorded: 5}\n"
REPLAYED = ("--base", "main", "--cache", "replay")


def recorded_anew(root: Path) -> None:
    """Another prompt, and its answers recorded."""
    edit(root, PROMPT_PATH, "one word", "a word")
    assert llmops(root, "eval", "--record").code == 0
    commit(root)


def test_recorded_answers_that_hold_are_asked_again_and_green(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, VERIFY)
    recorded_anew(root)
    provider.calls.clear()
    said = evaluated(root, *REPLAYED)
    assert said.code == 0, said.both
    assert len(provider.calls) == 5
    told = said.data["recorded_by_author"]
    assert (told["answers"], told["asked_again"], told["worse"], told["not_asked_again"]) == (10, 5, [], None)
    assert headline(root, "--cache", "replay").endswith(
        "10 answers of 10 recorded by the author, not asked by CI; 5 of 5 that were asked again score alike"
    )
    first = {call.user for call in provider.calls[:5]}
    assert first == {call.user for call in provider.calls[5:]}, "the commit chooses them"


FORGERIES = {
    "Paris": "Lyon",
    "Madrid": "Vigo",
    "Rome": "Bari",
    "Oslo": "Bergen",
    "Tokyo": "Osaka",
    "Lima": "Cusco",
    "Cairo": "Giza",
}
"""What the cases ask for that the model does not answer, and the author of a change writes down for it."""


def test_forged_answers_to_new_questions_are_incomparable(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, VERIFY)
    recorded_anew(root)
    rows = (root / CASSETTE_PATH).read_text("utf-8")
    git(root, "checkout", "-q", "main")
    wrong = CASES
    for city, forged in FORGERIES.items():
        wrong = wrong.replace(city, forged)
        rows = rows.replace(f'"text": "{city}"', f'"text": "{forged}"')
    header, *forged_rows = map(json.loads, rows.splitlines())
    write(root / CASES_PATH, wrong)
    commit(root)
    git(root, "checkout", "-q", "topic")
    git(root, "rebase", "-q", "main")
    write(root / CASSETTE_PATH, lines(header, *map(signed, forged_rows)))
    commit(root)
    said = evaluated(root, *REPLAYED)
    assert said.code == 1
    (decider,) = [decider for decider in said.data["deciders"] if decider["kind"] == "recording"]
    assert (decider["effect"], decider["stops"]) == ("incomparable", True)
    assert "of 5 recorded answers that were asked again score less: " in decider["text"]
    assert set(decider["now"]["cases"]) <= {"france", "spain", "italy", "norway", "japan", "peru", "egypt"}
    told = headline(root, "--cache", "replay")
    assert told.startswith(f"INCOMPARABLE: {decider['text']} (the run itself: ")


def test_where_there_is_no_key_it_is_said(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = started(tmp_path, VERIFY)
    recorded_anew(root)
    monkeypatch.delenv("OPENAI_API_KEY")
    said = evaluated(root, *REPLAYED)
    assert said.code == 0, said.both
    assert said.data["recorded_by_author"]["not_asked_again"] == "no API key for `openai`"
    told = headline(root, "--cache", "replay")
    assert told.endswith("recorded by the author, not asked by CI, nor asked again: no API key for `openai`")
