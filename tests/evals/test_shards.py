"""Which shard a case belongs to: one, always the same, whatever the other cases are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.core.errors import InputError
from llmops_cli.evals.shards.shard import MOST, Shard, parse_shard, ranges, shard_of


@given(st.text(), st.integers(1, MOST))
def test_every_case_belongs_to_exactly_one_shard(case: str, of: int) -> None:
    number = shard_of(case, of)
    assert 1 <= number <= of
    assert Shard(number, of).has(case)
    assert not Shard(number % of + 1, of).has(case) or of == 1


def test_the_shard_of_a_case_is_the_same_in_every_version() -> None:
    # Known values: shards that two versions of llmops split otherwise could not be merged.
    assert [shard_of(case, 8) for case in ("a", "france", "case-0001", "äöü", "\udcff")] == [4, 3, 7, 7, 4]


def test_shards_are_about_equal() -> None:
    counts = [0] * 8
    for number in range(8000):
        counts[shard_of(f"case-{number}", 8) - 1] += 1
    assert min(counts) > 900
    assert max(counts) < 1100


@pytest.mark.parametrize(
    ("text", "shard"), [("3/8", Shard(3, 8)), ("1/1", Shard(1, 1)), (" 08/8 ", Shard(8, 8))]
)
def test_a_shard_as_it_is_typed(text: str, shard: Shard) -> None:
    assert parse_shard(text) == shard
    assert parse_shard(str(shard)) == shard


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("9/8", "shards of 8 count from 1 to 8"),
        ("0/8", "shards of 8 count from 1 to 8"),
        ("0/0", "there can be 1 to 10,000 shards"),
        ("1/10001", "there can be 1 to 10,000 shards"),
        *(
            (text, "is not a shard")
            for text in ("", "3", "3/", "/8", "3/8/1", "-1/8", "1.5/8", "٣/٨", "1_0/20")
        ),
    ],
)
def test_what_is_no_shard(text: str, said: str) -> None:
    with pytest.raises(InputError) as found:
        parse_shard(text)
    assert said in found.value.message
    assert found.value.hint


@given(st.sets(st.integers(1, 60)))
def test_ranges_name_every_number_once(numbers: set[int]) -> None:
    found: list[int] = []
    for part in ranges(numbers).split(", "):
        first, _, last = part.partition("–")
        found += range(int(first), int(last or first) + 1) if part else ()
    assert found == sorted(numbers)


def test_ranges_as_people_write_them() -> None:
    assert ranges([8, 1, 4, 5, 6, 2]) == "1, 2, 4–6, 8"
