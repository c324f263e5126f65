from __future__ import annotations

import json
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.reports.document import Document, Text
from llmops_cli.reports.formats import draw

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=50)
@given(st.dictionaries(st.text(), VALUES, max_size=3))
def test_reads_back_as_it_was(data: dict[str, object]) -> None:
    drawn = draw(Document(Text("x"), data=data), "json")
    assert json.loads(drawn) == data
    assert drawn.endswith("\n")


def test_order_is_kept_and_hidden_characters_are_named() -> None:
    data = MappingProxyType({"b": "é 漢", "a": "\ud800\u202e\x9b\x1b", "t": ("x",)})
    expected = '{\n  "b": "é 漢",\n  "a": "\\ud800\\u202e\\u009b\\u001b",\n  "t": [\n    "x"\n  ]\n}\n'
    assert draw(Document(Text("x"), data=data), "json") == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_lacks_is_an_error(value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        draw(Document(Text("x"), data={"score": value}), "json")


def test_a_value_that_json_lacks_is_an_error() -> None:
    with pytest.raises(TypeError, match="a report's data holds a set"):
        draw(Document(Text("x"), data={"score": {1}}), "json")
