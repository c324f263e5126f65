"""YAML and JSON text as plain data that knows where in the file each value stands.

JSON is a subset of our YAML (`yaml_nodes.py`); in both a key stands once.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from yaml.nodes import MappingNode, SequenceNode

from llmops_cli.core.errors import InputError
from llmops_cli.core.limits import Limits
from llmops_cli.core.nesting import overflow
from llmops_cli.core.problem import Problem, Severity
from llmops_cli.core.yaml_data import plain
from llmops_cli.core.yaml_nodes import compose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yaml.nodes import Node

DEFAULT = Limits()


class Source:
    """Data of one file, or of one line of a JSON Lines file, and the place of each part of it.

    A pointer is a tuple of keys and indices from the root. Lines and columns count from 1.
    """

    def __init__(
        self,
        path: str,
        data: Any,
        *,
        root: Node | None = None,
        text: str = "",
        line: int = 1,
        limits: Limits = DEFAULT,
    ) -> None:
        self.path = path
        self.data = data
        self.limits = limits
        self._given_root = root
        self._text = text
        self._line = line

    @cached_property
    def _root(self) -> Node | None:
        if self._given_root is not None or not self._text:
            return self._given_root
        # JSON is read by the json module, which keeps no places; they are looked up only for a message.
        try:
            return compose(self._text, self.path, self.limits)
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
            child = _child(node, step)
            if child is None:
                break
            key_node, node = child
            mark = key_node.start_mark if key and key_node is not None else node.start_mark
        return self._line + mark.line, mark.column + 1

    def place_in_text(self, pointer: Sequence[str | int], line: int, column: int = 0) -> tuple[int, int]:
        """Place of line `line` (from 1) inside the text at `pointer`: a template in a block of YAML."""
        node = self._root
        for step in pointer:
            child = _child(node, step) if node is not None else None
            node = child[1] if child else None
        if node is None:
            return self.place(pointer)
        start = node.start_mark
        if getattr(node, "style", None) in ("|", ">"):
            # The indentation of the block is not in the text: what follows the first line shows it.
            after = self._text.split("\n")[start.line + 1 :]
            indent = next((len(row) - len(row.lstrip(" ")) for row in after if row.strip()), 0)
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


def read_yaml(text: str, path: str, limits: Limits = DEFAULT) -> Source:
    """Parse one YAML document. Raises InputError with the place of every kind of fault."""
    root = compose(text, path, limits)
    if root is None:
        return Source(path, None, limits=limits)
    return Source(path, plain(root, path, limits), root=root, text=text, limits=limits)


def read_json(text: str, path: str, *, line: int = 1, limits: Limits = DEFAULT) -> Source:
    """Parse one JSON value that begins at `line` of the file. Raises InputError, on double keys too."""
    excess = overflow(text, limits)
    if excess is not None:
        at, message, hint = excess
        place = line + text.count("\n", 0, at), at - text.rfind("\n", 0, at)
        raise InputError(problems=[Problem(path, *place, message, hint)])

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
        excerpt = text[error.pos : error.pos + 20].strip()
        message = f"not JSON: {error.msg[0].lower()}{error.msg[1:]}"
        if excerpt:
            message += f", found `{excerpt}`"
        raise InputError(
            problems=[Problem(path, line + error.lineno - 1, error.colno, message, _json_hint(text))]
        ) from None
    except ValueError as error:  # an integer of thousands of digits
        raise InputError(problems=[Problem(path, line, 0, f"not JSON: {error}")]) from None
    return Source(path, data, text=text, line=line, limits=limits)


def _json_hint(text: str) -> str:
    if text.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "this is the marker of a merge conflict: resolve it first"
    return ""


def _child(node: Node, step: str | int) -> tuple[Node | None, Node] | None:
    if isinstance(node, MappingNode):
        for key_node, value_node in node.value:
            if key_node.value == str(step):
                return key_node, value_node
    elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None
