"""Why a model cannot be called, or should not be: a kind to decide by, and words to show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class FaultKind(Enum):
    """What is wrong with a model, or with the way to it."""

    NOT_A_MODEL = auto()
    UNKNOWN_PROVIDER = auto()
    UNKNOWN_LOCAL_MODEL = auto()
    MOVING_ALIAS = auto()
    MISSING_FILE = auto()
    MISSING_PACKAGE = auto()
    NO_KEY = auto()
    NO_ADDRESS = auto()
    BAD_ADDRESS = auto()
    NO_HEADER_VALUE = auto()


_OF_CALLS = frozenset(
    {
        FaultKind.MISSING_FILE,
        FaultKind.MISSING_PACKAGE,
        FaultKind.NO_KEY,
        FaultKind.NO_ADDRESS,
        FaultKind.BAD_ADDRESS,
        FaultKind.NO_HEADER_VALUE,
    }
)


@dataclass(frozen=True, slots=True)
class ModelFault:
    """One thing that is wrong with a model; `hint` is the next step for the reader."""

    kind: FaultKind
    message: str
    hint: str = ""

    @property
    def only_stops_calls(self) -> bool:
        """Whether this machine lacks what a call needs, and the project's files are right."""
        return self.kind in _OF_CALLS

    def __str__(self) -> str:
        return f"{self.message}: {self.hint}" if self.hint else self.message
