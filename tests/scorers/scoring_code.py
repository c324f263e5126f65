"""The hash of what a scorer computes: its class, everything of `scorers/` that it reaches, and no words."""

from __future__ import annotations

import ast
import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PACKAGE = "llmops_cli.scorers."
NOT_SCORING = {"does", "version", "since"}
"""Attributes of a class that say something of it and judge nothing."""
SILENT = {"ctx", "kind", "type_comment", "type_params", "lineno"}
"""Fields of the syntax tree that say nothing, or are not there in every Python."""


def scoring_hashes(folder: Path, places: Mapping[str, str]) -> dict[str, str]:
    """Hash of each scorer by its name; `places` says where it is in a folder of scorers, `module:Class`.

    Comments, docstrings, layout, annotations, places of imports and descriptions of options do not count.
    """
    modules = {path.stem: _Module(path) for path in folder.glob("*.py")}
    return {scorer: _hash(modules, place) for scorer, place in places.items()}


def _hash(modules: Mapping[str, _Module], place: str) -> str:
    module, _, name = place.partition(":")
    waiting, reached = [(module, name)], {}
    while waiting:
        at, wanted = waiting.pop()
        if (at, wanted) in reached or at not in modules:
            continue
        known = modules[at]
        if wanted in known.imports:
            waiting.append(known.imports[wanted])
        elif wanted in known.definitions:
            node = _Wordless().visit(known.definitions[wanted])
            reached[at, wanted] = _told(node)
            waiting += [(at, each.id) for each in ast.walk(node) if isinstance(each, ast.Name)]
    assert (module, name) in reached, f"{place} is not there"
    parts = [f"{at}.{wanted}: {code}" for (at, wanted), code in sorted(reached.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


class _Module:
    """What a module defines at its top, and what it imports from other scorers."""

    def __init__(self, path: Path) -> None:
        self.definitions: dict[str, ast.AST] = {}
        self.imports: dict[str, tuple[str, str]] = {}
        tree = ast.parse(path.read_text("utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                self.definitions[node.name] = node
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    names = (each.id for each in ast.walk(target) if isinstance(each, ast.Name))
                    self.definitions.update(dict.fromkeys(names, node))
        for inner in ast.walk(tree):
            if isinstance(inner, ast.ImportFrom) and (inner.module or "").startswith(PACKAGE):
                home = (inner.module or "").removeprefix(PACKAGE)
                self.imports |= {alias.asname or alias.name: (home, alias.name) for alias in inner.names}


class _Wordless(ast.NodeTransformer):
    """Takes away what is there for readers."""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [line for line in _acting(node.body) if not _describes(line)]
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body, node.returns = _acting(node.body), None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return ast.Assign([self.visit(node.target)], self.visit(node.value))

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        kept = [pair for pair in zip(node.keys, node.values, strict=True) if not _is(pair[0], "description")]
        node.keys, node.values = [key for key, _ in kept], [value for _, value in kept]
        return self.generic_visit(node)


def _acting(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements without docstrings, and without imports: what they bring counts where it is used."""
    return [
        line
        for line in body
        if not isinstance(line, ast.Import | ast.ImportFrom)
        and not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
    ]


def _describes(line: ast.stmt) -> bool:
    return isinstance(line, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id in NOT_SCORING for target in line.targets
    )


def _is(node: ast.AST | None, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def _told(node: Any) -> str:
    """The tree as a text that is the same in every version of Python."""
    if isinstance(node, ast.AST):
        fields = [
            f"{name}={_told(value)}"
            for name, value in ast.iter_fields(node)
            if name not in SILENT and value not in (None, [])
        ]
        return f"{type(node).__name__}({', '.join(fields)})"
    if isinstance(node, list):
        return f"[{', '.join(map(_told, node))}]"
    return repr(node)
