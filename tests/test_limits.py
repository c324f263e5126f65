"""Limits of the code that no linter holds: names, lists that match their folders."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.cli.commands import COMMANDS
from llmops_cli.forges import FORGES
from llmops_cli.models.clients import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

SOURCE = Path(__file__).parents[1] / "src/llmops_cli"
NO_LOCALS = {"found", "said", "known", "each", "own"}
"""Words that hold for any value: the reader has to look up which one it is."""
NO_NAMES = {"utils", "helpers", "common", "misc", "manager", "handler", "processor", "service"}


def test_names_say_what_is_inside() -> None:
    nothing = [
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*")
        if any(
            part.strip("_").removesuffix("s") in {name.removesuffix("s") for name in NO_NAMES}
            for part in _words(path)
        )
    ]
    assert not nothing, "name these after what they hold"


def test_locals_are_nouns() -> None:
    vague = [
        f"{path.relative_to(SOURCE).as_posix()}:{line} {word}"
        for path in sorted(SOURCE.rglob("*.py"))
        for line, word in _locals(ast.parse(path.read_text("utf-8")))
        if word in NO_LOCALS
    ]
    assert not vague, "name these after what they hold: the matches, the sentence, the cases"


def test_a_vague_local_is_seen_wherever_it_is_bound() -> None:
    function = (
        "def f(known):\n    found = 1\n    for each in (): pass\n    return [own for own in (said := ())]"
    )
    assert {word for _, word in _locals(ast.parse(function))} == NO_LOCALS
    field_and_method = "class Finding:\n    found: str\n\n    def said(self):\n        return self.found"
    assert {word for _, word in _locals(ast.parse(field_and_method))} == {"self"}


def _locals(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of every parameter and of everything that is bound inside a function."""
    for function in ast.walk(module):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for node in ast.walk(function):
                if isinstance(node, ast.arg):
                    yield node.lineno, node.arg
                elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.lineno, node.id


def _words(path: Path) -> list[str]:
    return path.stem.split("_")


def _modules(folder: str) -> Iterator[tuple[str, ModuleType]]:
    for path in sorted((SOURCE / folder).glob("*.py")):
        if path.stem != "__init__":
            yield path.stem, import_module(f"llmops_cli.{folder.replace('/', '.')}.{path.stem}")


def _own(module: ModuleType) -> list[tuple[str, Any]]:
    return [
        (name, value)
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") == module.__name__
    ]


def test_the_list_of_clients_is_what_the_folder_holds() -> None:
    found = {
        f"{module.__name__}:{name}"
        for _, module in _modules("models/clients")
        for name, value in _own(module)
        if inspect.isclass(value) and name.endswith("Client") and name != "Client"
    }
    assert found == set(CLIENTS.values()), "each client has one line in models/clients/__init__.py"


def test_the_list_of_forges_is_what_the_folder_holds() -> None:
    found = {
        stem: f"{module.__name__}:{name}"
        for stem, module in _modules("forges")
        for name, value in _own(module)
        if inspect.isclass(value) and hasattr(value, "longest") and name != "Forge"
    }
    assert found == FORGES, "each forge has one line in forges/__init__.py"


def test_every_command_file_is_in_the_app() -> None:
    used = {place.partition(":")[0] for place in COMMANDS.values()}
    assert used == {stem for stem, _ in _modules("cli/commands")}, (
        "each command has one line in cli/commands/__init__.py"
    )
