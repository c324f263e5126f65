"""`python`: a function of the project judges the answer."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import content_hash, data_hash, text_hash
from llmops_cli.core.errors import InputError
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.core.tree import repository_top
from llmops_cli.scorers.base import Scorer, option_schema, unreadable
from llmops_cli.scorers.call import Call, Module
from llmops_cli.scorers.closure import closure
from llmops_cli.scorers.declared import NoFunctionError, declared
from llmops_cli.scorers.markings import markings_read
from llmops_cli.scorers.module import ProjectModule, neighbours
from llmops_cli.scorers.own_function import OwnFunction
from llmops_cli.scorers.place import FORMS, PATTERN, function_place
from llmops_cli.scorers.reads import read_files
from llmops_cli.scorers.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.scorers.base import Marking, Measurement, Surroundings
    from llmops_cli.scorers.sample import Sample

TIMEOUT_S = 30
"""Seconds that one answer may take where the suite says nothing else."""
MEMORY_MB = 4096
"""MiB that a worker may take where the suite says nothing else."""


class PythonFunction(Scorer):
    """`path` names a function: of a file of the project, `scorers/tone.py:polite`, or of a module.

    A module is one of the project, from its root or from `src`, or of an installed package:
    `package.tone:polite`. A package may offer functions by a short name, as entry points of `llmops.scorers`.

    It is called as `function(output, case, **args)`, where `output` is the answer's text and `case` has
    `id`, `vars`, `expected`, `tags`, `context` and `metadata`; it may be async. It returns True or False, a
    number from 0 to 1, or a mapping of `score` and `reason`. Anything else is an error and never a zero.

    It runs in a process of its own, with an end to its time and memory, no variables but those that Python
    and `env` name, and writes to files of `tempfile` only.

    Graded, whatever it returns: set a `threshold` to make it decide. Its scores rest on the file, on the
    files of the repository that it imports, and on those that the suite names in `reads`; opening another of
    its files is an error of its metric. Those of an installed module rest on the package's version and
    its Python files. The file is read when the suite is loaded, and imported to judge.
    """

    name = "python"
    does = "what your function returns"
    version = 1
    since = "0.1"
    decides = False
    may_read = True
    limits = ("timeout_s", "memory_mb")
    shorthand = "path"
    option = option_schema(
        "path",
        path={
            "type": "string",
            "pattern": PATTERN,
            "x-form": FORMS,
            "description": FORMS,
        },
        args={"type": "object", "description": "more arguments of the function, by their names"},
        timeout_s={
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 3600,
            "default": TIMEOUT_S,
            "description": "seconds that one answer may take; so may the import of the file",
        },
        memory_mb={
            "type": "integer",
            "minimum": 64,
            "default": MEMORY_MB,
            "description": "MiB that its process may take, where the system can see to it",
        },
        env={
            "type": "array",
            "items": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
            "uniqueItems": True,
            "description": "names of variables of the environment that it gets",
        },
    )

    def __init__(self, option: Mapping[str, Any], surroundings: Surroundings) -> None:
        super().__init__(option, surroundings)
        self.place = function_place(option["path"], surroundings)
        self.texts: dict[str, str] = {}
        try:
            if self.place.path:
                self.texts = closure(surroundings.tree, self.place.path, self.place.module, self.place.folder)
            self.read_files = read_files(surroundings)
        except InputError as error:
            raise unreadable(error) from None
        self._check_call(option.get("args", {}))

    @property
    def identity(self) -> Any:
        """The text of the file; with it those of the files that it imports, and what it reads."""
        parts: dict[str, Any]
        installed = self.place.installed
        if installed is not None:
            parts = {"package": installed.package, "version": installed.version, "code": installed.code}
        file, *imported = self.texts or [""]
        if file:
            parts = {"file": text_hash(_plain(self.texts[file]))}
        if imported:
            parts["imports"] = {path: text_hash(_plain(self.texts[path])) for path in sorted(imported)}
        if self.surroundings.reads:
            parts["reads"] = {path: data_hash(data) for path, data in sorted(self.read_files.items())}
        return parts

    @property
    def files(self) -> tuple[str, ...]:
        """Its closure, and what it reads."""
        return tuple(dict.fromkeys((*self.texts, *self.surroundings.reads, *self.read_files)))

    @property
    def contents(self) -> dict[str, bytes]:
        """All of these files with what is in them."""
        return {**{path: text.encode() for path, text in self.texts.items()}, **self.read_files}

    @cached_property
    def module(self) -> Module:
        """The file as workers know it."""
        around, installed = self.surroundings, self.place.installed
        named = (*self.texts, *self.read_files)
        variables = tuple(sorted(self.given.get("env", ())))
        return Module(
            root=around.root,
            top=repository_top(around.root) or around.root,
            path=self.place.path or str(installed.file if installed else ""),
            shown=self.place.path or self.place.shown,
            content=content_hash([self.identity, named]),
            name=self.place.module,
            folder=None if installed else self.place.folder,
            named=named if around.watched and around.on_disk else None,
            variables=variables,
            memory_mb=self.given.get("memory_mb", MEMORY_MB),
            contents=None if around.on_disk else self.contents,
        )

    def call(self, sample: Sample | None = None, option: Mapping[str, Any] | None = None) -> Call:
        """What a worker is told to judge one answer, or without one to import the file."""
        args = {} if option is None else option.get("args", {})
        return Call(self.module, self.place.function, self.given.get("timeout_s", TIMEOUT_S), sample, args)

    @cached_property
    def markings(self) -> frozenset[Marking]:
        """Those that its code names."""
        installed = self.place.installed
        texts = self.texts.values() if installed is None else [installed.text]
        return markings_read(texts, self.place.function)

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Call the function in this process; a run has workers for it.

        Raises FunctionFailedError, which names the line, when it breaks.
        """
        return self._function.measure(sample, option.get("args", {}))

    @cached_property
    def _function(self) -> OwnFunction:
        place, root = self.place, os.path.realpath(self.surroundings.root)
        file = Path(os.path.realpath(Path(root) / place.path))
        folder: str | None = place.folder
        if place.installed is not None:
            file, folder = place.installed.file, None
        watch = Watch(Path(root), (*self.texts, *self.read_files), repository_top(Path(root)))
        module = ProjectModule(file, watch, neighbours(str(file), root, place.module, folder), place.module)
        return OwnFunction(module, place.shown, place.function, watched=self.surroundings.watched)

    def _check_call(self, args: Mapping[str, Any]) -> None:
        name, shown = self.place.function, self.place.shown
        installed = self.place.installed
        text = self.texts[self.place.path] if installed is None else installed.text
        try:
            function = declared(text, shown, name)
        except NoFunctionError as error:
            hint = did_you_mean(name, error.others, noun="functions")
            raise ValueError(f"{shown} has no function `{name}`; {hint}") from None
        except SyntaxError as error:
            raise ValueError(f"cannot be loaded: {shown}:{error.lineno}: SyntaxError: {error.msg}") from None
        place = f"{shown}:{function.line}"
        if function.signature is None:
            return
        try:
            function.signature.bind("", None, **args)
        except TypeError as error:
            names = "".join(f", {key}=…" for key in args)
            called = f"{name}(output, case{names})"
            raise ValueError(f"{place}: cannot be called as `{called}`: {error}") from None


def _plain(text: str) -> str:
    """A text with the line ends that it has in git, whatever a checkout made of them."""
    return text.replace("\r\n", "\n")
