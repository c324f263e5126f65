"""Where a run says how it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.evals.result import Outcome


class Progress(Protocol):
    """Is told of every finished task."""

    def __call__(self, outcome: Outcome, done: int, total: int) -> None:
        """Take note."""
        ...


@dataclass(frozen=True)
class Talk:
    """Where a run says how it goes: a line for the user, and every finished task."""

    report: Callable[[str], None]
    progress: Progress
