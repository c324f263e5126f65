"""What makes reading a large file of lines quick and small."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 2**16
"""Characters parsed at a time: what a piece is parsed into fits the processor's cache, and stands once."""


def pieces(lines: str, size: int = CHUNK) -> Iterator[str]:
    """Whole lines of `size` characters or a little more together; blank lines are left out."""
    start = 0
    while start < len(lines):
        end = lines.find("\n", start + size)
        end = len(lines) if end < 0 else end
        piece = lines[start:end].strip("\n")
        while "\n\n" in piece:
            piece = piece.replace("\n\n", "\n")
        if piece:
            yield piece
        start = end + 1


@contextmanager
def without_collection() -> Iterator[None]:
    """Without the collector of cycles: it would walk everything read so far again and again, for nothing.

    What was made counts as old afterwards, so that the next small collection does not walk it either.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            if not gc.get_freeze_count():  # a program that froze objects wants them to stay so
                gc.freeze()
                gc.unfreeze()
            gc.enable()
