"""Checks data against a JSON Schema and says each fault in the reader's words, at its place.

The schemas of all files are shipped in `core/schemas/`; a property may carry `x-hint`, the next step to
show when its value is wrong.
"""

from __future__ import annotations

import json
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

from llmops_cli.core.plain_schema import fits, is_plain
from llmops_cli.core.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema.exceptions import ValidationError

    from llmops_cli.core.problem import Problem
    from llmops_cli.core.source import Source

NAMES = ("project", "prompt", "suite", "case", "baseline", "cassette", "run", "report")

Fault = tuple[tuple[str | int, ...], str, str, bool]
"""Pointer, message, hint, and whether the key (not the value) is meant."""


@cache
def shipped(name: str) -> dict[str, Any]:
    """The shipped schema of one kind of file."""
    text = resources.files("llmops_cli.core.schemas").joinpath(f"{name}.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def published(name: str) -> dict[str, Any]:
    """The schema that editors check one kind of file with: it knows every scorer and its option too.

    `shipped` leaves them to the scorers themselves, whose messages say more.
    """
    schema: dict[str, Any] = json.loads(published_text(name))
    return schema


def published_text(name: str) -> str:
    """The text of the schema that editors check one kind of file with."""
    folder = resources.files("llmops_cli.core.schemas")
    written = folder / "editor" / f"{name}.schema.json"
    return (written if written.is_file() else folder / f"{name}.schema.json").read_text("utf-8")


@cache
def _shipped_validator(name: str) -> Validator:
    return validator(shipped(name))


class Validator:
    """What data is held against, again and again; jsonschema is imported for what may not fit."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = dict(schema)

    def iter_errors(self, data: Any) -> Iterable[ValidationError]:
        """Everything about `data` that does not fit."""
        return () if fits(data, self._schema) else self._full.iter_errors(data)

    @cached_property
    def _full(self) -> Any:
        from jsonschema import Draft202012Validator
        from referencing import Registry

        return Draft202012Validator(self._schema, registry=Registry())


def validator(schema: Mapping[str, Any]) -> Validator:
    """A reusable draft 2020-12 validator that fetches nothing. The schema has to be valid itself."""
    return Validator(schema)


def schema_fault(schema: Any) -> str:
    """Why a value is not a usable JSON Schema; "" when it is one."""
    if is_plain(schema):
        return ""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        where = "/".join(str(step) for step in error.absolute_path)
        return f"not a JSON Schema: {f'{where}: ' if where else ''}{_brief(error.message)}"
    return ""


def check(source: Source, name: str) -> list[Problem]:
    """Problems of a file against its shipped schema."""
    if source.data is None:
        return [source.problem((), "the file is empty")]
    return [
        source.problem(pointer, message, hint, key=at_key)
        for pointer, message, hint, at_key in faults(source.data, _shipped_validator(name))
    ]


def faults(data: Any, against: Validator) -> list[Fault]:
    """Every fault of `data`, in the order of the file's paths."""
    misfits: list[Fault] = []
    try:
        for error in against.iter_errors(data):
            misfits.extend(_faults_of(error))
    except Exception as error:
        # A `$ref` that leads nowhere shows itself only when it is followed.
        if type(error).__module__.split(".")[0] not in ("referencing", "jsonschema"):
            raise
        misfits.append(((), f"the schema cannot be used: {_brief(str(error))}", "", False))
    # Each missing key is an error of its own to the library, and each of them is about all that are missing.
    return sorted(dict.fromkeys(misfits), key=lambda fault: [str(step) for step in fault[0]])


def _faults_of(error: ValidationError) -> Iterator[Fault]:
    pointer = tuple(error.absolute_path)
    schema = error.schema if isinstance(error.schema, dict) else {}
    value: Any = error.validator_value
    instance: Any = error.instance
    hint = str(schema.get("x-hint", ""))
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        properties = schema.get("properties", {})
        extra = [key for key in instance if key not in properties]
        for key in extra:
            yield (*pointer, key), f"unknown key `{key}`", did_you_mean(key, properties, noun="keys"), True
    elif error.validator == "required":
        inside = f" in `{pointer[-1]}`" if pointer and isinstance(pointer[-1], str) else ""
        for key in (key for key in value if key not in instance):
            wanted = schema.get("properties", {}).get(key, {})
            described = wanted.get("description", "") if isinstance(wanted, dict) else ""
            yield pointer, f"the key `{key}` is missing{inside}", described, False
    else:
        name = _name_of(pointer)
        # An address may hold a password.
        value_shown = "" if schema.get("x-secret") else f", found {shown(error.instance)}"
        yield pointer, f"{name} {_wanted(error)}{value_shown}", hint, False


def _name_of(pointer: tuple[str | int, ...]) -> str:
    if not pointer:
        return "the value"
    text = ""
    for step in pointer:
        text += f"[{step}]" if isinstance(step, int) else (f".{step}" if text else step)
    return f"`{text}`"


_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "empty",
}


def _wanted(error: ValidationError) -> str:
    value: Any = error.validator_value
    schema = error.schema if isinstance(error.schema, dict) else {}
    match error.validator:
        case "type":
            kinds = [value] if isinstance(value, str) else value
            return "must be " + " or ".join(_TYPES.get(kind, kind) for kind in kinds)
        case "enum":
            return "must be one of " + ", ".join(f"`{choice}`" for choice in value)
        case "const":
            return f"must be `{value}`"
        case "pattern":
            return f"must be {schema.get('x-form', f'text that matches `{value}`')}"
        case "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum":
            words = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}
            return f"must be {words.get(str(error.validator), 'less than')} {value}"
        case "minLength" | "minItems" | "minProperties":
            return "must not be empty" if value == 1 else f"must have at least {value} parts"
        case _:
            return f"does not fit ({_brief(error.message)})"


def shown(value: Any) -> str:
    """A value as it is named in a message: its text, cut, with its kind where that is the surprise."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"`{_brief(value, 60)}`" if value else "an empty text"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return f"the number `{value}`"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    return "a mapping" if value else "an empty mapping"


def _brief(text: str, limit: int = 160) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"
