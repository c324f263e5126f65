"""Nodes of YAML as plain data: a key stands once, and aliases may not multiply into a bomb."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from yaml.nodes import ScalarNode, SequenceNode

from llmops_cli.core.errors import InputError
from llmops_cli.core.limits import more
from llmops_cli.core.nesting import too_deep
from llmops_cli.core.problem import Problem
from llmops_cli.core.yaml_nodes import TAG

if TYPE_CHECKING:
    from yaml.nodes import Node

    from llmops_cli.core.limits import Limits


def plain(root: Node, path: str, limits: Limits) -> Any:
    """The data of a document. Raises InputError with the place of what the parser lets pass and we do not."""
    return _Builder(path, limits).build(root, depth=0)


class _Builder:
    """Turns composed nodes into data, and finds what the parser lets pass."""

    def __init__(self, path: str, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        self.seen: set[int] = set()
        self.open: set[int] = set()
        self.aliased = 0
        self.repeated = 0

    def build(self, node: Node, depth: int) -> Any:
        if depth > self.limits.depth:  # aliases lead deeper than what is written
            raise self.fault(node, too_deep(self.limits), more("depth"))
        if id(node) in self.open:
            raise self.fault(node, "an alias that contains itself")
        if id(node) in self.seen:
            self.repeat(node)
        self.seen.add(id(node))
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        self.open.add(id(node))
        try:
            if isinstance(node, SequenceNode):
                if node.tag != TAG + "seq":
                    raise self.fault(node, f"the tag `{_shown(node.tag)}` is not supported", "remove the tag")
                return [self.build(item, depth + 1) for item in node.value]
            return self.mapping(node, depth)
        finally:
            self.open.discard(id(node))

    def repeat(self, node: Node) -> None:
        """Count a node that an alias stands for, once more."""
        self.aliased += 1
        if self.aliased > self.limits.aliases:
            message = "aliases multiply into more than a file should hold"
            raise self.fault(node, f"{message}: {self.limits.aliases:,} values (`aliases`)", more("aliases"))
        if isinstance(node, ScalarNode):
            self.repeated += len(node.value)
            if self.repeated > self.limits.file_bytes:
                message = f"aliases repeat more text than {self.limits.file_mb:g} MB (`file_mb`)"
                raise self.fault(node, message, more("file_mb"))

    def mapping(self, node: Node, depth: int) -> dict[str, Any]:
        if node.tag != TAG + "map":
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
        kind = node.tag.removeprefix(TAG)
        if kind == "str":
            if not self.limits.has_room(text):
                raise self.fault(
                    node, f"a text of more than {self.limits.cell_mb:g} MB (`cell_mb`)", more("cell_mb")
                )
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
    return tag.replace(TAG, "!!")
