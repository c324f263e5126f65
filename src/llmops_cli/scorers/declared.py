"""A function as the text of its file declares it: nothing is run."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LITERALS = (ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.Set)


@dataclass(frozen=True, slots=True)
class Declared:
    """A function: the line of its name, and how it is called; None where only running it would tell."""

    line: int
    is_async: bool = False
    signature: inspect.Signature | None = None


class NoFunctionError(LookupError):
    """A file that has no function of a name; `others` are those that it has."""

    def __init__(self, others: list[str]) -> None:
        super().__init__()
        self.others = others


def declared(text: str, path: str, name: str) -> Declared:
    """The function of a name. Raises NoFunctionError, and SyntaxError for a text that is no Python."""
    module = compile(text, path, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    functions: dict[str, Declared] = {}
    for node in _statements(module):
        functions.update(_given(node))
    if name in functions:
        return functions[name]
    if "*" in functions or "__getattr__" in functions:
        return Declared(1)
    raise NoFunctionError([function for function, at in functions.items() if at.signature is not None])


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Every statement that runs when the file is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case) and not isinstance(
            child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ):
            yield from _statements(child)


def _given(node: ast.stmt) -> Iterator[tuple[str, Declared]]:
    """The names that a statement gives to something that may be called."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        # What a decorator makes of it shows when it runs.
        line = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        signature = None if node.decorator_list else _signature(node.args)
        yield node.name, Declared(line, isinstance(node, ast.AsyncFunctionDef), signature)
    elif isinstance(node, ast.ClassDef):
        yield node.name, Declared(node.lineno)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, Declared(node.lineno)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and not isinstance(node.value, _LITERALS):
                    yield name.id, Declared(node.lineno, False, _of_lambda(node.value))


def _of_lambda(node: ast.expr | None) -> inspect.Signature | None:
    return _signature(node.args) if isinstance(node, ast.Lambda) else None


def _signature(arguments: ast.arguments) -> inspect.Signature:
    kinds = inspect.Parameter
    placed = [
        *((argument, kinds.POSITIONAL_ONLY) for argument in arguments.posonlyargs),
        *((argument, kinds.POSITIONAL_OR_KEYWORD) for argument in arguments.args),
    ]
    without = len(placed) - len(arguments.defaults)
    parameters = [
        kinds(argument.arg, kind, default=kinds.empty if number < without else None)
        for number, (argument, kind) in enumerate(placed)
    ]
    if arguments.vararg is not None:
        parameters.append(kinds(arguments.vararg.arg, kinds.VAR_POSITIONAL))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        empty = kinds.empty if default is None else None
        parameters.append(kinds(argument.arg, kinds.KEYWORD_ONLY, default=empty))
    if arguments.kwarg is not None:
        parameters.append(kinds(arguments.kwarg.arg, kinds.VAR_KEYWORD))
    return inspect.Signature(parameters)
