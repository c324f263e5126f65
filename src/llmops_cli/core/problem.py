"""A problem in a user's file: where it is, what was found, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault at one place.

    `line` and `column` count from 1; 0 means the file as a whole. `path` is relative to the project
    where the file lies inside it. `check` names the rule that found it, for filters and annotations. A
    warning is worth reading and stops nothing.
    """

    path: str
    line: int
    column: int
    message: str
    hint: str = ""
    check: str = ""
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """`path:line:column`, shortened to what is known."""
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column}" if self.column else f"{self.path}:{self.line}"

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.path else self.message
        return f"{text}\n    {self.hint}" if self.hint else text
