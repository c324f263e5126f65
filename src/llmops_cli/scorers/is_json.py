"""`is-json` and `json-schema`: the answer is one JSON value, and fits a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from llmops_cli.core.canonical import content_hash
from llmops_cli.core.errors import InputError
from llmops_cli.core.patterns import NotLinearError
from llmops_cli.core.patterns.pattern import pattern_of
from llmops_cli.core.plain_schema import is_plain
from llmops_cli.core.schema import faults, foreign_validator, schema_fault
from llmops_cli.core.source import read_json, read_yaml
from llmops_cli.scorers.base import (
    Measurement,
    Scorer,
    check,
    has_template,
    option_schema,
    quoted,
    unreadable,
)
from llmops_cli.scorers.call import ElsewhereError
from llmops_cli.scorers.elsewhere import elsewhere
from llmops_cli.scorers.sample import NotJsonError, Sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmops_cli.core.schema import Validator
    from llmops_cli.scorers.base import Surroundings

_SCHEMA = "a path to a JSON or YAML file, or the schema itself (draft 2020-12)"


class IsJson(Scorer):
    """The whole answer is one JSON value; a code fence or a word around it makes it text.

    `schema: true` (or `is-json: true`) takes any value: a number and a text in quotes are JSON too.
    """

    name = "is-json"
    does = "the whole answer is one JSON value"
    version = 1
    since = "0.1"
    shorthand = "schema"
    option: ClassVar[Mapping[str, Any]] = option_schema(
        schema={
            "type": ["boolean", "string", "object"],
            "minLength": 1,
            "default": True,
            "description": f"true for any JSON, or {_SCHEMA}",
        },
    )

    def __init__(self, option: Mapping[str, Any], surroundings: Surroundings) -> None:
        super().__init__(option, surroundings)
        schema = option.get("schema", True)
        self.file = None
        self.fixed: Validator | None = None
        if schema is False:
            raise ValueError(f"`{self.name}: false` says nothing; write `not-{self.name}: true`")
        if isinstance(schema, str):
            schema = self.file = _read(schema, surroundings)
        if not has_template(schema) or self.file is not None:
            self.fixed = self._validator(schema)

    @property
    def identity(self) -> Any:
        """The content of the schema's file."""
        return None if self.file is None else {"schema": content_hash(self.file)}

    @property
    def files(self) -> tuple[str, ...]:
        """The schema's file."""
        return () if self.file is None else (self.surroundings.find(self.given["schema"]),)

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Read the answer and hold it against the schema."""
        limits = self.surroundings.tree.limits
        against = self.fixed or self._validator(option["schema"])
        try:
            data = sample.json_within(limits)
        except NotJsonError as error:
            return check(False, f"{error} of {quoted(sample.output)}")
        try:
            return measured_by(against, data)
        except NotLinearError:
            schema = option.get("schema") if self.file is None else self.file
            call = elsewhere("fit", f"`{self.name}`", sample, {"schema": schema}, limits)
            raise ElsewhereError(call) from None

    def _validator(self, schema: Any) -> Validator:
        return _usable(schema, self.surroundings.tree.limits.pattern_s)


def measured_by(against: Validator, data: Any) -> Measurement:
    """How data fits a schema, with the first fault."""
    misfits = list(dict.fromkeys(faults(data, against)))
    more = f" (and {len(misfits) - 1} more)" if len(misfits) > 1 else ""
    return check(not misfits, f"{_fault_text(misfits[0])}{more}" if misfits else "")


class JsonSchema(IsJson):
    """The whole answer is one JSON value that fits `schema`."""

    name = "json-schema"
    does = "the whole answer is JSON that fits the schema"
    version = 1
    since = "0.1"
    option: ClassVar[Mapping[str, Any]] = option_schema(
        "schema", schema={"type": ["string", "object"], "minLength": 1, "description": _SCHEMA}
    )


def _fault_text(fault: tuple[tuple[str | int, ...], str, str, bool]) -> str:
    pointer, message, _, _ = fault
    where = "/" + "/".join(str(step) for step in pointer)
    return f"at {where}: {message}"


def _read(path: str, surroundings: Surroundings) -> Any:
    if has_template(path):
        raise ValueError("the path of a schema cannot be a template: it is read once, for all cases")
    text = surroundings.read(path)
    limits = surroundings.tree.limits
    try:
        if path.endswith(".json"):
            return read_json(text, path, limits=limits).data
        return read_yaml(text, path, limits).data
    except InputError as error:
        raise unreadable(error) from None


def _linear(pattern: str, text: str) -> bool:
    return pattern_of(pattern).matches(text)


def _usable(schema: Any, seconds: float) -> Validator:
    if is_plain(schema):  # and so without references
        return foreign_validator(schema, _linear, seconds)
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    if schema is False:
        raise ValueError("the schema is `false`, which takes no answer")
    if schema is True:
        return foreign_validator({}, _linear, seconds)
    fault = schema_fault(schema)
    if fault:
        raise ValueError(fault)
    resource = DRAFT202012.create_resource(schema)
    resolver = Registry().with_resource("", resource).resolver()
    dead_end = next(_dead_ends(resource, resolver), "")
    if dead_end:
        raise ValueError(f"not a usable JSON Schema: {dead_end}")
    return foreign_validator(schema, _linear, seconds)


def _dead_ends(resource: Any, resolver: Any) -> Iterator[str]:
    """What would show itself only when an answer gets there: references to nothing."""
    from referencing.exceptions import Unresolvable

    contents = resource.contents
    if isinstance(contents, dict):
        reference = contents.get("$ref")
        try:
            if isinstance(reference, str) and not reference.startswith("https://json-schema.org/"):
                resolver.lookup(reference)
        except Unresolvable:
            yield f"`$ref: {reference}` leads nowhere; only references inside the schema are followed"
    for part in resource.subresources():
        yield from _dead_ends(part, resolver.in_subresource(part))
