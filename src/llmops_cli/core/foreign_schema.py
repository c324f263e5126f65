"""A JSON Schema that somebody else wrote: its patterns are searched elsewhere, and it takes its time only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from llmops_cli.core.limits import LimitError, more
from llmops_cli.core.patterns import NotLinearError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema.exceptions import ValidationError

    from llmops_cli.core.patterns.pattern import Search

    Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]


class ForeignSchema:
    """A schema by the keywords of jsonschema, but for those that can take for ever.

    They are patterns, which it hands to Python; references, which can double the work each time; and the
    comparison of every item with every other.
    """

    def __init__(self, schema: Mapping[str, Any], search: Search, seconds: float) -> None:
        from jsonschema import Draft202012Validator, validators
        from referencing import Registry

        self._search = search
        self._seconds = seconds
        self._until = 0.0
        # From a part that names its draft on, the library goes on with keywords of its own.
        schema = {key: value for key, value in schema.items() if key != "$schema"}
        searches = _names(schema, "patternProperties")
        self._beyond = (searches and _names(schema, "unevaluatedProperties")) or (
            _names(schema, "$schema") and (searches or _names(schema, "pattern"))
        )
        keywords = Draft202012Validator.VALIDATORS
        replaced = {
            "pattern": self._pattern,
            "patternProperties": self._pattern_properties,
            "additionalProperties": self._additional(keywords["additionalProperties"]),
            "uniqueItems": _unique_items,
            **{name: self._timed(keywords[name]) for name in ("$ref", "$dynamicRef")},
        }
        extended = validators.extend(Draft202012Validator, replaced)  # type: ignore[no-untyped-call]
        self._validator = extended(schema, registry=Registry())

    def iter_errors(self, data: Any) -> Iterator[ValidationError]:
        """Everything about `data` that does not fit.

        Raises LimitError, whatever the search raises, and NotLinearError where the library would search.
        """
        if self._beyond:
            raise NotLinearError
        self._until = time.thread_time() + self._seconds
        yield from self._validator.iter_errors(data)

    def _pattern(self, _: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
        from jsonschema.exceptions import ValidationError

        if isinstance(instance, str) and not self._search(pattern, instance):
            yield ValidationError(f"{instance!r} does not match {pattern!r}")

    def _pattern_properties(
        self, validator: Any, patterns: Mapping[str, Any], instance: Any, _: Any
    ) -> Iterator[ValidationError]:
        if isinstance(instance, dict):
            for pattern, schema in patterns.items():
                for name, value in instance.items():
                    if self._search(pattern, name):
                        yield from validator.descend(value, schema, path=name, schema_path=pattern)

    def _additional(self, original: Keyword) -> Keyword:
        def additional(
            validator: Any, others: Any, instance: Any, schema: Mapping[str, Any]
        ) -> Iterator[ValidationError]:
            patterns = schema.get("patternProperties", {})
            if patterns and isinstance(instance, dict):
                # Those that a pattern takes are none of the others.
                instance = {
                    name: value
                    for name, value in instance.items()
                    if not any(self._search(pattern, name) for pattern in patterns)
                }
                schema = {key: value for key, value in schema.items() if key != "patternProperties"}
            yield from original(validator, others, instance, schema) or ()

        return additional

    def _timed(self, original: Keyword) -> Keyword:
        def timed(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
            if time.thread_time() > self._until:
                message = f"the schema takes more than {self._seconds:g} s of computing (`pattern_s`)"
                raise LimitError(message, more("pattern_s"))
            yield from original(validator, value, instance, schema) or ()

        return timed


def _unique_items(_: Any, wanted: bool, instance: Any, __: Any) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    if wanted and isinstance(instance, list) and len({_key(item) for item in instance}) < len(instance):
        yield ValidationError(f"{instance!r} has non-unique elements")


def _key(value: Any) -> object:
    """What two values of JSON share when they are the same one: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, dict):
        return frozenset((name, _key(part)) for name, part in value.items())
    if isinstance(value, list):
        return tuple(map(_key, value))
    return isinstance(value, bool), value


def _names(schema: Any, keyword: str) -> bool:
    """Whether a keyword stands anywhere in a schema."""
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if keyword in part:
                return True
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return False
