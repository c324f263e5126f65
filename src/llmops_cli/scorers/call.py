"""What goes to a worker and what comes back, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from llmops_cli.scorers.base import Measurement
    from llmops_cli.scorers.sample import Sample


@dataclass(frozen=True, slots=True)
class Module:
    """The module whose functions a worker calls, and what the worker gets.

    `path` is its file, in the project at `root`, in the repository at `top`, or an installed one's own, and
    `shown` how messages name it; `content` is a hash of it and of what it imports and reads. With a `name`
    it is imported by it, from a `folder` of the project; None for an installed one. `named` are the files
    that it may open; None where any may be. `contents` are what is in all of them, where they are of another
    commit than the one on the disk. `variables` names those that it gets beside what Python needs;
    `memory_mb` is how much memory it may take, in MiB.
    """

    root: Path
    top: Path
    path: str
    shown: str
    content: str
    named: tuple[str, ...] | None
    name: str = ""
    folder: str | None = ""
    variables: tuple[str, ...] = ()
    memory_mb: int = 0
    contents: Mapping[str, bytes] | None = field(default=None, compare=False, hash=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function that judges one answer within `timeout_s` seconds; without a sample it is only imported.

    `limit` is the key that says how many they are, `hint` where that key is not one of the scorer.
    The start of a process may take `starting_s`, where that is more.
    """

    module: Module
    function: str
    timeout_s: float
    sample: Sample | None = None
    args: Mapping[str, Any] = field(default_factory=dict, hash=False)
    limit: str = "timeout_s"
    hint: str = ""
    starting_s: float = 0


class ElsewhereError(Exception):
    """An answer cannot be judged in this process within its limits; a worker can do it, by `call`."""

    def __init__(self, call: Call) -> None:
        super().__init__("a worker has to judge this answer")
        self.call = call


class WorkerError(Exception):
    """A scorer of the project raised, took too long, or ended its process."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one call: a measurement, or the error in its place."""

    measurement: Measurement | None = None
    error: str = ""

    def value(self) -> Measurement:
        """The measurement. Raises WorkerError."""
        if self.measurement is None:
            raise WorkerError(self.error)
        return self.measurement
