"""What a project's own scorer reads of a case beside its inputs, as far as that stands in its code."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, get_args

from llmops_cli.scorers.base import Marking

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALL: frozenset[Marking] = frozenset(get_args(Marking))
CASE = 1
"""The case is the second argument of a scorer's function."""
REFLECTING = {"__dict__", "__getattribute__", "attrgetter", "locals"}
"""Names by which code reads what it does not name."""


def markings_read(texts: Iterable[str], function: str) -> frozenset[Marking]:
    """Which markings of a case a function can read that stands in these texts; nothing is run.

    One that is named anywhere but in a docstring counts. All count where the case as a whole is handed on,
    unless to a function of these texts, where the function is not found, and where a text is no Python.
    """
    try:
        modules = [ast.parse(text) for text in texts]
    except (SyntaxError, ValueError, RecursionError):
        return ALL
    functions = {
        node.name: node for module in modules for node in module.body if isinstance(node, ast.FunctionDef)
    }
    nodes = [node for module in modules for node in ast.walk(module)]
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    named = {word for node in nodes if id(node) not in docstrings for word in _words(node)}
    if named & REFLECTING or not _keeps_case(functions, function):
        return ALL
    return frozenset(marking for marking in ALL if any(marking in word for word in named))


def _words(node: ast.AST) -> list[str]:
    """The names and texts of one node."""
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.Name):
        return [node.id]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _keeps_case(functions: Mapping[str, ast.FunctionDef], function: str) -> bool:
    """Whether a function, and those that it hands its case to, only read attributes of it."""
    waiting, followed = [(function, CASE)], set()
    while waiting:
        step = waiting.pop()
        if step in followed:
            continue
        followed.add(step)
        handed = _handed_on(functions.get(step[0]), step[1], functions)
        if handed is None:
            return False
        waiting += handed
    return True


def _handed_on(
    function: ast.FunctionDef | None, position: int, functions: Mapping[str, ast.FunctionDef]
) -> list[tuple[str, int]] | None:
    """The functions that get the case as their so many-th argument; None where it goes elsewhere."""
    parameters = [] if function is None else [*function.args.posonlyargs, *function.args.args]
    if function is None or len(parameters) <= position:
        return None
    case = parameters[position].arg
    fine: set[int] = set()
    handed: list[tuple[str, int]] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute):
            fine.add(id(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions:
            for at, argument in enumerate(node.args):
                if isinstance(argument, ast.Name) and argument.id == case:
                    fine.add(id(argument))
                    handed.append((node.func.id, at))
    uses = (node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == case)
    return handed if all(id(node) in fine for node in uses) else None
