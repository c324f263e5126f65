"""Where a function lies that a suite names: a file of the project, a module, or what a package offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.scorers.base import has_template
from llmops_cli.scorers.installed import InstalledModule, installed_module, offered

if TYPE_CHECKING:
    from llmops_cli.core.tree import Tree
    from llmops_cli.scorers.base import Surroundings

FORMS = "`file.py:function`, `package.module:function`, or the name of a scorer that a package offers"
PATTERN = r"^([^{}]+\.py:[^\W\d]\w*|[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*|[\w-]+)$"
FOLDERS = ("", "src")
"""Where modules of the project are looked for, from its root."""


@dataclass(frozen=True, slots=True)
class FunctionPlace:
    """A function's place.

    `path` is its file in the project, "" where it is `installed`. `module` is the name by which it is
    imported, from `folder`; "" for a file, which is imported as it lies there. `shown` is the file as
    messages name it.
    """

    function: str
    shown: str
    path: str = ""
    module: str = ""
    folder: str = ""
    installed: InstalledModule | None = None


def function_place(path: str, surroundings: Surroundings) -> FunctionPlace:
    """What the option `path` names. Raises OptionError, or another ValueError."""
    if has_template(path):
        raise ValueError(f"`path` has to name {FORMS}")
    named, _, function = path.rpartition(":")
    if not named:
        named, _, function = offered(path).partition(":")
    elif named.endswith(".py"):
        file = surroundings.tree.real(surroundings.find(named))
        return FunctionPlace(function, named, file)
    for folder in FOLDERS:
        file = _file(surroundings.tree, folder, named)
        if file:
            return FunctionPlace(function, file, surroundings.tree.real(file), named, folder)
    module = installed_module(named, surroundings.root.resolve())
    return FunctionPlace(function, module.shown, module=named, installed=module)


def _file(tree: Tree, folder: str, module: str) -> str:
    """The file of a module in a folder of the project; "" where there is none."""
    stem = "/".join(part for part in (folder, *module.split(".")) if part)
    return next((path for path in (f"{stem}.py", f"{stem}/__init__.py") if tree.has(path)), "")
