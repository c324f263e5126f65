"""`python`: a function of the project judges the answer."""

from __future__ import annotations

import inspect
import math
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from functools import cache, cached_property
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import text_hash
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.scorers.base import Measurement, Scorer, has_template, option_schema
from llmops_cli.scorers.markings import markings_read

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from llmops_cli.scorers.base import Marking, Surroundings
    from llmops_cli.scorers.sample import Sample

_FORMS = "True or False, a number from 0 to 1, or {'score': …, 'reason': '…'}"


class PythonFunction(Scorer):
    """`path` names a function of a file of the project: `scorers/tone.py:polite`.

    It is called as `function(output, case, **args)`, where `output` is the answer's text and `case` has
    `id`, `vars`, `expected`, `tags`, `context` and `metadata`. It returns True or False, a number from 0 to
    1, or a mapping of `score` and `reason`. Anything else is an error and never a zero.

    Graded, whatever it returns: set a `threshold` to make it decide. The file is loaded alone, so it imports
    what is installed and not its neighbours.
    """

    name = "python"
    does = "what your function returns"
    version = 1
    since = "0.1"
    decides = False
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
        self.shown, _, function = option["path"].rpartition(":")
        if not self.shown or has_template(option["path"]):
            raise ValueError("`path` has to name a file and a function, such as `scorers/tone.py:polite`")
        self.file = surroundings.find(self.shown).resolve()
        self.hash = text_hash(surroundings.read(self.shown))
        self.function = self._find(function)
        self._check_call(function, option.get("args", {}))

    @property
    def identity(self) -> Any:
        """The text of the file."""
        return {"file": self.hash}

    @cached_property
    def markings(self) -> frozenset[Marking]:
        """Those that its code names."""
        function = self.given["path"].rpartition(":")[2]
        return markings_read([self.surroundings.read(self.shown)], function)

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Call the function. Raises FunctionFailedError, which names the line, when it breaks."""
        try:
            with redirect_stdout(sys.stderr):  # stdout is the tool's answer
                returned = self.function(sample.output, sample, **option.get("args", {}))
        except (Exception, SystemExit) as error:  # `sys.exit(0)` must not end the run as a success
            raise FunctionFailedError(self._said(error)) from error
        judged = as_measurement(returned)
        if judged.reason or judged.value == 1:
            return judged
        return Measurement(judged.value, f"{self.given['path']} gave {judged.value:g} and no reason")

    def _find(self, function: str) -> Callable[..., Any]:
        try:
            module = _load(self.file, self.hash)
        except (Exception, SystemExit) as error:
            raise ValueError(f"cannot be loaded: {self._said(error)}") from error
        attribute = getattr(module, function, None)
        if not callable(attribute):
            functions = [
                name
                for name, value in vars(module).items()
                if inspect.isfunction(value) and value.__module__ == module.__name__
            ]
            hint = did_you_mean(function, functions, noun="functions")
            raise ValueError(f"{self.shown} has no function `{function}`; {hint}")  # noqa: TRY004
        return attribute  # type: ignore[no-any-return]

    def _check_call(self, function: str, args: Mapping[str, Any]) -> None:
        line = getattr(getattr(self.function, "__code__", None), "co_firstlineno", 1)
        if inspect.iscoroutinefunction(self.function):
            raise ValueError(f"{self.shown}:{line}: `{function}` is async; a scorer is a plain function")
        try:
            signature = inspect.signature(self.function)
        except (TypeError, ValueError):  # some callables written in C do not tell
            return
        try:
            signature.bind("", None, **args)
        except TypeError as error:
            names = "".join(f", {name}=…" for name in args)
            called = f"{function}(output, case{names})"
            raise ValueError(f"{self.shown}:{line}: cannot be called as `{called}`: {error}") from None

    def _said(self, error: BaseException) -> str:
        """The error with the last line of the project's file that had a part in it."""
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == str(self.file)
        ]
        if isinstance(error, SyntaxError) and error.filename == str(self.file):
            lines.append(error.lineno)
        place = f"{self.shown}:{lines[-1]}" if lines else self.shown
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        return f"{place}: {type(error).__name__}{': ' if message else ''}{message}"


class FunctionFailedError(Exception):
    """A project's own scorer raised."""


class _Loader(SourceFileLoader):
    """Reads no `.pyc` and writes none: it would lie beside the project's files and may be stale."""

    def path_stats(self, path: Any) -> Mapping[str, Any]:
        raise OSError(path)


@cache
def _load(file: Path, content: str) -> ModuleType:
    """The module of a file with this content, made once."""
    name = f"llmops_scorer_{file.stem}_{text_hash(str(file))}_{content}"
    spec = spec_from_file_location(name, file, loader=_Loader(name, str(file)))
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python file")
    module = sys.modules[name] = module_from_spec(spec)  # dataclasses look their module up there
    try:
        with redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


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
