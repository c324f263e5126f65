"""stdout and stderr that may be lost: what a command found out does not depend on who listens."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from typing import Any


class Stream(io.FileIO):
    """A stream of the process. What cannot be written is dropped; `why_lost` says since when not all came."""

    why_lost: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write what can be written, and take the rest for written."""
        if self.why_lost is None:
            try:
                return self._write(data)
            except OSError as error:
                self.why_lost = error
        return memoryview(data).nbytes

    def _write(self, data: Any) -> int:
        while (count := super().write(data)) is None:
            select.select([], [self], [])  # a pipe that its other end made non-blocking is full
        return count

    @property
    def is_incomplete(self) -> bool:
        """Whether somebody who wants all of it did not get it: a reader that left (`| head`) does not."""
        return self.why_lost is not None and self.why_lost.errno != errno.EPIPE


def open_streams() -> tuple[Stream, Stream]:
    """Put streams that may be lost in the place of stdout and stderr."""
    out, err = Stream(_open_number(1), "w", closefd=False), Stream(_open_number(2), "w", closefd=False)
    sys.stdout = _as_text(out, sys.stdout, in_lines=out.isatty())
    sys.stderr = _as_text(err, sys.stderr, in_lines=True)
    return out, err


def _open_number(number: int) -> int:
    """The number of a stream; where it was closed (`>&-`) it leads nowhere, lest a file gets the number."""
    try:
        os.fstat(number)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        if nowhere != number:
            os.dup2(nowhere, number)
            os.close(nowhere)
    return number


def _as_text(stream: Stream, before: object, *, in_lines: bool) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(stream),
        encoding=getattr(before, "encoding", None) or "utf-8",
        # A model may answer with what a terminal cannot show: that is no reason to stop.
        errors="backslashreplace",
        line_buffering=in_lines,
        write_through=getattr(before, "write_through", False),
    )
