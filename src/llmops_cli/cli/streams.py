"""stdout and stderr that may be lost: what a command found out does not depend on who listens."""

from __future__ import annotations

import errno
import io
import os
import sys


class Stream(io.TextIOWrapper):
    """A stream of the process. Once something cannot be written, the rest is dropped; `why_lost` says why.

    Only whole calls are caught: an interrupt within one would have its text written again.
    """

    why_lost: OSError | None = None

    def write(self, text: str, /) -> int:
        """Write what can be written, and take the rest for written."""
        try:
            return super().write(text)
        except OSError as error:
            self._lose(error)
            return len(text)

    def flush(self) -> None:
        """Write what waits, as far as it can be written."""
        try:
            super().flush()
        except OSError as error:
            self._lose(error)

    @property
    def is_incomplete(self) -> bool:
        """Whether somebody who wants all of it did not get it: a reader that left (`| head`) does not."""
        return self.why_lost is not None and self.why_lost.errno != errno.EPIPE

    def _lose(self, error: OSError) -> None:
        self.why_lost = self.why_lost or error
        _lead_nowhere(self.fileno())


def open_streams() -> tuple[Stream, Stream]:
    """Put streams that may be lost in the place of stdout and stderr."""
    out, err = _open(1, sys.stdout), _open(2, sys.stderr)
    sys.stdout, sys.stderr = out, err
    return out, err


def _open(number: int, before: object) -> Stream:
    try:
        if not os.get_blocking(number):
            os.set_blocking(number, True)  # its other end said so, and may be slower than we are
    except OSError:
        _lead_nowhere(number)  # it was closed (`>&-`), and the next file that is opened would be the stream
    binary = io.FileIO(number, "w", closefd=False)
    return Stream(
        io.BufferedWriter(binary),
        encoding=getattr(before, "encoding", None) or "utf-8",
        # A model may answer with what a terminal cannot show: that is no reason to stop.
        errors="backslashreplace",
        line_buffering=number == 2 or binary.isatty(),
        write_through=getattr(before, "write_through", False),
    )


def _lead_nowhere(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere == number:
        os.set_inheritable(number, True)  # as a stream is: git writes to it, too
    else:
        os.dup2(nowhere, number)
        os.close(nowhere)
