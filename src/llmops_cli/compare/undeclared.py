"""Scorers of the project that opened files which the suite does not name: nobody knows what they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops_cli.evals.result import SubjectResult


@dataclass(frozen=True, slots=True)
class UndeclaredRead:
    """What the scorer of a metric opened beyond its imports and what `reads` names, sorted paths."""

    metric: str
    scorer: str
    opened: tuple[str, ...]
    reads: tuple[str, ...]

    @property
    def text(self) -> str:
        """It in words, with the line to add."""
        files = ", ".join(f"`{path}`" for path in self.opened)
        them = "it" if len(self.opened) == 1 else "them"
        line = f"`reads: [{', '.join([*self.reads, *self.opened])}]`"
        return (
            f"{self.scorer} opened {files}, and the suite does not say that it reads {them}: "
            f"add {line} to this scorer"
        )


def undeclared_reads(result: SubjectResult) -> tuple[UndeclaredRead, ...]:
    """Every scorer of a result that opened such a file, in the order of the suite."""
    opened: dict[str, set[str]] = {}
    for outcome in result.everything:
        for score in outcome.scores:
            if score.opened:
                opened.setdefault(score.metric, set()).update(score.opened)
    if not opened:
        return ()
    subject = result.subject
    return tuple(
        UndeclaredRead(
            use.metric,
            str(use.scorer.given.get("path", use.name)).partition(":")[0],
            tuple(sorted(opened[use.metric])),
            use.scorer.surroundings.reads,
        )
        for use in subject.suite.metrics_of(subject.prompt)
        if use.metric in opened
    )
