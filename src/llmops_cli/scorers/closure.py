"""Which files of the repository a file imports, read from their text: nothing is run."""

from __future__ import annotations

import ast
import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.tree import Tree

_SAME = {
    "str",
    "Path",
    "PurePath",
    "fspath",
    "abspath",
    "realpath",
    "normpath",
    "resolve",
    "absolute",
    "as_posix",
}
"""Calls that give the path that they are given, or are made on."""
_ADDING = {"append", "insert", "extend", "addsitedir"}
_IMPORTING = {"import_module", "__import__"}


def closure(tree: Tree, path: str, module: str = "", folder: str = "") -> dict[str, str]:
    """The text of a file and of every file of the repository that it imports, however far, by path.

    An imported name is looked up beside the file, in every folder that one of the files adds to `sys.path`,
    and at the project's root; all that fit count. With a `module` the file is imported by that name,
    from `folder`, and so are the packages that it lies in. Raises InputError when one cannot be read.
    """
    return _Closure(tree, path, module, folder).texts


@dataclass
class _Imports:
    """What one file imports: names, each with how many folders up it is looked for (0: in every folder)."""

    names: set[tuple[int, str]] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)


class _Closure:
    def __init__(self, tree: Tree, path: str, module: str, folder: str) -> None:
        self.tree = tree
        self.folders = dict.fromkeys((posixpath.dirname(path), folder, ""))
        self.texts: dict[str, str] = {}
        self.imports: dict[str, _Imports] = {}
        self._add(path)
        if module:
            self.imports[path].names.add((0, module))
        size = -1
        while size != len(self.texts) + len(self.folders):
            size = len(self.texts) + len(self.folders)
            for importing, imports in list(self.imports.items()):
                self.folders.update(dict.fromkeys(sorted(imports.folders)))
                for up, name in sorted(imports.names):
                    for imported in self._files(importing, up, name):
                        self._add(imported)

    def _add(self, path: str) -> None:
        if path not in self.texts:
            self.texts[path] = self.tree.read(path)
            self.imports[path] = _imports(self.texts[path], path)

    def _files(self, importing: str, up: int, name: str) -> Iterator[str]:
        """The files that an import runs: the module, and the packages that it lies in."""
        folders = [_above(posixpath.dirname(importing), up - 1)] if up else list(self.folders)
        parts = [part for part in name.split(".") if part]
        for folder in folders:
            for depth in range(len(parts) + 1):
                module = posixpath.join(folder, *parts[:depth])
                if depth and self._has(f"{module}.py"):
                    yield f"{module}.py"
                if (depth or up) and self._has(posixpath.join(module, "__init__.py")):
                    yield posixpath.join(module, "__init__.py")

    def _has(self, path: str) -> bool:
        """Whether the repository has a file; nothing outside of it counts."""
        try:
            return self.tree.has(path)
        except InputError:
            if path.startswith("../"):
                return False
            raise


def _above(folder: str, times: int) -> str:
    """The folder so many times above one."""
    for _ in range(times):
        folder = _parent(folder) or ""
    return folder


def _imports(text: str, path: str) -> _Imports:
    imports = _Imports()
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return imports  # it cannot be imported either
    paths = _Paths(path, module)
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            imports.names.update((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            home = node.module or ""
            imports.names.add((node.level, home))
            imports.names.update((node.level, f"{home}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call):
            if _called(node) in _IMPORTING and node.args and isinstance(node.args[0], ast.Constant):
                imports.names.add((0, str(node.args[0].value)))
            elif _called(node) in _ADDING and node.args:
                imports.folders.update(paths.of(node.args[-1]))
        elif isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_is_search_path(target) for target in targets):
                imports.folders.update(paths.of(node.value))
    return imports


def _called(call: ast.Call) -> str:
    """The name of what is called; "" of a list's method, unless the list is `sys.path`."""
    function = call.func
    if isinstance(function, ast.Name):
        return function.id
    if not isinstance(function, ast.Attribute):
        return ""
    if function.attr in _ADDING - {"addsitedir"} and not _is_search_path(function.value):
        return ""
    return function.attr


def _is_search_path(node: ast.expr) -> bool:
    while isinstance(node, ast.Subscript):
        node = node.value
    return isinstance(node, ast.Attribute) and node.attr == "path" and isinstance(node.value, ast.Name)


class _Paths:
    """Works out which folder an expression means, as far as that stands in the file.

    Paths are those of the project, `../lib` for a folder beside it; what is known only when
    it runs is None.
    """

    def __init__(self, path: str, module: ast.Module) -> None:
        self.path = path
        self.values: dict[str, ast.expr] = {}
        for node in module.body:
            if isinstance(node, ast.Assign):
                self.values.update(
                    (target.id, node.value) for target in node.targets if isinstance(target, ast.Name)
                )

    def of(self, node: ast.expr, depth: int = 0) -> Iterator[str]:
        """The folders that an expression, or each element of a list, means."""
        if isinstance(node, ast.List | ast.Tuple):
            for element in node.elts:
                yield from self.of(element, depth)
        elif isinstance(node, ast.Starred):
            yield from self.of(node.value, depth)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            yield from self.of(node.left, depth)
            yield from self.of(node.right, depth)
        else:
            folder = self.value(node)
            if folder is not None and not folder.startswith("/"):
                yield folder

    def value(self, node: ast.expr, depth: int = 0) -> str | None:
        """The path that an expression means."""
        if depth > _DEEPEST:
            return None
        if isinstance(node, ast.Constant):
            return _normal(node.value) if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            if node.id == "__file__":
                return self.path
            given = self.values.get(node.id)
            return None if given is None else self.value(given, depth + 1)
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            return _parent(self.value(node.value, depth + 1))
        if isinstance(node, ast.Subscript):
            return self._ancestor(node, depth)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return _join([self.value(node.left, depth + 1), self.value(node.right, depth + 1)])
        return self._call(node, depth) if isinstance(node, ast.Call) else None

    def _ancestor(self, node: ast.Subscript, depth: int) -> str | None:
        """`path.parents[1]`."""
        if not (isinstance(node.value, ast.Attribute) and node.value.attr == "parents"):
            return None
        if not (isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int)):
            return None
        path = self.value(node.value.value, depth + 1)
        for _ in range(node.slice.value + 1):
            path = _parent(path)
        return path

    def _call(self, node: ast.Call, depth: int) -> str | None:
        function = node.func
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        given = [self.value(argument, depth + 1) for argument in node.args]
        if not given and isinstance(function, ast.Attribute):
            given = [self.value(function.value, depth + 1)]
        if name in _SAME:
            return _join(given)
        if name == "dirname":
            return _parent(given[0]) if given else None
        if name == "joinpath" and isinstance(function, ast.Attribute):
            return _join([self.value(function.value, depth + 1), *given])
        return _join(given) if name == "join" else None


_DEEPEST = 20


def _normal(path: str) -> str:
    normal = posixpath.normpath(path.replace("\\", "/")) if path else ""
    return "" if normal == "." else normal


def _parent(path: str | None) -> str | None:
    if path is None:
        return None
    return posixpath.join(path, "..") if not path or path.endswith("..") else posixpath.dirname(path)


def _join(parts: list[str | None]) -> str | None:
    together = [part for part in parts if part is not None]
    return _normal(posixpath.join(*together)) if parts and len(together) == len(parts) else None
