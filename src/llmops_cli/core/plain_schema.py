"""A quick yes to data that fits its JSON Schema, for the keywords that nearly every schema consists of.

Nearly every file fits, and importing jsonschema takes longer than checking a project. Both functions say True
only where jsonschema would; where they say False it has to be asked, and it says what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sized

    from llmops_cli.core.patterns.pattern import Search

    Schema = Mapping[str, Any]


class Keyword(NamedTuple):
    """What a keyword means: whether data fits it (beside its whole schema), and which values it takes."""

    fits: Callable[[Any, Any, Schema, Search], bool]
    takes: Callable[[Any], bool]


def fits(data: Any, schema: Schema | bool, search: Search) -> bool:
    """Whether data certainly fits a schema. It has to be a valid one; patterns are left to `search`."""
    if isinstance(schema, bool):
        return schema
    for name, value in schema.items():
        keyword = _KEYWORDS.get(name)
        if keyword is not None:
            if not keyword.fits(data, value, schema, search):
                return False
        elif name not in _REMARKS and not name.startswith("x-"):
            return False
    return True


def is_plain(schema: Any) -> bool:
    """Whether something is certainly a valid JSON Schema, of nothing but keywords that are known here."""
    return isinstance(schema, dict) and all(
        _KEYWORDS[name].takes(value) if name in _KEYWORDS else name in _TEXTS and isinstance(value, str)
        for name, value in schema.items()
    )


_TEXTS = frozenset({"title", "description"})
_REMARKS = _TEXTS | {"$schema", "$id", "default"}
"""Keywords that say nothing about data."""


def _is_number(data: Any) -> bool:
    return isinstance(data, int | float) and not isinstance(data, bool)


def _is_integer(data: Any) -> bool:
    return isinstance(data, int) and not isinstance(data, bool)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda data: isinstance(data, dict),
    "array": lambda data: isinstance(data, list),
    "string": lambda data: isinstance(data, str),
    "number": _is_number,
    "integer": _is_integer,
    "boolean": lambda data: isinstance(data, bool),
    "null": lambda data: data is None,
}


def _has_type(data: Any, types: str | list[str], _: Schema, __: Search) -> bool:
    return _TYPES[types](data) if isinstance(types, str) else any(_TYPES[name](data) for name in types)


def _are_types(value: Any) -> bool:
    names = [value] if isinstance(value, str) else value
    return _are_names(names) and bool(names) and _TYPES.keys() >= set(names)


def _is_one_of(data: Any, options: list[Any], _: Schema, __: Search) -> bool:
    # Without numbers: JSON takes 1 and 1.0 for one and the same, but not 1 and true.
    return isinstance(data, str | None) and data in options


def _is_constant(data: Any, value: Any, schema: Schema, search: Search) -> bool:
    same_number = _is_integer(data) and _is_integer(value) and data == value
    return same_number or _is_one_of(data, [value], schema, search)


def _properties_fit(data: Any, properties: Schema, _: Schema, search: Search) -> bool:
    return not isinstance(data, dict) or all(
        fits(data[name], schema, search) for name, schema in properties.items() if name in data
    )


def _others_fit(data: Any, schema: bool | Schema, whole: Schema, search: Search) -> bool:
    if schema is True or not isinstance(data, dict):
        return True
    others = data.keys() - whole.get("properties", {}).keys()
    return all(fits(data[name], schema, search) for name in others)


def _items_fit(data: Any, schema: Schema, _: Schema, search: Search) -> bool:
    return not isinstance(data, list) or all(fits(item, schema, search) for item in data)


def _are_distinct(data: Any, wanted: bool, _: Schema, __: Search) -> bool:
    if not wanted or not isinstance(data, list):
        return True
    return all(isinstance(item, str) for item in data) and len(set(data)) == len(data)


def _is_pattern(value: Any) -> bool:
    from llmops_cli.core.patterns.pattern import pattern_of

    try:
        return isinstance(value, str) and bool(pattern_of(value))
    except ValueError:
        return False


def _are_names(value: Any) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(name, str) for name in value)
        and len(set(value)) == len(value)
    )


def _bound(holds: Callable[[Any, Any], bool]) -> Keyword:
    """A keyword that bounds a number."""
    return Keyword(lambda data, value, *_: not _is_number(data) or holds(data, value), _is_number)


def _at_least(kind: type[Sized]) -> Keyword:
    """A keyword that says how much data of a kind holds at least."""
    return Keyword(
        lambda data, value, *_: not isinstance(data, kind) or len(data) >= value,
        lambda value: _is_integer(value) and value >= 0,
    )


_KEYWORDS = {
    "type": Keyword(_has_type, _are_types),
    "enum": Keyword(_is_one_of, lambda value: isinstance(value, list)),
    "const": Keyword(_is_constant, lambda _: True),
    "required": Keyword(
        lambda data, names, *_: not isinstance(data, dict) or all(name in data for name in names), _are_names
    ),
    "properties": Keyword(
        _properties_fit, lambda value: isinstance(value, dict) and all(map(is_plain, value.values()))
    ),
    "additionalProperties": Keyword(_others_fit, lambda value: isinstance(value, bool) or is_plain(value)),
    "items": Keyword(_items_fit, is_plain),
    "uniqueItems": Keyword(_are_distinct, lambda value: isinstance(value, bool)),
    "pattern": Keyword(
        lambda data, value, _, search: not isinstance(data, str) or search(value, data), _is_pattern
    ),
    "minimum": _bound(lambda data, value: data >= value),
    "maximum": _bound(lambda data, value: data <= value),
    "exclusiveMinimum": _bound(lambda data, value: data > value),
    "minLength": _at_least(str),
    "minItems": _at_least(list),
    "minProperties": _at_least(dict),
}
