"""A function of the project, called: what it returns as a measurement, what it raises with its place."""

from __future__ import annotations

import inspect
import math
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmops_cli.scorers.base import Measurement

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmops_cli.scorers.module import ProjectModule
    from llmops_cli.scorers.sample import Sample

_FORMS = "True or False, a number from 0 to 1, or {'score': …, 'reason': '…'}"


class FunctionFailedError(Exception):
    """A project's own scorer raised, or returned nothing that is a score."""


class OwnFunction:
    """A function of a module of the project; `shown` is the file as the suite names it.

    Where it is `watched`, measurements say which files it opened that its identity does not know.
    """

    def __init__(self, module: ProjectModule, shown: str, name: str, *, watched: bool) -> None:
        self.module = module
        self.shown = shown
        self.name = name
        self.watched = watched

    def load(self) -> Callable[..., Any]:
        """The function, imported. Raises FunctionFailedError, which names the line, when it cannot be."""
        try:
            function = self.module.function(self.name)
        except (Exception, SystemExit) as error:
            raise FunctionFailedError(f"cannot be loaded: {self.told(error)}") from error
        if not callable(function):
            raise FunctionFailedError(f"{self.shown}: `{self.name}` is no function")
        return function  # type: ignore[no-any-return]

    def measure(self, sample: Sample, args: Mapping[str, Any]) -> Measurement:
        """Call the function. Raises FunctionFailedError, which names the line, when it breaks."""
        function = self.load()
        try:
            with self.module.running():
                returned = function(sample.output, sample, **args)
                if inspect.isawaitable(returned):
                    returned = _awaited(returned)
            measured = as_measurement(returned)
        except (Exception, SystemExit) as error:  # `sys.exit(0)` must not end the run as a success
            raise FunctionFailedError(self.told(error, function)) from error
        reason = measured.reason
        if not reason and measured.value != 1:
            reason = f"{self.shown}:{self.name} gave {measured.value:g} and no reason"
        return Measurement(measured.value, reason, self._opened())

    def _opened(self) -> tuple[str, ...]:
        """The files of the project that were opened and that its identity does not know."""
        return tuple(self.module.beyond()) if self.watched else ()

    def told(self, error: BaseException, function: object = None) -> str:
        """The error with the last line of the project's file that had a part in it, else of the function."""
        file = str(self.module.file)
        lines = [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file
        ]
        if isinstance(error, SyntaxError) and error.filename == file:
            lines.append(error.lineno)
        lines = lines or [code.co_firstlineno for code in [getattr(function, "__code__", None)] if code]
        place = f"{self.shown}:{lines[-1]}" if lines else self.shown
        message = _message(error)
        return f"{place}: {type(error).__name__}{': ' if message else ''}{message}"


LONGEST = 500
"""Signs of a message that are shown."""


def _message(error: BaseException) -> str:
    """What an error says of itself; its own code may break, too."""
    try:
        message = str(error.msg if isinstance(error, SyntaxError) else error)
    except Exception:  # noqa: BLE001 - it is foreign code
        return "it has no message that can be read"
    return message if len(message) <= LONGEST else f"{message[:LONGEST]}…"


def _awaited(returned: Awaitable[Any]) -> Any:
    """What an async function comes to; each call has an event loop of its own."""
    import asyncio

    async def wait() -> Any:
        return await returned

    return asyncio.run(wait())


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
