"""What renders differently from one time to the next: chance, and objects whose text is their address."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import ItemsView, KeysView, Mapping, ValuesView
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateRuntimeError, nodes

from llmops_cli.prompts.meter import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llmops_cli.prompts.metered import MeteredEnvironment

CHANCE = "random"
FILLER = "lipsum"
_LAZY = frozenset(
    {"map", "select", "reject", "selectattr", "rejectattr", "unique", "batch", "slice", "items"}
)
"""Filters that give an iterator: printed, it is its address."""
_MAKERS = frozenset({"cycler", "joiner", "namespace"})
"""What makes an object for a template to work with, and none to print."""
_PASSING = frozenset(
    {
        *("string", "safe", "escape", "e", "forceescape", "trim", "upper", "lower", "title", "capitalize"),
        *("indent", "truncate", "wordwrap", "center", "replace", "striptags", "urlize", "default", "d"),
        *("pprint", "format", "urlencode"),
    }
)
"""Filters whose text holds that of the value."""
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
AS_TEXT = "add `| join(', ')` or `| list`"
BY_A_CASE = "the same case has to give the same text each time: let the case bring it as a variable"


class VaryingError(TemplateRuntimeError):
    """A template prints something that is another text each time."""


@dataclass(frozen=True, slots=True)
class Varying:
    """A place in a template that renders differently each time: what stands there, and what to do."""

    line: int
    message: str
    hint: str


def make_steady(environment: MeteredEnvironment) -> None:
    """Take chance out of an environment, and refuse to print addresses."""
    environment.filters.pop(CHANCE, None)
    environment.globals.pop(FILLER, None)
    meter = environment.meter

    def printed(value: Any) -> Any:
        if type(value) in PLAIN:
            return value
        meter.weigh(value)
        return _printed(value)

    environment.finalize = printed


def _printed(value: Any) -> Any:
    """A value that is about to be printed. Raises VaryingError for one whose text is an address."""
    for part in _leaves(value):
        if type(part) not in PLAIN and ADDRESS.search(repr(part)):
            kind = type(part).__name__.replace("_", " ")
            raise VaryingError(f"it prints the address of an object ({kind}), which is another each time")
    return value


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(key)
            yield from _leaves(part)
    elif isinstance(value, list | tuple | set | frozenset | KeysView | ValuesView | ItemsView):
        for part in value:
            yield from _leaves(part)
    else:
        yield value


def addresses(text: str, sources: Iterable[Any]) -> list[str]:
    """The addresses of objects in a rendered text; what looks like one and stands in a source is none."""
    if " at 0x" not in text:
        return []
    given = {address for source in _leaves(list(sources)) for address in ADDRESS.findall(str(source))}
    return [address for address in dict.fromkeys(ADDRESS.findall(text)) if address not in given]


def varying_in(tree: nodes.Template) -> Iterator[Varying]:
    """Every place of a template that can be seen to render differently each time, without rendering it."""
    for node in tree.find_all(nodes.Filter):
        if node.name == CHANCE or (node.name == "map" and _is_text(node.args[:1], CHANCE)):
            yield Varying(node.lineno, f"the filter `{CHANCE}` picks another item each time", BY_A_CASE)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == FILLER:
            yield Varying(call.lineno, f"`{FILLER}` writes another text each time", BY_A_CASE)
    printing = _Printing(tree)
    for output in tree.find_all(nodes.Output):
        for expression in output.nodes:
            yield from printing.in_text(expression)


def _is_text(values: list[nodes.Expr], text: str) -> bool:
    return bool(values) and isinstance(values[0], nodes.Const) and values[0].value == text


class _Printing:
    """Knows what the names of one template stand for."""

    def __init__(self, tree: nodes.Template) -> None:
        self.objects = {macro.name: "a macro" for macro in tree.find_all(nodes.Macro)}
        self.objects |= {imported.target: "a file" for imported in tree.find_all(nodes.Import)}
        stores = Counter(name.name for name in tree.find_all(nodes.Name) if name.ctx != "load")
        self.objects |= {name: f"Jinja's `{name}`" for name in _MAKERS - stores.keys()}
        self.sets: dict[str, list[nodes.Node]] = {}
        for assigned in tree.find_all(nodes.Assign):
            if isinstance(assigned.target, nodes.Name):
                self.sets.setdefault(assigned.target.name, []).append(assigned.node)
        # A name that a loop or a macro gives another meaning stands for a value.
        self.sets = {name: values for name, values in self.sets.items() if stores[name] == len(values)}

    def in_text(self, expression: nodes.Node) -> Iterator[Varying]:
        """The objects whose own text becomes part of the template's."""
        for part in _parts(expression):
            what = self._what(part)
            if what is not None:
                yield Varying(part.lineno, *what)

    def _what(self, part: nodes.Node) -> tuple[str, str] | None:
        """What is wrong with printing an expression, and what to do; None where it is a value."""
        if isinstance(part, nodes.Filter) and part.name in _LAZY:
            return f"`{part.name}` gives an iterator, and printed it is an address", AS_TEXT
        if isinstance(part, nodes.Call) and isinstance(part.node, nodes.Name) and part.node.name in _MAKERS:
            kind = part.node.name
            if kind in self.objects:
                return f"a `{kind}` is printed, and not what it holds", "print a value of it"
        if not isinstance(part, nodes.Name) or part.ctx != "load":
            return None
        if part.name in self.sets:
            meanings = [self._what(expression) for expression in self.sets[part.name]]
            return meanings[0] if all(meanings) else None
        if part.name in self.objects:
            what = self.objects[part.name]
            hint = f"call it: `{part.name}(…)`" if what == "a macro" else "print a value of it"
            return f"`{part.name}` is {what}, and its own text is printed", hint
        return None


def _parts(expression: nodes.Node) -> Iterator[nodes.Node]:
    """The expressions whose texts an expression puts together; itself where it makes a value of its own."""
    inner: list[nodes.Node | None]
    match expression:
        case nodes.CondExpr():
            inner = [expression.expr1, expression.expr2]
        case nodes.Or() | nodes.And():
            inner = [expression.left, expression.right]
        case nodes.Concat() | nodes.List() | nodes.Tuple():
            inner = [*(expression.nodes if isinstance(expression, nodes.Concat) else expression.items)]
        case nodes.Dict():
            inner = [pair.value for pair in expression.items]
        case nodes.Filter() if expression.name in _PASSING:
            inner = [expression.node]
        case _:
            yield expression
            return
    for part in inner:
        if part is not None:
            yield from _parts(part)
