"""A baseline that is written can be read back, and always has the same bytes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from llmops_cli.baselines.present_form import in_present_form
from llmops_cli.baselines.read import from_text
from llmops_cli.baselines.write import to_text
from llmops_cli.compare.scores import CaseScores, Scores
from llmops_cli.core import schema
from llmops_cli.core.canonical import text_hash
from llmops_cli.core.errors import InputError
from llmops_cli.core.source import read_json
from tests.baselines.drawn import baselines, with_calls_in_texts


@given(baselines())
def test_round_trip(baseline: Scores) -> None:
    text = to_text(baseline)
    found = from_text(text, "b.jsonl")
    assert found == baseline
    assert to_text(found) == text


@given(baselines())
def test_only_a_file_with_tool_calls_has_the_newer_form(baseline: Scores) -> None:
    text = to_text(baseline)
    calling = any(case.tool_calls for case in baseline.cases.values())
    assert json.loads(text.partition("\n")[0])["schema"] == (3 if calling else 2)
    assert ('"tool_calls": [[' in text.partition("\n")[2]) is calling
    older = with_calls_in_texts(baseline)
    assert {key: case.hashes for key, case in older.cases.items()} == {
        key: tuple(
            text_hash(said) if (said := case.said(repeat)) is not None else case.hashes[repeat]
            for repeat in range(len(case.hashes))
        )
        for key, case in baseline.cases.items()
    }
    assert in_present_form(older, baseline).cases == baseline.cases


CALLING = CaseScores(
    "a", "0" * 16, {"pass_rate": (1.0,)}, (text_hash('x\n{"name":"f"}'),), ("x",),
    tool_calls=(({"function": {"name": "f"}},),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"schema": 3', '"schema": 2', "b.jsonl:1: a case has tool calls, which schema 2 does not know"),
        ('"name": "f"', '"name": "g"', "b.jsonl:2: an output is not the one its hash was made of"),
        ('"outputs": ["x"], ', "", "b.jsonl:2: `tool_calls` without `outputs`"),
        ('[[{"function": {"name": "f"}}]]', "[]", "is about 0 answers, and there are hashes of 1"),
        ('[[{"function": {"name": "f"}}]]', "[{}]", "has to be a list with the tool calls of each answer"),
        ('[[{"function": {"name": "f"}}]]', "[[1]]", "has to be a list with the tool calls of each answer"),
    ],
)
def test_tool_calls_that_no_llmops_wrote(old: str, new: str, said: str) -> None:
    baseline = Scores(
        "s", "p@1.0.0", "0" * 16, {}, "m/n", (), {}, {}, 1, {"a": CALLING}, accepted={"by": "Ada"}
    )
    text = to_text(baseline)
    assert from_text(text, "b.jsonl") == baseline
    edited = text.replace(old, new)
    assert edited != text
    with pytest.raises(InputError) as error:
        from_text(edited, "b.jsonl")
    assert said in "\n".join(map(str, error.value.problems))


@given(baselines(), st.data())
def test_one_other_character_is_found(baseline: Scores, data: st.DataObject) -> None:
    text = to_text(baseline)
    at = data.draw(st.integers(0, len(text) - 2))
    other = data.draw(st.characters(exclude_categories=["Cs"]))
    edited = text[:at] + other + text[at + 1 :]
    try:
        found = from_text(edited, "b.jsonl")
    except InputError:
        return
    assert found == baseline, "only white space between values may differ"


@given(baselines())
def test_the_first_schema_is_read(baseline: Scores) -> None:
    baseline = with_calls_in_texts(baseline)
    header, _, rest = to_text(baseline).partition("\n")
    data = {**json.loads(header), "schema": 1}
    for key in ("messages", "includes", "judges", "digest"):
        del data[key]
    found = from_text(json.dumps(data) + "\n" + rest, "b.jsonl")
    assert found == replace(baseline, messages=(), includes={}, judges={})
    assert from_text(to_text(found), "b.jsonl") == found


@given(baselines())
def test_every_line_fits_the_published_schema(baseline: Scores) -> None:
    published = Draft202012Validator(schema.shipped("baseline"))
    for line in to_text(baseline).split("\n")[:-1]:
        assert list(published.iter_errors(read_json(line, "b.jsonl").data)) == []


def test_order_of_cases_does_not_matter() -> None:
    one = CaseScores("a", "0" * 16, {"pass_rate": (1.0,)}, ("0" * 16,), ("x",))
    two = CaseScores("b", "1" * 16, {"pass_rate": (0.0,)}, ("1" * 16,), ("y",))
    made = {
        order: Scores(
            "s", "p@1.0.0", "0" * 16, {}, "m/n", (), {}, {}, 1, {case.id: case for case in order_of}
        )
        for order, order_of in {"ab": (one, two), "ba": (two, one)}.items()
    }
    assert to_text(made["ab"]) == to_text(made["ba"])


@given(baselines(), st.data())
def test_a_file_cut_anywhere_is_refused(baseline: Scores, data: st.DataObject) -> None:
    text = to_text(baseline)
    lines = text.count("\n")
    cut = data.draw(st.integers(0, len(text) - 2))
    kept = text[:cut]
    if lines == 1 and kept == text.rstrip("\n"):
        return
    if kept.rstrip("\n") == text.rstrip("\n"):
        return
    with pytest.raises(InputError):
        from_text(kept, "b.jsonl")


def test_a_score_whose_name_begins_like_a_latency() -> None:
    one = CaseScores("a", "0" * 16, {"latency_ok": (1.0,)}, ("0" * 16,), (None,), latency_s=7.0)
    two = CaseScores("b", "1" * 16, {"latency_ok": (0.0,)}, ("1" * 16,), (None,))
    baseline = replace(_large(0), cases={"a": one, "b": two})
    assert baseline.metrics == {"latency_ok": 0.5}
    assert from_text(to_text(baseline), "b.jsonl") == baseline


def _large(count: int) -> Scores:
    cases = [
        CaseScores(
            f"c{number:05}", "1" * 16, {"pass_rate": (1.0,)}, (text_hash(f"é {number}"),), (f"é {number}",)
        )
        for number in range(count)
    ]
    return Scores("s", "p@1.0.0", "0" * 16, {}, "m/n", (), {}, {}, 1, {case.id: case for case in cases})


def test_a_file_of_many_pieces_is_read_back_and_a_change_in_any_of_them_is_seen() -> None:
    baseline = _large(2_000)
    text = to_text(baseline)
    assert from_text(text, "b.jsonl") == baseline
    assert from_text(text.replace("\n", "\r\n\n"), "b.jsonl") == baseline
    for number in (0, 900, 1_999):
        with pytest.raises(InputError) as caught:
            from_text(text.replace(f'"c{number:05}"', f'"x{number:05}"'), "b.jsonl")
        assert "ids or inputs are not those of the header" in str(caught.value)
