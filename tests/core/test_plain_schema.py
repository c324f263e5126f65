"""The quick yes of plain schemas, beside jsonschema: where it says yes, jsonschema does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from llmops_cli.core import schema
from llmops_cli.core.plain_schema import fits, is_plain


def by_python(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


NAMES = st.sampled_from(["a", "b", "c", "x-d"])
SCALARS = (
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from([0.0, 1.0, 1.5]) | NAMES | st.text()
)
DATA = st.recursive(
    SCALARS,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(NAMES, parts, max_size=3),
    max_leaves=6,
)
TYPES = st.sampled_from(["object", "array", "string", "number", "integer", "boolean", "null"])
COUNTS = st.integers(0, 2)
KEYWORDS: dict[str, st.SearchStrategy[Any]] = {
    "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
    "enum": st.lists(DATA, max_size=3),
    "const": DATA,
    "required": st.lists(NAMES, max_size=2, unique=True),
    "uniqueItems": st.booleans(),
    "pattern": st.sampled_from(["^a", "b$", "", "[a-c]{2}"]),
    "minimum": st.integers(-1, 2) | st.just(0.5),
    "maximum": st.integers(-1, 2),
    "exclusiveMinimum": st.integers(-1, 2),
    "exclusiveMaximum": st.integers(-1, 2),
    "multipleOf": st.integers(1, 3),
    "minLength": COUNTS,
    "maxLength": COUNTS,
    "minItems": COUNTS,
    "minProperties": COUNTS,
    "title": st.text(),
    "description": st.text(),
    "default": SCALARS,
    "x-form": SCALARS,
    "y": SCALARS,
}


def schemas(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    several = st.dictionaries(NAMES, parts, max_size=3)
    inner = {
        "properties": several,
        "patternProperties": several,
        "additionalProperties": parts,
        "items": parts,
        "prefixItems": st.lists(parts, min_size=1, max_size=2),
        "anyOf": st.lists(parts, min_size=1, max_size=2),
        "not": parts,
    }
    every = {**KEYWORDS, **inner}
    chosen = st.lists(st.sampled_from(sorted(every)), max_size=4, unique=True)
    return chosen.flatmap(lambda names: st.fixed_dictionaries({name: every[name] for name in names}))


SCHEMAS = schemas(st.recursive(st.booleans() | st.just({}), schemas, max_leaves=4))
ANYTHING = st.dictionaries(st.sampled_from([*KEYWORDS, "properties", "items"]), DATA, max_size=2)


@pytest.mark.processes
@settings(max_examples=500)
@given(SCHEMAS, DATA)
def test_what_fits_plainly_fits(against: dict[str, Any], data: Any) -> None:
    if fits(data, against, by_python):
        assert Draft202012Validator(against).is_valid(data)


@pytest.mark.processes
@settings(max_examples=500)
@given(SCHEMAS | ANYTHING)
def test_what_is_plainly_a_schema_is_one(value: dict[str, Any]) -> None:
    if is_plain(value):
        Draft202012Validator.check_schema(value)


@pytest.mark.processes
@settings(max_examples=500)
@given(SCHEMAS, DATA)
def test_the_faults_are_those_of_jsonschema(against: dict[str, Any], data: Any) -> None:
    right = Draft202012Validator(against).is_valid(data)
    for validator in (schema.validator(against), schema.foreign_validator(against, by_python, 60)):
        assert bool(schema.faults(data, validator)) is not right


@pytest.mark.parametrize(
    ("against", "data"),
    [
        ({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}, {"a": "x", "b": 1}),
        ({"type": ["string", "null"], "minLength": 1, "pattern": "^a"}, "abc"),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": True, "minItems": 2}, ["a", "b"]),
        ({"type": "integer", "minimum": 1, "maximum": 3, "exclusiveMinimum": 0}, 2),
        ({"additionalProperties": False, "properties": {"a": {"const": 1}}, "minProperties": 1}, {"a": 1}),
        ({"type": "boolean", "title": "t", "description": "d"}, True),
    ],
)
def test_what_most_files_hold_needs_no_more(against: dict[str, Any], data: Any) -> None:
    assert is_plain(against)
    assert fits(data, against, by_python)


@pytest.mark.parametrize("name", ["project", "prompt", "suite", "case"])
def test_every_keyword_of_the_shipped_schemas_of_files_is_plain(name: str) -> None:
    def is_known(part: Any) -> bool:
        remarks = {key: value for key, value in part.items() if key.startswith(("x-", "$"))}
        bare = {key: value for key, value in part.items() if key not in remarks}
        inner = [*bare.pop("properties", {}).values(), *(bare.pop(key) for key in ("items",) if key in bare)]
        if isinstance(bare.get("additionalProperties"), dict):
            inner.append(bare.pop("additionalProperties"))
        return is_plain(bare) and all(map(is_known, inner))

    assert is_known(schema.shipped(name))


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "text"},
        {"type": []},
        {"type": ["string", "string"]},
        {"required": "a"},
        {"required": ["a", "a"]},
        {"pattern": "("},
        {"minimum": True},
        {"minLength": -1},
        {"properties": {"a": 1}},
        {"items": [{}]},
        {"title": 1},
    ],
)
def test_a_broken_schema_is_still_refused(broken: dict[str, Any]) -> None:
    assert not is_plain(broken)
    with pytest.raises(SchemaError):
        Draft202012Validator.check_schema(broken)
    assert schema.schema_fault(broken).startswith("not a JSON Schema: ")
