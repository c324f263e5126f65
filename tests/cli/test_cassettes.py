"""Recorded answers: replayed without a key, and every way to break their file is found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.broken_lines import conflict, cut, header, line
from tests.cli.projects import (
    CASES_PATH,
    CASSETTE_PATH,
    MODEL,
    PROMPT_PATH,
    accepted,
    cases,
    changed,
    edit,
    evaluated,
    llmops,
    project,
    repository,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.provider import Provider


def recorded(root: Path) -> str:
    """Record a cassette; its text."""
    said = llmops(root, "eval", "--record")
    assert said.code == 0, said.both
    assert f"git add {CASSETTE_PATH}" in said.out
    return (root / CASSETTE_PATH).read_text("utf-8")


BROKEN_CASSETTES = [
    ("of a newer schema", header(schema=3), ["1:1: schema 3 is not 2, the one this llmops reads"]),
    ("cut in a line", cut, ["line 9 is not as it was recorded", "restore the file from git", "not recorded"]),
    ("in conflict", conflict, [
        "3:1: an unsettled merge conflict\n    settle the merge: take one side, or delete the file",
        "5:1: an unsettled merge conflict",
        "7:1: an unsettled merge conflict",
    ]),
    ("that is empty", lambda text: "", ["1:1: the header is not that of a `llmops-cassette`\n"]),
    ("that is another file", lambda text: '{"kind": "x"}\n', ["1:1: the header is not that of a"]),
    ("with a broken line", line(3, "{}"), ["line 3 is not as it was recorded", "1 problem; nothing"]),
    ("of before checksums, with a broken line", lambda text: header(schema=1)(line(3, "{}")(text)), [
        "3:1: not a recorded answer: no answer, case, key, repeat",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "broken", "wanted"), BROKEN_CASSETTES, ids=[row[0].replace(" ", "-") for row in BROKEN_CASSETTES]
)
def test_a_cassette(
    name: str, broken: Callable[[str], str], wanted: list[str], tmp_path: Path, provider: Provider
) -> None:
    root = project(tmp_path)
    write(root / CASSETTE_PATH, broken(recorded(root)))
    asked = provider.count
    said = llmops(root, "eval", "--cache", "replay")
    assert said.code == 2
    assert said.out == ""
    for text in wanted:
        assert text in said.err
        assert f"{CASSETTE_PATH}:" in said.err
    assert provider.count == asked


def test_record_then_replay_without_a_key(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path)
    first = recorded(root)
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("OPENAI_BASE_URL")
    said = evaluated(root, "--cache", "replay")
    assert said.code == 0
    assert said.data["subjects"][0]["metrics"]["pass_rate"]["now"] == 1
    assert provider.count == 10
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x-1234567")
    monkeypatch.setenv("OPENAI_BASE_URL", provider.openai_url)
    assert recorded(root) == first
    assert provider.count == 10


def test_a_cassette_of_before_checksums_answers_and_the_next_recording_adds_them(
    tmp_path: Path, provider: Provider
) -> None:
    root = project(tmp_path)
    first = recorded(root)
    write(root / CASSETTE_PATH, header(schema=1)(re.sub(r', "sum": "\w+"}', "}", first)))
    assert evaluated(root, "--cache", "replay").code == 0
    assert llmops(root, "eval", "--record", "--filter", "id:peru").code == 0
    assert (root / CASSETTE_PATH).read_text("utf-8") == first, "the lines of the other cases, too"
    assert provider.count == 10


def test_a_cassette_that_lost_a_line_misses_its_case(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    write(root / CASSETTE_PATH, line(4, None)(recorded(root)))
    said = llmops(root, "eval", "--cache", "replay")
    assert said.code == 2
    assert said.err == (
        f"{CASES_PATH}:1:1: case `france` is not recorded in gpt-4o-mini-2024-07-18.jsonl; the nearest "
        "recorded one is case `spain`: 'What is the capital of Spain?'\n"
        "    run `llmops eval --record` and commit the cassette\n\n1 problem; nothing was called.\n"
    )


def test_recording_again_keeps_what_could_not_be_asked(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    recorded(root)
    provider.misbehave(400, times=1)
    assert llmops(root, "eval", "--record", "--cache", "off", "-j", "1").code == 3
    assert len((root / CASSETTE_PATH).read_text("utf-8").splitlines()) == 11
    assert llmops(root, "eval", "--cache", "replay").code == 0


def test_recording_some_cases_keeps_the_others_and_all_drops_what_is_gone(
    tmp_path: Path, provider: Provider
) -> None:
    root = project(tmp_path)
    recorded(root)
    assert llmops(root, "eval", "--record", "--filter", "id:france").code == 0
    assert len((root / CASSETTE_PATH).read_text("utf-8").splitlines()) == 11
    write(root / CASES_PATH, cases(France="Paris"))
    assert llmops(root, "eval", "--record").code == 0
    assert len((root / CASSETTE_PATH).read_text("utf-8").splitlines()) == 2


def test_the_name_of_a_model_leads_nowhere_else(tmp_path: Path, provider: Provider) -> None:
    name = "openai/../../../../outside-2024-07-18"
    root = repository(project(tmp_path / "here", changed(PROMPT_PATH, MODEL, name)))
    accepted(root, "--record")
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
    for folder in ("baselines", "cassettes"):
        (found,) = (root / folder).rglob("*.jsonl")
        assert found == root / folder / "capitals/openai/%2E%2E/%2E%2E/%2E%2E/%2E%2E/outside-2024-07-18.jsonl"
    assert llmops(root, "eval", "--cache", "replay").code == 0


def test_a_cassette_of_another_model_answers_nothing(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    write(root / CASSETTE_PATH, header(model="openai/gpt-4o-2024-08-06")(recorded(root)))
    said = llmops(root, "eval", "--cache", "replay")
    assert said.code == 2
    assert (
        f"{CASSETTE_PATH}:1: this cassette was recorded for the model `openai/gpt-4o-2024-08-06`, and "
        f"`{MODEL}` is wanted\n"
    ) in said.err
    assert provider.count == 10


def test_a_cassette_of_another_suite_answers_nothing(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    write(root / CASSETTE_PATH, header(suite="rivers")(recorded(root)))
    said = llmops(root, "eval", "--cache", "replay")
    assert said.code == 2
    assert f"{CASSETTE_PATH}:1: this cassette was recorded for the suite `rivers`" in said.err


def test_a_prompt_that_changed_since_the_recording(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    recorded(root)
    edit(root, PROMPT_PATH, "one word", "one single word")
    said = llmops(root, "eval", "--cache", "replay")
    assert said.code == 2
    assert f"{CASES_PATH}:1:1: case `france` was recorded with another prompt, params or model\n" in said.err
    assert "… and 5 more cases without a recorded answer" in said.err
    assert said.err.endswith("\n5 problems; nothing was called.\n")
    assert provider.count == 10
    assert len(list((root / ".llmops/runs").iterdir())) == 1
    resumed = llmops(root, "eval", "--cache", "replay", "--resume")
    assert resumed.code == 2
    assert "there is no unfinished run" in resumed.err


def test_a_new_case_names_the_nearest_recorded_one(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    recorded(root)
    write(root / CASES_PATH, (root / CASES_PATH).read_text() + cases(Niger="Niamey"))
    said = llmops(root, "eval", "--cache", "replay")
    assert said.code == 2
    assert (
        f"{CASES_PATH}:11:1: case `niger` is not recorded in gpt-4o-mini-2024-07-18.jsonl; the nearest"
        in said.err
    )
    assert "'What is the capital of " in said.err


def test_a_case_that_was_renamed_keeps_its_answer(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    recorded(root)
    edit(root, CASES_PATH, '"id": "peru"', '"id": "peru-2"')
    assert llmops(root, "eval", "--cache", "replay").code == 0
