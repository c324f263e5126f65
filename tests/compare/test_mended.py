"""Which edited case without an id is which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.compare.mended import new_ids
from llmops_cli.evals.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Known:
    """A case by what tells it from others."""

    origin: Origin | None
    inputs: str = ""
    with_metadata: str = ""
    whole: str = ""
    tags_hash: str | None = None


def case(place: int, **fields: str) -> Known:
    return Known(Origin(fields, f"cases.jsonl:{place}"))


NAMED = Known(None)


def test_the_same_but_for_one_field_wherever_it_stands() -> None:
    before = {"a": case(1, q="one", a="1"), "b": case(2, q="two", a="2")}
    assert new_ids(before, {"a": before["a"], "x": case(9, q="two!", a="2")}) == {"b": "x"}
    assert new_ids(before, {"a": before["a"], "x": case(9, q="two", a="2", context="c")}) == {"b": "x"}
    assert new_ids(before, {"a": before["a"], "x": case(9, q="other", a="9")}) == {}


def test_else_the_same_place() -> None:
    before = {"a": case(1, q="one", a="1"), "b": case(2, q="two", a="2")}
    assert new_ids(before, {"a": before["a"], "x": case(2, q="other", a="9")}) == {"b": "x"}
    assert new_ids(
        {"a": case(1, q="one"), "b": case(2, q="two")}, {"x": case(2, q="2"), "y": case(1, q="1")}
    ) == {
        "a": "y",
        "b": "x",
    }


def test_of_several_that_are_alike_the_one_of_the_same_place() -> None:
    before = {"a": case(1, q="one", a="yes"), "b": case(2, q="two", a="yes")}
    assert new_ids(before, {"x": case(2, q="2", a="yes"), "y": case(1, q="1", a="yes")}) == {
        "b": "x",
        "a": "y",
    }


def test_nothing_is_said_of_cases_with_ids() -> None:
    assert new_ids({"a": NAMED}, {"x": case(1, q="one")}) == {}
    assert new_ids({"a": case(1, q="one")}, {"x": NAMED}) == {}


CASES = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=2),
    st.builds(case, st.integers(1, 4), q=st.sampled_from("12"), a=st.sampled_from("yn")) | st.just(NAMED),
)


@given(before=CASES, now=CASES)
def test_each_case_is_at_most_one_other(before: Mapping[str, Known], now: Mapping[str, Known]) -> None:
    renamed = new_ids(before, now)
    assert len(set(renamed.values())) == len(renamed)
    assert renamed.keys() <= before.keys() - now.keys()
    assert set(renamed.values()) <= now.keys() - before.keys()
