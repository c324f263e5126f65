"""What a run asks: files of every editor and script, conversations, partials, several models and versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.answering import only, with_answers, wrong
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    KEY,
    MODEL,
    PROJECT_PATH,
    PROMPT,
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    capital,
    changed,
    commit,
    edit,
    evaluated,
    lines,
    llmops,
    project,
    repository,
    write,
)
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Call


def test_another_model(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    other = "openai/gpt-4o-2024-08-06"
    said = evaluated(root, "--model", other, "--model", MODEL)
    assert said.code == 0
    assert [subject["model"] for subject in said.data["subjects"]] == [other, MODEL]
    assert provider.count == 20
    assert {call.model for call in provider.calls} == {"gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18"}


def test_a_matrix_of_models_has_a_baseline_each(tmp_path: Path, provider: Provider) -> None:
    other = "openai/gpt-4o-2024-08-06"
    root = repository(project(tmp_path, changed(SUITE_PATH, "cases:", f"models: [{MODEL}, {other}]\ncases:")))
    accepted(root)
    assert (root / BASELINE_PATH).is_file()
    assert (root / f"baselines/capitals/{other}.jsonl").is_file()
    assert evaluated(root).data["verdict"] == "PASSED"


def test_an_earlier_version_of_the_prompt(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    new = PROMPT.replace("1.0.0", "1.1.0").replace("one word", "one short word")
    write(root / PROMPT_PATH, new)
    commit(root)
    said = evaluated(root, "--prompt", "capital@1.0.0")
    assert said.code == 0, said.both
    assert only(said)["prompt"] == "capital@1.0.0"
    assert {call.body["messages"][0]["content"] for call in provider.calls} == {"Answer with one word."}
    missing = evaluated(root, "--prompt", "capital@9.0.0")
    assert missing.code == 2
    assert missing.err == (
        f"version 9.0.0 of `capital` is not in the git history of {PROMPT_PATH}\n    did you mean `1.0.0`?\n"
    )


def test_a_suite_may_pin_an_earlier_version(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    write(root / PROMPT_PATH, PROMPT.replace("1.0.0", "2.0.0").replace("one word", "a word"))
    edit(root, SUITE_PATH, "prompt: capital", "prompt: capital@1.0.0")
    commit(root)
    assert only(evaluated(root))["prompt"] == "capital@1.0.0"
    assert provider.calls[0].body["messages"][0]["content"] == "Answer with one word."


def test_words_stay_words(tmp_path: Path, provider: Provider) -> None:
    rows = (
        "- {id: norway, country: no, expected: no}\n"
        "- {id: on, country: on, expected: on}\n"
        "- {id: day, country: 2024-01-01, expected: 2024-01-01}\n"
        "- {id: sexagesimal, country: '22:22', expected: 22:22}\n"
    )
    files = {**changed(SUITE_PATH, "capitals.jsonl", "cases.yaml"), "evalsets/cases.yaml": rows}
    root = project(tmp_path, files)
    said = with_answers(lambda call: call.user.removeprefix("What is the capital of ").rstrip("?"), root)
    assert said.code == 0, said.both
    assert only(said)["metrics"]["pass_rate"]["now"] == 1


@pytest.mark.parametrize("form", ["bom", "crlf"])
def test_files_of_other_editors(form: str, tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    write(root / "evalsets/more.csv", "id,country,expected\nchina,China,no idea\n")
    edit(root, SUITE_PATH, "capitals.jsonl", "[capitals.jsonl, more.csv]")
    plain = only(evaluated(root))
    for path in (PROJECT_PATH, PROMPT_PATH, SUITE_PATH, CASES_PATH, "evalsets/more.csv"):
        data = (root / path).read_bytes()
        (root / path).write_bytes(b"\xef\xbb\xbf" + data if form == "bom" else data.replace(b"\n", b"\r\n"))
    said = evaluated(root)
    assert said.code == 0, said.both
    assert only(said) == {**plain, "metrics": only(said)["metrics"]}
    assert provider.count == 11


def test_names_of_every_script(tmp_path: Path, provider: Provider) -> None:
    row = {"id": "日本/東京 🗼", "country": "Japan", "expected": "Tokyo", "tags": ["größe"]}
    files = {
        **changed(SUITE_PATH, "capitals.jsonl", "fälle-日本.jsonl"),
        "evalsets/fälle-日本.jsonl": lines(row),
    }
    root = repository(project(tmp_path / "projekt ü", files))
    accepted(root)
    assert "日本/東京 🗼" in (root / BASELINE_PATH).read_text("utf-8")
    said = with_answers(wrong("Japan"), root, "--filter", "tag:größe")
    assert [flip["case"] for flip in only(said)["flips"]] == ["日本/東京 🗼"]
    assert llmops(root, "runs", "show", "--case", "日本/東京 🗼").code == 0


def test_a_value_of_two_megabytes(tmp_path: Path, provider: Provider) -> None:
    row = {"id": "long", "country": "Japan" + "x" * 2_000_000, "expected": "Tokyo"}
    root = project(tmp_path, {CASES_PATH: lines(row)})
    assert evaluated(root).code == 0
    assert len(provider.calls[0].user) > 2_000_000
    assert len(llmops(root, "eval").out) < 5_000


def test_a_conversation(tmp_path: Path, provider: Provider) -> None:
    row = {
        "id": "turn",
        "country": "Japan",
        "expected": "Tokyo",
        "messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}],
    }
    assert evaluated(project(tmp_path, {CASES_PATH: lines(row)})).code == 0
    roles = [message["role"] for message in provider.calls[0].body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]


def test_partials_and_params_reach_the_model(tmp_path: Path, provider: Provider) -> None:
    files = {
        **changed(PROMPT_PATH, "Answer with one word.", "\"{% include '_tone.j2' %}\""),
        "prompts/_tone.j2": "Be {# a note #}kind to {{ country }}.",
    }
    root = repository(project(tmp_path, files))
    accepted(root)
    body = provider.calls[0].body
    assert body["messages"][0]["content"].startswith("Be kind to ")
    assert body["temperature"] == 0
    edit(root, "prompts/_tone.j2", "kind", "nice")
    edit(root, PROMPT_PATH, "temperature: 0", "temperature: 1")
    said = evaluated(root)
    assert only(said)["changed_since_baseline"] == ["included partials", "params (temperature 0 → 1)"]
    assert provider.count == 20


def test_the_provider_changed_the_model(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)

    def renamed(call: Call) -> dict[str, Any]:
        message = {"role": "assistant", "content": capital(call)}
        return {"model": "gpt-4o-mini-2025-01-01", "choices": [{"message": message, "finish_reason": "stop"}]}

    said = with_answers(renamed, root)
    assert only(said)["changed_since_baseline"] == [
        "the provider changed the model: gpt-4o-mini-2024-07-18 → gpt-4o-mini-2025-01-01"
    ]


def test_many_calls_at_once_and_one_at_a_time(tmp_path: Path) -> None:
    root = project(tmp_path)
    for jobs, most in (("1", 1), ("4", 4)):
        with Provider(capital, delay_s=0.02) as slow, pytest.MonkeyPatch.context() as patch:
            patch.setenv("OPENAI_BASE_URL", slow.openai_url)
            patch.setenv("OPENAI_API_KEY", KEY)
            assert evaluated(root, "--cache", "off", "-j", jobs).code == 0
            assert slow.most_at_once == most
