"""What is wrong in a baseline file, and at which line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from llmops_cli.core.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

RESTORE = "restore the file from git; or `git rm` it, then `llmops eval` and `llmops baseline accept` anew"
MOST_SHOWN = 20
"""Faults of one kind in a message; nobody reads ten thousand of them."""


class FaultKind(Enum):
    """Faults that are alike, whatever values they name."""

    JSON = auto()
    HEADER = auto()
    NO_CASE = auto()
    KEYS = auto()
    TEXT = auto()
    ORIGIN = auto()
    HASHES = auto()
    SCORES = auto()
    SCORE_LIST = auto()
    SCORE_COUNT = auto()
    SCORE = auto()
    OUTPUTS = auto()
    OUTPUT_COUNT = auto()
    TOOL_CALLS = auto()
    AMOUNT = auto()
    TWICE = auto()
    OUTPUT_HASH = auto()
    SCHEMA = auto()
    COUNT = auto()
    INPUTS = auto()
    METRICS = auto()
    DIGEST = auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `line` and `column` count from 1; a column of 0 is the whole line."""

    kind: FaultKind
    message: str
    line: int = 1
    column: int = 0
    hint: str = ""

    def at(self, line: int) -> Fault:
        """The same fault at a line."""
        return replace(self, line=line)


def few(faults: Iterable[Fault]) -> list[Fault]:
    """The faults, at most `MOST_SHOWN` of one kind; the last of these says how many more there are."""
    kinds: dict[FaultKind, list[Fault]] = {}
    for fault in faults:
        kinds.setdefault(fault.kind, []).append(fault)
    shown: list[Fault] = []
    for alike in kinds.values():
        shown += alike[:MOST_SHOWN]
        if len(alike) > MOST_SHOWN:
            last = shown.pop()
            more = f"{last.message}; and {len(alike) - MOST_SHOWN} more lines like it"
            shown.append(replace(last, message=more))
    return shown


def as_problems(faults: Iterable[Fault], path: str) -> list[Problem]:
    """The faults of a file as problems; of one kind only `few`."""
    return [
        Problem(path, fault.line, fault.column, fault.message, fault.hint or RESTORE) for fault in few(faults)
    ]
