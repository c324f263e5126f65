"""What a project's own scorer reads of a case beside its inputs, as far as that stands in its code."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, get_args

from llmops_cli.scorers.base import Marking

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL: frozenset[Marking] = frozenset(get_args(Marking))


def markings_read(texts: Iterable[str]) -> frozenset[Marking]:
    """Which markings of a case the code in these texts can read; nothing is run.

    One that is named anywhere but in a docstring counts. All count where a function hands its case on as a
    whole, unless to a function that stands in these texts itself, and where a text is no Python.
    """
    try:
        modules = [ast.parse(text) for text in texts]
    except (SyntaxError, ValueError, RecursionError):
        return ALL
    nodes = [node for module in modules for node in ast.walk(module)]
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    if any(_hands_on(function, {each.name for each in functions}) for function in functions):
        return ALL
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    named = {word for node in nodes if id(node) not in docstrings for word in _words(node)}
    if named & {"__dict__", "__getattribute__", "attrgetter"}:
        return ALL
    return frozenset(marking for marking in ALL if any(marking in word for word in named))


def _words(node: ast.AST) -> list[str]:
    """The names and texts of one node."""
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.Name):
        return [node.id]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _hands_on(function: ast.FunctionDef, known_functions: set[str]) -> bool:
    """Whether a function does anything with its second parameter, the case, but read its attributes."""
    parameters = [*function.args.posonlyargs, *function.args.args]
    if len(parameters) < 2:
        return function.args.vararg is not None
    case = parameters[1].arg
    fine: set[int] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute):
            fine.add(id(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name in known_functions:
                fine.update(map(id, node.args))
    return any(
        isinstance(node, ast.Name) and node.id == case and id(node) not in fine for node in ast.walk(function)
    )
