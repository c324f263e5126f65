"""What the classes of scorers say of themselves: rows of the docs, and their part of the editors' schemas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmops_cli.core import schema
from llmops_cli.scorers import SCORERS, scorer_class

if TYPE_CHECKING:
    from llmops_cli.scorers.base import Scorer

EXTENDED = ("suite", "case")
"""Kinds of files in which scorers stand."""


def table() -> str:
    """The table of scorers in docs/file-formats.md."""
    head = "| scorer | kind | option | what it asks | version |\n| :--- | :--- | :--- | :--- | :--- |\n"
    return head + "".join(f"{row(scorer_class(name))}\n" for name in SCORERS)


def row(kind: type[Scorer]) -> str:
    """One scorer's row."""
    keys = sorted(kind.option["properties"].items(), key=lambda item: item[0] != kind.shorthand)
    option = "<br>".join(_key(key, described, kind) for key, described in keys)
    version = f"{kind.version}, since {kind.since}"
    decides = "decides" if kind.decides else "graded"
    return f"| `{kind.name}` | {decides} | {option} | {kind.does} | {version} |".replace("||", "\\|\\|")


def _key(key: str, described: Any, kind: type[Scorer]) -> str:
    default = f" ({json.dumps(described['default'])})" if "default" in described else ""
    name = f"**`{key}`**" if key == kind.shorthand else f"`{key}`"
    return f"{name}{default}: {described['description']}"


def editor_schema(kind: str) -> dict[str, Any]:
    """The schema that editors check a kind of file with: its form, with what each scorer takes."""
    made: dict[str, Any] = json.loads(json.dumps(schema.shipped(kind)))
    made["$comment"] = "Written by llmops. `llmops check` renews it when another llmops is used."
    own = made["properties"]["scorers"]
    own["items"] = {"$ref": "#/$defs/scorer"}
    if kind == "suite":
        inline = {"type": "array", "items": {"$ref": "#/$defs/scorer"}}
        made["properties"]["cases"]["items"]["properties"] = {"scorers": inline}
    options = {name: _option(scorer_class(name)) for name in SCORERS}
    made["$defs"] = {**made.get("$defs", {}), "scorer": entry_schema(), **options}
    return made


def entry_schema() -> dict[str, Any]:
    """The schema of one entry under `scorers:`."""
    kinds = {f"{sign}{name}": scorer_class(name) for name in SCORERS for sign in ("", "not-")}
    bare = [name for name, kind in kinds.items() if not schema.faults({}, schema.validator(kind.option))]
    graded = [name for name, kind in kinds.items() if name.startswith("not-") and not kind.decides]
    reading = [name for name, kind in kinds.items() if kind.may_read]
    return {
        "description": "one scorer with its option, and its settings",
        "anyOf": [
            {"enum": bare},
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {**{name: _named(name, kind) for name, kind in kinds.items()}, **SETTINGS},
                "oneOf": [{"required": [name]} for name in kinds],
                "dependentRequired": {name: ["threshold"] for name in graded},
                "dependentSchemas": {"reads": {"anyOf": [{"required": [name]} for name in reading]}},
            },
        ],
    }


SETTINGS: dict[str, Any] = {
    "metric": {
        "type": "string",
        "pattern": "\\S",
        "description": "name of the metric; default: the scorer's name",
    },
    "threshold": {
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": 1,
        "description": "the case passes from this value on",
    },
    "reads": {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "description": "files of the project, or globs of them, that a `python` scorer opens",
    },
    "weight": {
        "type": "number",
        "exclusiveMinimum": 0,
        "description": "its part of the metric `score`",
    },
}


def _named(name: str, kind: type[Scorer]) -> dict[str, Any]:
    """A scorer under its name, or turned round under its name with `not-`."""
    does = f"turned round: {kind.does}" if name != kind.name else kind.does
    described = f"{does} ({'decides' if kind.decides else 'graded'})"
    return {"description": described, "$ref": f"#/$defs/{kind.name}"}


def _option(kind: type[Scorer]) -> dict[str, Any]:
    """The value under a scorer's name, in its long and its short form."""
    if not kind.shorthand:
        return dict(kind.option)
    keys = kind.option["properties"]
    apart = [key for key in kind.option["required"] if key != kind.shorthand]
    return {
        # For completion, also before the key of the short form is there.
        "properties": {key: {"description": about["description"]} for key, about in keys.items()},
        "if": {"type": "object", "required": [kind.shorthand]},
        "then": dict(kind.option),
        "else": False if apart else keys[kind.shorthand],
    }
