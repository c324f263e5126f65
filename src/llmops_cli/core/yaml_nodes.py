"""YAML text as nodes that know their place, in one dialect, and what is wrong with text that is no YAML.

The dialect is the core schema of YAML 1.2: only `true` and `false` are booleans (`no` is the text "no"), and
dates are text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import yaml

from llmops_cli.core.errors import InputError
from llmops_cli.core.limits import Limits, more
from llmops_cli.core.nesting import too_deep, too_many
from llmops_cli.core.problem import Problem

if TYPE_CHECKING:
    from yaml.nodes import Node

TAG = "tag:yaml.org,2002:"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The C parser of libyaml where it is there, with the plain scalars of the YAML 1.2 core schema.

    Both parsers say where each node begins and ends, before they go deeper: that of C recurses without an
    end of its own, and a file that is deep enough would end the process.
    """

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}
    limits = Limits()
    depth = 0
    values = 0

    def descend_resolver(self, current_node: Node | None, current_index: object) -> None:
        """A node begins. Raises OverflowingError where it is one too many, or too deep."""
        self.depth += 1
        self.values += 1
        if self.depth > self.limits.depth + 1:
            raise OverflowingError(current_node, too_deep(self.limits), more("depth"))
        if self.values > self.limits.values:
            raise OverflowingError(current_node, too_many(self.limits), more("values"))

    def ascend_resolver(self) -> None:
        """A node ends."""
        self.depth -= 1


class OverflowingError(Exception):
    """More than a file may hold, inside of a node."""

    def __init__(self, node: Node | None, message: str, hint: str) -> None:
        super().__init__(message)
        mark = None if node is None else node.start_mark
        self.place = (0, 0) if mark is None else (mark.line + 1, mark.column + 1)
        self.message, self.hint = message, hint


for _name, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+0123456789."),
    ),
):
    _Loader.add_implicit_resolver(TAG + _name, re.compile(rf"^(?:{_pattern})$"), _first)


def compose(text: str, path: str, limits: Limits) -> Node | None:
    """The root of one YAML document; None for an empty one. Raises InputError with the place of the fault."""
    loader = None
    try:
        loader = _Loader(text)
        loader.limits = limits
        node: Node | None = loader.get_single_node()
    except OverflowingError as error:
        raise InputError(problems=[Problem(path, *error.place, error.message, error.hint)]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        message, hint = _yaml_fault(error, text, line, column)
        raise InputError(problems=[Problem(path, line, column, message, hint)]) from None
    except (yaml.YAMLError, ValueError) as error:
        message = " ".join(str(error).split()) or "cannot be read"
        raise InputError(problems=[Problem(path, *_bad_character(text), f"not YAML: {message}")]) from None
    finally:
        if loader is not None:
            loader.dispose()
    return node


def _bad_character(text: str) -> tuple[int, int]:
    match = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    if match is None:
        return 0, 0
    return text.count("\n", 0, match.start()) + 1, match.start() - text.rfind("\n", 0, match.start())


def _yaml_fault(error: yaml.MarkedYAMLError, text: str, line: int, column: int) -> tuple[str, str]:
    problem = error.problem or "cannot be read"
    lines = text.splitlines()
    faulty = lines[line - 1] if 0 < line <= len(lines) else ""
    conflict = re.search(r"^(?:<{7}|>{7}) ", text, re.MULTILINE)
    if conflict:
        at = text.count("\n", 0, conflict.start()) + 1
        return f"a merge conflict is not resolved: its marker stands in line {at}", "resolve it first"
    if "\t" in faulty[:column] and not faulty[: max(column - 1, 0)].strip():
        return "a tab indents this line", "YAML is indented with spaces"
    hint = ""
    if "mapping values are not allowed" in problem or "did not find expected" in problem:
        hint = "is the line above complete, the indentation even, and a text with `: ` or `{{` in quotes?"
    elif "undefined alias" in problem:
        hint = "a text that begins with `*` needs quotes"
    elif "cannot start any token" in problem:
        hint = "a text that begins with `%`, `@` or a backtick needs quotes"
    elif "expected a single document" in (error.context or ""):
        hint = "one document a file: remove the `---` in the middle"
    context = f"{error.context}: " if error.context else ""
    shown = f", found `{faulty.strip()[:60]}`" if faulty.strip() else ""
    return f"not YAML: {context}{problem}{shown}", hint
