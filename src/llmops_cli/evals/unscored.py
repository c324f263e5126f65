"""An answer whose scores are not all there: some wait for a worker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmops_cli.evals.bench import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmops_cli.evals.result import Outcome, ScoreResult
    from llmops_cli.scorers.call import Call, Measured


@dataclass(frozen=True, slots=True)
class Unscored:
    """An outcome and, where some of its scores wait for a worker, all of them in their order."""

    outcome: Outcome
    parts: tuple[ScoreResult | Waiting, ...] = ()

    @classmethod
    def of(cls, outcome: Outcome, parts: Sequence[ScoreResult | Waiting]) -> Unscored:
        """An outcome with its scores, as far as they are there."""
        scores = tuple(part for part in parts if not isinstance(part, Waiting))
        if len(scores) == len(parts):
            return cls(replace(outcome, scores=scores))
        return cls(outcome, tuple(parts))

    @property
    def calls(self) -> list[Call]:
        """What workers have to do for it."""
        return [part.call for part in self.parts if isinstance(part, Waiting)]

    def scored(self, measured: Iterable[Measured]) -> Outcome:
        """The outcome with its scores; `measured` is what came of each of its calls."""
        answers = iter(measured)
        scores = tuple(
            part.score(next(answers)) if isinstance(part, Waiting) else part for part in self.parts
        )
        return replace(self.outcome, scores=scores)
