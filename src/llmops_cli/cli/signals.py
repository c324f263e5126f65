"""Signals that end a command: each ends it as Ctrl-C does, and has an exit code of its own."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from llmops_cli.core.errors import ExitCode

if TYPE_CHECKING:
    from types import FrameType

_received: list[int] = []


def end_orderly() -> None:
    """Take SIGTERM and SIGHUP for an interruption from now on, but for one that is ignored, as by nohup."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def code_of_end(code: int) -> int:
    """The exit code of a command: 128 and the number of the signal that interrupted it, if one did."""
    return 128 + _received[0] if code == ExitCode.INTERRUPTED and _received else code


def _interrupt(number: int, frame: FrameType | None) -> None:
    _received.append(number)
    raise KeyboardInterrupt
