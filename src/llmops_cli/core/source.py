"""YAML and JSON text as plain data that knows where in the file each value stands.

The dialect is the core schema of YAML 1.2: only `true` and `false` are booleans (`no` is the text "no"),
dates are text, a key stands once, and JSON is a subset. Aliases may not multiply into a bomb.
"""

from __future__ import annotations

import json
import math
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from llmops_cli.core.errors import InputError
from llmops_cli.core.problem import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ALIASED_NODES = 10_000
"""How many nodes aliases may repeat in one file: enough for shared blocks, far too few for a bomb."""
MAX_DEPTH = 100

_TAG = "tag:yaml.org,2002:"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The C parser of libyaml where it is there, with the plain scalars of the YAML 1.2 core schema."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


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
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"^(?:{_pattern})$"), _first)


class Source:
    """Data of one file, or of one line of a JSON Lines file, and the place of each part of it.

    A pointer is a tuple of keys and indices from the root. Lines and columns count from 1.
    """

    def __init__(
        self, path: str, data: Any, *, root: Node | None = None, text: str = "", line: int = 1
    ) -> None:
        self.path = path
        self.data = data
        self._given_root = root
        self._text = text
        self._line = line

    @cached_property
    def _root(self) -> Node | None:
        if self._given_root is not None or not self._text:
            return self._given_root
        # JSON is read by the json module, which keeps no places; they are looked up only for a message.
        try:
            return _compose(self._text, self.path)
        except InputError:
            return None

    def place(self, pointer: Sequence[str | int] = (), *, key: bool = False) -> tuple[int, int]:
        """Line and column of the value at `pointer`, or of its key; of the nearest parent if it is absent."""
        if not pointer and self._given_root is None and self._text.startswith(("{", "[")):
            return self._line, 1  # nearly every case of a large suite: its line need not be parsed once more
        node = self._root
        if node is None:
            return self._line, 0
        mark = node.start_mark
        for step in pointer:
            found = _child(node, step)
            if found is None:
                break
            key_node, node = found
            mark = key_node.start_mark if key and key_node is not None else node.start_mark
        return self._line + mark.line, mark.column + 1

    def place_in_text(self, pointer: Sequence[str | int], line: int, column: int = 0) -> tuple[int, int]:
        """Place of line `line` (from 1) inside the text at `pointer`: a template in a block of YAML."""
        node = self._root
        for step in pointer:
            found = _child(node, step) if node is not None else None
            node = found[1] if found else None
        if node is None:
            return self.place(pointer)
        start = node.start_mark
        if getattr(node, "style", None) in ("|", ">"):
            # The indentation of the block is not in the text: what follows the first line shows it.
            after = self._text.split("\n")[start.line + 1 :]
            indent = next((len(each) - len(each.lstrip(" ")) for each in after if each.strip()), 0)
            return self._line + start.line + line, column + indent if column else 0
        if line == 1:
            quote = 1 if getattr(node, "style", None) in ("'", '"') else 0
            return self._line + start.line, start.column + quote + max(column, 1)
        return self._line + start.line + line - 1, 0

    def problem(
        self,
        pointer: Sequence[str | int],
        message: str,
        hint: str = "",
        *,
        key: bool = False,
        check: str = "",
        severity: Severity = "error",
    ) -> Problem:
        """A problem at the value, or the key, at `pointer`."""
        line, column = self.place(pointer, key=key)
        return Problem(self.path, line, column, message, hint, check, severity)


def read_yaml(text: str, path: str) -> Source:
    """Parse one YAML document. Raises InputError with the place of every kind of fault."""
    root = _compose(text, path)
    if root is None:
        return Source(path, None)
    return Source(path, _Builder(path).build(root, depth=0), root=root, text=text)


def read_json(text: str, path: str, *, line: int = 1) -> Source:
    """Parse one JSON value that begins at `line` of the file. Raises InputError, on double keys too."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            keys = [key for key, _ in pairs]
            double = next(key for key in keys if keys.count(key) > 1)
            raise InputError(problems=[Problem(path, line, 0, f"the key `{double}` stands twice")])
        return value

    def refuse(constant: str) -> Any:
        raise InputError(problems=[Problem(path, line, 0, f"{constant} is not a JSON value")])

    try:
        data = json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except json.JSONDecodeError as error:
        found = text[error.pos : error.pos + 20].strip()
        message = f"not JSON: {error.msg[0].lower()}{error.msg[1:]}" + (f", found `{found}`" if found else "")
        raise InputError(
            problems=[Problem(path, line + error.lineno - 1, error.colno, message, _json_hint(text))]
        ) from None
    except RecursionError:
        raise InputError(problems=[Problem(path, line, 0, "nested too deeply")]) from None
    except ValueError as error:  # an integer of thousands of digits
        raise InputError(problems=[Problem(path, line, 0, f"not JSON: {error}")]) from None
    return Source(path, data, text=text, line=line)


def _json_hint(text: str) -> str:
    if text.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "this is the marker of a merge conflict: resolve it first"
    return ""


def _compose(text: str, path: str) -> Node | None:
    loader = None
    try:
        loader = _Loader(text)
        node: Node | None = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        message, hint = _yaml_fault(error, text, line, column)
        raise InputError(problems=[Problem(path, line, column, message, hint)]) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        message = " ".join(str(error).split()) or "nested too deeply"
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
    found = lines[line - 1] if 0 < line <= len(lines) else ""
    conflict = re.search(r"^(?:<{7}|>{7}) ", text, re.MULTILINE)
    if conflict:
        at = text.count("\n", 0, conflict.start()) + 1
        return f"a merge conflict is not resolved: its marker stands in line {at}", "resolve it first"
    if "\t" in found[:column] and not found[: max(column - 1, 0)].strip():
        return "a tab indents this line", "YAML is indented with spaces"
    if "nest" in problem:
        return "nested too deeply", f"at most {MAX_DEPTH} levels"
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
    shown = f", found `{found.strip()[:60]}`" if found.strip() else ""
    return f"not YAML: {context}{problem}{shown}", hint


def _child(node: Node, step: str | int) -> tuple[Node | None, Node] | None:
    if isinstance(node, MappingNode):
        for key_node, value_node in node.value:
            if key_node.value == str(step):
                return key_node, value_node
    elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None


class _Builder:
    """Turns composed nodes into data, and finds what the parser lets pass."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.seen: set[int] = set()
        self.open: set[int] = set()
        self.aliased = 0

    def build(self, node: Node, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise self.fault(node, "nested too deeply", f"at most {MAX_DEPTH} levels")
        if id(node) in self.open:
            raise self.fault(node, "an alias that contains itself")
        if id(node) in self.seen:
            self.aliased += 1
            if self.aliased > MAX_ALIASED_NODES:
                raise self.fault(node, "aliases multiply into more than a file should hold")
        self.seen.add(id(node))
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        self.open.add(id(node))
        try:
            if isinstance(node, SequenceNode):
                if node.tag != _TAG + "seq":
                    raise self.fault(node, f"the tag `{_shown(node.tag)}` is not supported", "remove the tag")
                return [self.build(item, depth + 1) for item in node.value]
            return self.mapping(node, depth)
        finally:
            self.open.discard(id(node))

    def mapping(self, node: Node, depth: int) -> dict[str, Any]:
        if node.tag != _TAG + "map":
            raise self.fault(node, f"the tag `{_shown(node.tag)}` is not supported", "remove the tag")
        value: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                raise self.fault(
                    key_node, "a key has to be text", "a text that begins with `{` or `[` needs quotes"
                )
            key = str(key_node.value)
            if key == "<<":
                raise self.fault(key_node, "merge keys (`<<`) are not part of YAML 1.2", "write the keys out")
            if key in value:
                raise self.fault(key_node, f"the key `{key}` stands twice", "keep one of them")
            value[key] = self.build(value_node, depth + 1)
        return value

    def scalar(self, node: ScalarNode) -> Any:
        text = node.value
        kind = node.tag.removeprefix(_TAG)
        if kind == "str":
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        try:
            if kind == "int":
                return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
            if kind == "float":
                number = float(re.sub(r"\.(?=[in])", "", text.lower()))
                if not math.isfinite(number):
                    raise self.fault(node, f"`{text}` is not a finite number")
                return number
        except ValueError:
            raise self.fault(node, f"`{text[:40]}` is not a number") from None
        raise self.fault(node, f"the tag `{_shown(node.tag)}` is not supported", "remove the tag")

    def fault(self, node: Node, message: str, hint: str = "") -> InputError:
        mark = node.start_mark
        return InputError(problems=[Problem(self.path, mark.line + 1, mark.column + 1, message, hint)])


def _shown(tag: str) -> str:
    return tag.replace(_TAG, "!!")
