"""What a command leaves running: ended when the command ends, whatever it comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_endings: list[Callable[[], None]] = []


def at_end(ending: Callable[[], None]) -> None:
    """Call this at the end of every command of this process from now on."""
    _endings.append(ending)


def end() -> None:
    """The command ended."""
    for ending in _endings:
        ending()
