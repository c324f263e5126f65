"""What holds for every text and every JSON value."""

from __future__ import annotations

import json
import math
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from llmops_cli.core.limits import LimitError
from llmops_cli.scorers.equals import Equals
from llmops_cli.scorers.levenshtein import Levenshtein, distance
from llmops_cli.scorers.numeric_close import last_number, parse_number
from llmops_cli.scorers.word_count import word_count
from llmops_cli.testing.run import sample_of
from tests.scorers.made import surroundings

if TYPE_CHECKING:
    from llmops_cli.scorers.base import Measurement

texts = some.text(alphabet="abc é😀", max_size=40) | some.text(max_size=20)
scalars = some.none() | some.booleans() | some.integers() | some.text(max_size=5)
values = some.recursive(
    scalars | some.floats(allow_nan=False, allow_infinity=False),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def equals(value: Any, output: str) -> float:
    option = {"value": value}
    return Equals(option, surroundings()).measure(sample_of({"output": output}), option).value


def similar(value: str, output: str) -> Measurement:
    option = {"value": value}
    return Levenshtein(option, surroundings()).measure(sample_of({"output": output}), option)


def textbook(one: str, other: str) -> int:
    @cache
    def edits(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        change = edits(i - 1, j - 1) + (one[i - 1] != other[j - 1])
        return min(edits(i - 1, j) + 1, edits(i, j - 1) + 1, change)

    return edits(len(one), len(other))


@given(texts, texts)
def test_the_distance_is_the_textbook_s(one: str, other: str) -> None:
    assert distance(one, other) == textbook(one, other)


@given(texts, texts, texts)
def test_the_distance_is_a_metric(one: str, other: str, third: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
    assert distance(one, third) <= distance(one, other) + distance(other, third)


@given(texts, texts)
def test_similarity_is_symmetric_and_between_0_and_1(one: str, other: str) -> None:
    found = similar(one, other)
    assert found.value == similar(other, one).value
    assert 0 <= found.value <= 1
    assert (found.value == 1) == (one.strip() == other.strip())


def test_two_long_texts_do_not_hang() -> None:
    one = "".join(chr(97 + (i * i + i // 7) % 26) for i in range(10_000))
    other = "".join(chr(97 + (i * 3 + i // 5) % 26) for i in range(10_000))
    started = time.perf_counter()
    assert 0 < distance(one, other) < 10_000
    assert time.perf_counter() - started < 2


@given(values, some.booleans())
def test_a_value_equals_its_json_in_any_form(value: Any, spaced: bool) -> None:
    text = json.dumps(value, indent=2 if spaced else None, ensure_ascii=spaced)
    if not isinstance(value, str):
        assert equals(value, text) == 1


@given(values, values)
def test_json_is_equal_when_it_is_written_equally(one: Any, other: Any) -> None:
    if isinstance(one, str):
        return

    def written(value: Any) -> str:
        return json.dumps(normal(value), sort_keys=True)

    assert equals(one, json.dumps(other)) == (written(one) == written(other))


def normal(value: Any) -> Any:
    """The value with one way of writing each number."""
    if isinstance(value, float) and value == int(value):
        return int(value)
    if isinstance(value, dict):
        return {key: normal(part) for key, part in value.items()}
    return [normal(part) for part in value] if isinstance(value, list) else value


@given(texts)
def test_a_text_equals_itself(text: str) -> None:
    assert equals(text, f" {text}\n") == 1


def test_deep_json_is_an_answer_or_an_error_and_never_a_zero() -> None:
    deep: list[Any] = []
    for _ in range(99):
        deep = [deep]
    assert equals(deep, "[" * 100 + "]" * 100) == 1
    for depth in (101, 100_000):
        with pytest.raises(
            LimitError, match=r"100 levels \(`depth`\), at character 101; .*`limits: \{depth: "
        ):
            equals([], "[" * depth + "]" * depth)
    assert equals(1, "9" * 5_000) == 0


@given(some.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_read_as_python_and_json_write_it(number: float) -> None:
    for text in (str(number), f"{number:,.3f}", f"so {number!r}."):
        found = last_number(text)
        assert found is not None
        assert math.isclose(float(found), number, rel_tol=1e-12, abs_tol=0.0005)
    assert parse_number(str(number)) is not None


@given(some.lists(some.text(alphabet="abc'-.", min_size=1, max_size=5)))
def test_words_are_what_white_space_separates(words: list[str]) -> None:
    assert word_count(" \n".join(words)) == len(words)
