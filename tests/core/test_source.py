"""YAML and JSON keep their places, and what could mislead is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.core.errors import InputError
from llmops_cli.core.source import read_json, read_yaml

TEXT = """\
id: a
params:
  temperature: 0.5
list: [1, {deep: x}]
block: |
  first
    second {{ name }}
quoted: "{{ other }}"
"""


@pytest.mark.parametrize(
    ("pointer", "key", "place"),
    [
        ((), False, (1, 1)),
        (("id",), False, (1, 5)),
        (("params", "temperature"), True, (3, 3)),
        (("params", "temperature"), False, (3, 16)),
        (("list", 1, "deep"), True, (4, 12)),
        (("params", "missing"), False, (3, 3)),
    ],
)
def test_places(pointer: tuple[str | int, ...], key: bool, place: tuple[int, int]) -> None:
    assert read_yaml(TEXT, "x.yaml").place(pointer, key=key) == place


def test_places_inside_a_text() -> None:
    source = read_yaml(TEXT, "x.yaml")
    second = "  second {{ name }}"
    assert source.place_in_text(("block",), 2, second.index("name") + 1) == (
        7,
        TEXT.split("\n")[6].index("name") + 1,
    )
    assert source.place_in_text(("quoted",), 1, 4) == (8, TEXT.split("\n")[7].index("other") + 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("2024-01-01", "2024-01-01"),
        ("1_000", "1_000"),
        ("0o17", 15),
        ("017", 17),
        ("12:30:00", "12:30:00"),
        ("1e3", 1000.0),
        ("~", None),
        ("", None),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    found = read_yaml(f"key: {text}", "x.yaml").data["key"]
    assert found == value
    assert type(found) is type(value)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_json_reads_back(value: Any) -> None:
    assert read_json(json.dumps(value), "x.jsonl").data == value


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.booleans() | st.none(), max_size=6))
def test_what_a_yaml_writer_writes_is_read(value: dict[str, Any]) -> None:
    # YAML forbids some characters; a writer escapes them, and the escapes have to come back as they were.
    text = yaml.safe_dump(value, allow_unicode=False, default_style='"')
    found = read_yaml(text, "x.yaml").data
    assert {key: str(part) for key, part in found.items()} == {
        key: str(part).lower() if isinstance(part, bool) else "null" if part is None else str(part)
        for key, part in value.items()
    } or found == value


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    for read in (read_yaml, read_json):
        try:
            read(text, "x")
        except InputError as error:
            assert error.problems
            assert all(problem.message and problem.path == "x" for problem in error.problems)


@pytest.mark.parametrize(
    "text", ["[" * 5000, "a: &a [*a]", "a: !!python/object:os.system x", "a: .inf", "a: 1\na: 2"]
)
def test_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_yaml(text, "x.yaml")


def test_aliases_may_share_and_not_multiply() -> None:
    shared = read_yaml("base: &b {x: 1}\none: *b\ntwo: *b", "x.yaml").data
    assert shared["one"] == shared["two"] == {"x": 1}
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))
    with pytest.raises(InputError, match="multiply"):
        read_yaml(f"a0: &a0 [x]\n{levels}", "x.yaml")
