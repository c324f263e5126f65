"""Whether code of the project may run at all: a job that trusts none judges without it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

STAYS_OUT = "scorers of the project do not run here (--no-project-code)"
"""What is said of a score that only such code could give."""


class _Held:
    """How many blocks that are open keep it out: of the whole process, whichever thread asks."""

    blocks = 0


@contextmanager
def kept_out(*, wanted: bool = True) -> Iterator[None]:
    """No code of the project runs until the block ends, not in a worker either, where that is wanted."""
    _Held.blocks += wanted
    try:
        yield
    finally:
        _Held.blocks -= wanted


def may_run() -> bool:
    """Whether scorers of the project may run."""
    return not _Held.blocks
