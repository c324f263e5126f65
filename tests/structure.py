"""How the code is laid out, read from its files: code lines, and which folder imports which."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

REGISTRIES = {"clients", "commands", "formats", "stores", "channels"}
"""Plural folders of interchangeable things, imported by name: each is one place with its room's root."""


def code_lines(path: Path) -> int:
    """Lines that are neither empty nor a comment."""
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    return sum(1 for line in lines if line and not line.startswith("#"))


def lines_of_rooms(package: Path) -> dict[str, int]:
    """Code lines of each room; "" holds the files beside the rooms."""
    rooms: dict[str, int] = {}
    for path in sorted(package.rglob("*.py")):
        room, _, rest = path.relative_to(package).as_posix().partition("/")
        name = room if rest else ""
        rooms[name] = rooms.get(name, 0) + code_lines(path)
    return rooms


@dataclass(frozen=True)
class Import:
    """One import of a file, between two folders of a room; `room` itself is the room's root."""

    source: str
    target: str
    place: str
    module: str

    def __str__(self) -> str:
        return f"{self.place} imports {self.module}"


def imported(path: Path, package: Path) -> Iterator[tuple[str, int]]:
    """Each module of the package that a file imports anywhere, for type checks too, and the line."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            first, _, rest = name.partition(".")
            parts = rest.split(".")
            if first != package.name:
                continue
            while parts and not _is_module(package.joinpath(*parts)):
                parts.pop()  # what follows is a name in the module
            if parts:
                yield "/".join(parts), node.lineno


def _is_module(path: Path) -> bool:
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def imports_in_rooms(package: Path) -> dict[str, list[Import]]:
    """For each room, the imports from one of its folders in another."""
    rooms: dict[str, list[Import]] = {}
    for path in sorted(package.rglob("*.py")):
        source = _place(path.parent.relative_to(package).parts)
        for module, line in imported(path, package):
            inside = package / module
            target = _place((inside if inside.is_dir() else inside.parent).relative_to(package).parts)
            room = source.partition("/")[0]
            if room and room == target.partition("/")[0] and source != target:
                place = f"{path.relative_to(package).as_posix()}:{line}"
                rooms.setdefault(room, []).append(Import(source, target, place, module))
    return rooms


def _place(folders: tuple[str, ...]) -> str:
    """The folder that counts: what lies in a registry lies in the folder that holds it."""
    depth = next((depth for depth, name in enumerate(folders) if depth and name in REGISTRIES), len(folders))
    return "/".join(folders[:depth])


def circle(imports: list[Import]) -> list[Import]:
    """Imports that lead from a folder back to itself; none where there is no such way."""
    leaving: dict[str, dict[str, Import]] = {}
    for one in imports:
        leaving.setdefault(one.source, {}).setdefault(one.target, one)
    return next(filter(None, (_way_back(start, leaving) for start in sorted(leaving))), [])


def _way_back(start: str, leaving: Mapping[str, Mapping[str, Import]]) -> list[Import]:
    ways: list[list[Import]] = [[one] for one in leaving[start].values()]
    reached = set[str]()
    while ways:
        way = ways.pop(0)
        here = way[-1].target
        if here == start:
            return way
        if here not in reached:
            reached.add(here)
            ways += [[*way, one] for one in leaving.get(here, {}).values()]
    return []
