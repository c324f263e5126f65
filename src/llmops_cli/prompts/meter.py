"""What one rendering of a template takes: seconds of computing, and bytes of everything that it makes."""

from __future__ import annotations

import threading
import time
from collections.abc import ItemsView, KeysView, Mapping, ValuesView
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateRuntimeError
from jinja2.utils import Namespace

from llmops_cli.core.limits import more

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llmops_cli.core.limits import Limits

ON_THE_WAY = 4
"""Times `render_mb` that all of the steps of a rendering may make, beside its text."""
A_VALUE = 8
"""Bytes that a place in a list takes."""
_STEPS = 64
"""Steps after which the time is looked at."""
_CONTAINERS = (list, tuple, set, frozenset, KeysView, ValuesView, ItemsView)
PLAIN: frozenset[type] = frozenset({str, int, float, bool, type(None)})


class TooMuchError(TemplateRuntimeError):
    """A rendering takes more than it may; `hint` is the next step for the reader."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else str(self.message)


class Meter(threading.local):
    """Counts what the rendering of this thread takes, from `with` on. Raises TooMuchError.

    Seconds are those of the processor, so that a slow machine or a busy one decides nothing.
    """

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self.limits = limits
        self._runs = False
        self._until = 0.0
        self._made = 0
        self._steps = 0

    def __enter__(self) -> None:
        """Count from here on."""
        self._runs, self._made, self._steps = True, 0, 0
        self._until = 0.0

    def __exit__(self, *_: object) -> None:
        """Count no more."""
        self._runs = False

    def step(self) -> None:
        """Something is done: a turn of a loop, a call, a filter."""
        self._steps += 1
        if self._runs and self._steps % _STEPS == 0:
            self.look()

    def look(self) -> None:
        """Look at the time, which counts from the first look: most renderings are done before it."""
        if not self._runs:
            return
        now = time.thread_time()
        self._until = self._until or now + self.limits.render_s
        if now > self._until:
            raise TooMuchError(
                f"it takes more than {self.limits.render_s:g} s of computing (`render_s`)", more("render_s")
            )

    def make(self, size: int) -> None:
        """So many bytes are made, or are about to be."""
        self.fit(size)
        if self._runs:
            self._made += size
            if self._made > ON_THE_WAY * self.limits.render_bytes:
                raise self._too_large()
            if size > _STEPS * 1024:
                self.look()

    def fit(self, size: int) -> None:
        """One value of so many bytes is made, or is about to be."""
        if size > self.limits.render_bytes:
            raise self._too_large()

    def weigh(self, value: Any) -> int:
        """About how many bytes a value has as text; one that holds too much raises."""
        kind = type(value)
        if kind is str:
            return len(value)
        if kind in PLAIN:
            return A_VALUE
        weight = 0
        waiting = [value]
        while waiting:
            part = waiting.pop()
            if isinstance(part, str | bytes):
                weight += len(part)
            elif isinstance(part, Mapping):
                waiting += part.keys()
                waiting += part.values()
            elif isinstance(part, _CONTAINERS):
                waiting += part
            elif isinstance(part, Namespace):
                waiting += part._Namespace__attrs.values()  # noqa: SLF001 - it has no other door
            weight += A_VALUE
            if weight > self.limits.render_bytes:
                raise self._too_large()
            self.step()
        return weight

    def joined(self, texts: Iterable[str]) -> str:
        """Texts as one."""
        parts: list[str] = []
        size = 0
        for text in texts:
            size += len(text)
            if size > self.limits.render_bytes:
                raise self._too_large()
            parts.append(text)
        self.make(size)
        return "".join(parts)

    def each(self, values: Iterable[Any]) -> Iterator[Any]:
        """The values, a step each."""
        for value in values:
            self.step()
            yield value

    def _too_large(self) -> TooMuchError:
        return TooMuchError(
            f"it makes more than {self.limits.render_mb:g} MB (`render_mb`)", more("render_mb")
        )
