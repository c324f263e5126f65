from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.core.errors import InputError, ReplayMissError, StorageError
from llmops_cli.core.redact import Secrets
from llmops_cli.models.answer import Answer, Usage
from llmops_cli.models.cassette import Cassette
from llmops_cli.models.request import Request

TOOLS = ({"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}"}},)


def request(text: str, **params: object) -> Request:
    return Request("gw/m", ({"role": "system", "content": "s"}, {"role": "user", "content": text}), params)


def made(tmp_path: Path) -> Cassette:
    cassette = Cassette(tmp_path / "cassettes" / "s.jsonl", model="gw/m", suite="s")
    answer = Answer(
        "yes", "gw/m", "m-1", "stop", TOOLS, Usage(3, 1), 0.25, latency_s=1.5, request_id="r", attempts=3
    )
    cassette.put(request("is it?"), 0, answer, case="b")
    cassette.put(request("is it not?"), 0, Answer("no", "gw/m"), case="a")
    cassette.put(request("judge it"), 0, Answer("5", "gw/m"), case="a", label="judge:tone")
    cassette.save()
    return cassette


def test_what_is_recorded_is_replayed_without_what_churns(tmp_path: Path) -> None:
    path = made(tmp_path).path
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == '{"kind": "llmops-cassette", "schema": 2, "model": "gw/m", "suite": "s"}'
    assert [line[:12] for line in lines[1:]] == ['{"case": "a"', '{"case": "a"', '{"case": "b"']
    assert "latency" not in lines[3]
    assert '"ask": "is it?"' in lines[3]
    answer = Cassette.load(path).answer(request("is it?"), 0, "b")
    assert answer == Answer("yes", "gw/m", "m-1", "stop", TOOLS, Usage(3, 1), 0.25, source="replay")
    assert Cassette.load(path).answer(request("judge it"), 0, "a", "judge:tone").text == "5"


def test_saving_again_gives_the_same_bytes(tmp_path: Path) -> None:
    path = made(tmp_path).path
    before = path.read_bytes()
    Cassette.load(path).save()
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o644 or path.stat().st_mode & 0o400
    assert [entry.name for entry in path.parent.iterdir()] == ["s.jsonl"]


def test_a_filtered_run_keeps_the_others_and_prune_drops_them(tmp_path: Path) -> None:
    path = made(tmp_path).path
    cassette = Cassette.load(path)
    cassette.put(request("is it, really?"), 0, Answer("yes!", "gw/m"), case="b")
    cassette.save()
    assert len(Cassette.load(path)) == 3, "the answer to the old prompt of case b is replaced"
    cassette.save(prune=True)
    assert len(Cassette.load(path)) == 1


@pytest.mark.parametrize(
    ("asked", "repeat", "case", "expected"),
    [
        (request("is it?", temperature=1), 0, "b", "another prompt, params"),
        (request("is it?"), 2, "b", "repeat 2"),
        (request("is it nott?"), 0, "c", "nearest recorded one is case `a`"),
        (request("something else entirely"), 0, "c", "not recorded"),
    ],
)
def test_a_miss_names_what_is_recorded(
    tmp_path: Path, asked: Request, repeat: int, case: str, expected: str
) -> None:
    cassette = Cassette.load(made(tmp_path).path)
    with pytest.raises(ReplayMissError, match=expected) as caught:
        cassette.answer(asked, repeat, case)
    assert "llmops eval --record" in caught.value.hint
    assert not caught.value.retryable


def test_a_renamed_case_keeps_its_answer(tmp_path: Path) -> None:
    assert Cassette.load(made(tmp_path).path).answer(request("is it?"), 0, "renamed").text == "yes"


def without_sums(text: str) -> str:
    """The same cassette, as llmops wrote it before lines had checksums."""
    return re.sub(r', "sum": "\w{16}"}', "}", text).replace('"schema": 2', '"schema": 1')


def test_faulty_files_name_the_line(tmp_path: Path) -> None:
    path = made(tmp_path).path
    good = without_sums(path.read_text(encoding="utf-8"))
    lines = good.splitlines()
    faults = {
        "\n".join([*lines[:2], "<<<<<<< ours", *lines[2:], ""]): (3, "merge conflict"),
        good[:-20]: (4, "cut short"),
        "\n".join([*lines, lines[1], ""]): (5, "twice"),
        "\n".join([*lines, "[]", ""]): (5, "not a JSON object"),
        "\n".join([*lines, '{"case": "x"}', ""]): (5, "no answer, key, repeat"),
        good.replace('"yes"', "7"): (4, "`text` of the answer is odd"),
        good.replace('"input_tokens": 3', '"input_tokens": 1e999'): (4, "usage.input_tokens"),
        good.replace('"yes"', "[" * 100_000 + "]" * 100_000): (4, "nested more than 200 levels deep"),
        '{"hello": 1}\n': (1, "header"),
        "": (1, "header"),
        good.replace('"schema": 1', '"schema": 3'): (1, "schema 3"),
    }
    for text, (line, message) in faults.items():
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=message) as caught:
            Cassette.load(path, root=tmp_path)
        assert caught.value.problems[0].line == line
        assert caught.value.problems[0].path == "cassettes/s.jsonl"


def test_a_cassette_without_checksums_is_read_and_saved_with_them(tmp_path: Path) -> None:
    path = made(tmp_path).path
    text = path.read_text(encoding="utf-8")
    path.write_text(without_sums(text), encoding="utf-8")
    Cassette.load(path).save()
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"yes"', '"no!"'),
        ('"repeat": 0, "key"', '"repeat": 1, "key"'),
        ('"ask": "is it?", ', ""),
        ('"yes"', "["),
        ('"sum": "', '"sum": "0'),
    ],
)
def test_a_line_that_was_edited_answers_nothing_and_is_named(tmp_path: Path, old: str, new: str) -> None:
    path = made(tmp_path).path
    *others, last = path.read_text(encoding="utf-8").splitlines()
    assert old in last
    path.write_text("\n".join([*others, last.replace(old, new), ""]), encoding="utf-8")
    cassette = Cassette.load(path, root=tmp_path)
    assert len(cassette) == 2
    assert cassette.find(request("is it?"), 0, "b") is None
    assert [fault.place for fault in cassette.faults] == ["cassettes/s.jsonl:4:1"]


def test_a_checkout_with_other_line_ends_reads_the_same(tmp_path: Path) -> None:
    path = made(tmp_path).path
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(Cassette.load(path)) == 3


def test_a_missing_file_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="--record"):
        Cassette.load(tmp_path / "none.jsonl")


def test_keys_are_neither_written_nor_read(tmp_path: Path) -> None:
    question = request("my key sk-abcdefghij1234567890")
    cassette = Cassette(tmp_path / "s.jsonl", model="gw/m", suite="s")
    cassette.put(question, 0, Answer("it is hunter22", "gw/m"), case="a")
    cassette.save()
    assert "sk-abc" not in cassette.path.read_text(encoding="utf-8")
    later = Cassette.load(cassette.path, secrets=Secrets(["hunter22"]))
    assert later.answer(question, 0, "a").text == "it is [redacted]"


TEXT = st.text(st.characters(), max_size=40)


COUNT = st.none() | st.integers(0, 10**9)
ROWS = st.tuples(
    st.builds(
        Answer,
        text=TEXT,
        requested=st.just("gw/m"),
        resolved=st.none() | TEXT,
        finish_reason=st.none() | TEXT,
        tool_calls=st.lists(st.dictionaries(TEXT, TEXT, max_size=2), max_size=2).map(tuple),
        usage=st.builds(Usage, input_tokens=COUNT, output_tokens=COUNT, reasoning_tokens=COUNT),
        cost_usd=st.none() | st.floats(0, 9),
        latency_s=st.none() | st.floats(0, 9),
    ),
    st.fixed_dictionaries({"case": TEXT, "label": st.sampled_from(["", "judge:tone"])}),
    st.integers(0, 3),
    TEXT,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, max_size=6))
def test_every_recorded_answer_is_read_back(rows: list[tuple[Answer, dict[str, str], int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cassette = Cassette(Path(folder) / "c.jsonl", model="gw/m", suite="s")
        for answer, place, repeat, ask in rows:
            cassette.put(request(ask), repeat, answer, **place)
        cassette.save()
        first = cassette.path.read_bytes()
        again = Cassette.load(cassette.path)
        for _, place, repeat, ask in rows:
            expected = cassette.answer(request(ask), repeat, **place)
            assert again.answer(request(ask), repeat, **place) == expected
        again.save()
        assert again.path.read_bytes() == first
