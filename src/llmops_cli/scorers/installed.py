"""Modules and scorers of installed packages, found without importing any of them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points, packages_distributions, version
from pathlib import Path
from typing import TYPE_CHECKING

from llmops_cli.core.canonical import content_hash, data_hash
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.scorers.base import OptionError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec

GROUP = "llmops.scorers"
"""The entry points by which a package offers scorers by a short name."""


@dataclass(frozen=True, slots=True)
class InstalledModule:
    """A module of an installed package; `shown` is its file as messages name it.

    `package` and `version` are those of what was installed, `code` a hash of the Python files of its
    outermost package: the module may import any of them.
    """

    name: str
    file: Path
    shown: str
    text: str
    package: str
    version: str
    code: str


def offered(name: str) -> str:
    """The module and function, as `module:function`, that a package offers by a name. Raises OptionError."""
    by_name = {entry.name: entry.value for entry in entry_points(group=GROUP)}
    if name in by_name:
        return by_name[name].partition("[")[0].strip()
    hint = "name a function: `scorers/tone.py:polite` or `package.module:function`"
    raise OptionError(
        f"no installed package offers a scorer `{name}`",
        did_you_mean(name, by_name, noun="scorers") if by_name else hint,
    )


def installed_module(name: str, project: Path) -> InstalledModule:
    """A module by its dotted name. Raises OptionError where no installed package has it."""
    spec, top = _located(name)
    file = Path(spec.origin or "")
    real = file.resolve()
    if real.is_relative_to(project) and not {"site-packages", "dist-packages"} & {*real.parts}:
        path = real.relative_to(project).as_posix()
        raise OptionError(f"the module `{name}` is the project's own", f"name its file: `{path}:…`")
    try:
        text = file.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise OptionError(f"the module `{name}` cannot be read: {file.name}: {error}") from None
    home = _home(top)
    shown = file.relative_to(home.parent).as_posix() if file.is_relative_to(home.parent) else file.name
    package, release = _distribution(name.partition(".")[0], home)
    return InstalledModule(name, file, shown, text, package, release, _code(home))


def _located(name: str) -> tuple[ModuleSpec, ModuleSpec]:
    """Where a module lies, and its outermost package that has a file."""
    first = name.partition(".")[0]
    if first in sys.stdlib_module_names:
        raise OptionError(
            f"`{first}` is a module of Python itself",
            "name a function of the project: `scorers/tone.py:polite`",
        )
    hint = "install the package that has it in the environment of llmops, or name a file: `file.py:function`"
    at, spec, top, places = "", None, None, None
    for part in name.split("."):
        at = f"{at}.{part}" if at else part
        spec = _spec(at, places)
        if spec is None:
            raise OptionError(f"no installed package has the module `{at}`", hint)
        places = spec.submodule_search_locations
        if spec.has_location:
            top = top or spec
        elif places is None:
            raise OptionError(f"the module `{at}` has no file that could be read", hint)
        places = list(places or ())
    if spec is None or top is None or not spec.has_location:
        raise OptionError(f"`{name}` is a folder of modules", f"name one of them: `{name}.…:function`")
    return spec, top


def _spec(name: str, places: Sequence[str] | None) -> ModuleSpec | None:
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        spec: ModuleSpec | None = find(name, places, None) if find is not None else None
        if spec is not None:
            return spec
    return None


def _home(top: ModuleSpec) -> Path:
    """The folder of a package, or the file of a module that lies in none."""
    file = Path(top.origin or "")
    return file.parent if top.submodule_search_locations else file


@cache
def _code(home: Path) -> str:
    """A hash of all Python files of a package; line ends do not count."""
    files = [home] if home.is_file() else sorted(home.rglob("*.py"))
    return content_hash(
        {
            file.relative_to(home.parent).as_posix(): data_hash(file.read_bytes().replace(b"\r\n", b"\n"))
            for file in files
            if file.is_file()
        }
    )


@cache
def _distribution(first: str, home: Path) -> tuple[str, str]:  # one that lies elsewhere is another one
    """What was installed to have an outermost module, and its version; "" where nothing says so."""
    names = packages_distributions().get(first)
    return (names[0], version(names[0])) if names else ("", "")
