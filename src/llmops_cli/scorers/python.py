"""`python`: a function of the project judges the answer."""

from __future__ import annotations

import math
import os
import traceback
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import content_hash, data_hash, text_hash
from llmops_cli.core.errors import InputError
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.scorers.base import (
    Measurement,
    OptionError,
    Scorer,
    has_template,
    option_schema,
    unreadable,
)
from llmops_cli.scorers.closure import closure
from llmops_cli.scorers.declared import NoFunctionError, declared
from llmops_cli.scorers.markings import markings_read
from llmops_cli.scorers.module import ProjectModule, project_module
from llmops_cli.scorers.reads import read_files
from llmops_cli.scorers.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.scorers.base import Marking, Surroundings
    from llmops_cli.scorers.sample import Sample

_FORMS = "True or False, a number from 0 to 1, or {'score': …, 'reason': '…'}"


class PythonFunction(Scorer):
    """`path` names a function of a file of the project: `scorers/tone.py:polite`.

    It is called as `function(output, case, **args)`, where `output` is the answer's text and `case` has
    `id`, `vars`, `expected`, `tags`, `context` and `metadata`. It returns True or False, a number from 0 to
    1, or a mapping of `score` and `reason`. Anything else is an error and never a zero.

    Graded, whatever it returns: set a `threshold` to make it decide. Its scores rest on the file, on the
    files of the project that it imports, and on those that the suite names in `reads`; opening another file
    of the project is an error. The file is read when the suite is loaded, and imported to judge.
    """

    name = "python"
    does = "what your function returns"
    version = 1
    since = "0.1"
    decides = False
    may_read = True
    shorthand = "path"
    option = option_schema(
        "path",
        path={
            "type": "string",
            "pattern": r"^[^{}]+\.py:[^\W\d]\w*$",
            "x-form": "a file and a function, such as `scorers/tone.py:polite`",
            "description": "file and function, such as `scorers/tone.py:polite`",
        },
        args={"type": "object", "description": "more arguments of the function, by their names"},
    )

    def __init__(self, option: Mapping[str, Any], surroundings: Surroundings) -> None:
        super().__init__(option, surroundings)
        self.shown, _, self.function_name = option["path"].rpartition(":")
        if not self.shown or has_template(option["path"]):
            raise ValueError("`path` has to name a file and a function, such as `scorers/tone.py:polite`")
        self.path = surroundings.tree.real(surroundings.find(self.shown))
        try:
            self.texts = closure(surroundings.tree, self.path)
            self.read_files = read_files(surroundings)
        except InputError as error:
            raise unreadable(error) from None
        self._check_call(option.get("args", {}))

    @property
    def identity(self) -> Any:
        """The text of the file; with it those of the files that it imports, and what it reads."""
        file, *imported = self.texts
        parts: dict[str, Any] = {"file": text_hash(_plain(self.texts[file]))}
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
    def module(self) -> ProjectModule:
        """The file on the disk as a module that is not imported yet."""
        root = self.surroundings.root
        if not self.surroundings.on_disk:
            raise TypeError(f"{self.shown} is of another commit, and is not run in this process")
        named = (*self.texts, *self.read_files)
        file = Path(os.path.realpath(root / self.path))
        return project_module(file, content_hash([self.identity, named]), lambda: Watch(root, named))

    def get_ready(self) -> None:
        """Import the file."""
        try:
            self._function()
        except FunctionFailedError as error:
            raise OptionError(str(error)) from None

    @cached_property
    def markings(self) -> frozenset[Marking]:
        """Those that its code names."""
        return markings_read(self.texts.values(), self.function_name)

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Call the function. Raises FunctionFailedError, which names the line, when it breaks."""
        function = self._function()
        try:
            with self.module.running():
                returned = function(sample.output, sample, **option.get("args", {}))
        except (Exception, SystemExit) as error:  # `sys.exit(0)` must not end the run as a success
            raise FunctionFailedError(self._said(error)) from error
        measured = as_measurement(returned)
        reason = measured.reason
        if not reason and measured.value != 1:
            reason = f"{self.given['path']} gave {measured.value:g} and no reason"
        return Measurement(measured.value, reason, self._opened())

    def _function(self) -> Callable[..., Any]:
        try:
            function = self.module.function(self.function_name)
        except (Exception, SystemExit) as error:
            raise FunctionFailedError(f"cannot be loaded: {self._said(error)}") from error
        if not callable(function):
            raise FunctionFailedError(f"{self.shown}: `{self.function_name}` is no function")
        return function  # type: ignore[no-any-return]

    def _opened(self) -> tuple[str, ...]:
        """The files of the project that were opened and that its identity does not know."""
        return tuple(self.module.beyond()) if self.surroundings.watched else ()

    def _check_call(self, args: Mapping[str, Any]) -> None:
        name = self.function_name
        try:
            function = declared(self.texts[self.path], self.shown, name)
        except NoFunctionError as error:
            hint = did_you_mean(name, error.others, noun="functions")
            raise ValueError(f"{self.shown} has no function `{name}`; {hint}") from None
        except SyntaxError as error:
            raise ValueError(
                f"cannot be loaded: {self.shown}:{error.lineno}: SyntaxError: {error.msg}"
            ) from None
        place = f"{self.shown}:{function.line}"
        if function.is_async:
            raise ValueError(f"{place}: `{name}` is async; a scorer is a plain function")
        if function.signature is None:
            return
        try:
            function.signature.bind("", None, **args)
        except TypeError as error:
            names = "".join(f", {key}=…" for key in args)
            called = f"{name}(output, case{names})"
            raise ValueError(f"{place}: cannot be called as `{called}`: {error}") from None

    def _said(self, error: BaseException) -> str:
        """The error with the last line of the project's file that had a part in it."""
        file = str(self.module.file)
        lines = [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file
        ]
        if isinstance(error, SyntaxError) and error.filename == file:
            lines.append(error.lineno)
        place = f"{self.shown}:{lines[-1]}" if lines else self.shown
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        return f"{place}: {type(error).__name__}{': ' if message else ''}{message}"


def _plain(text: str) -> str:
    """A text with the line ends that it has in git, whatever a checkout made of them."""
    return text.replace("\r\n", "\n")


class FunctionFailedError(Exception):
    """A project's own scorer raised, or returned nothing that is a score."""


def as_measurement(returned: Any) -> Measurement:
    """What a function returned, as a measurement. Raises TypeError or ValueError."""
    if not isinstance(returned, Mapping):
        return Measurement(_score(returned))
    unknown = sorted(map(str, returned.keys() - {"score", "reason"}))
    if unknown or "score" not in returned:
        fault = f"the key `{unknown[0]}`" if unknown else "a mapping without `score`"
        raise ValueError(f"the function returned {fault}; it returns {_FORMS}")
    reason = returned.get("reason")
    return Measurement(_score(returned["score"]), "" if reason is None else str(reason))


def _score(value: Any) -> float:
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        value = value.item()
    if not isinstance(value, bool | int | float):
        kind = "None" if value is None else f"a value of type {type(value).__name__}"
        raise TypeError(f"the function returned {kind}; it returns {_FORMS}")
    if math.isnan(value) or not 0 <= value <= 1:
        raise ValueError(f"the function returned {value}; it returns {_FORMS}")
    return float(value)
