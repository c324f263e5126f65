"""What a worker prints: shown where talk goes, with who says it, and harmless to whoever reads the log."""

from __future__ import annotations

import codecs
import sys
from contextlib import suppress

from llmops_cli.reports.visible import inert, visible

MOST = 64 * 1024
"""Bytes of what one worker prints that are shown."""
LAST = 300
"""Signs of it that are kept for the error, should it break."""


class Printed:
    """What one worker prints. `shown` is its file as readers know it."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""
        self._bytes = 0
        self._last = ""

    def add(self, data: bytes) -> None:
        """Show the lines that are whole now."""
        if self._bytes > MOST:
            return
        self._bytes += len(data)
        text = self._decoder.decode(data)
        self._last = (self._last + text)[-4 * LAST :]
        *lines, self._line = (self._line + text).split("\n")
        self._show(lines)
        if self._bytes > MOST:
            self._show(["… it prints more, which is left out"])

    def end(self) -> str:
        """Show the rest; the last that it printed, in one line."""
        if self._line:
            self._show([self._line])
            self._line = ""
        return " ".join(visible(self._last).split())[-LAST:]

    def _show(self, lines: list[str]) -> None:
        text = "".join(f"{self.shown}: {inert(visible(line))}\n" for line in lines)
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()
