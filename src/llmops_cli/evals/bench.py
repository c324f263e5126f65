"""Where scorers judge answers: the project's own, and what may take for ever, in workers, others here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.evals.judge import broken, guarded, score
from llmops_cli.scorers.call import ElsewhereError
from llmops_cli.scorers.python import PythonFunction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Future

    from llmops_cli.evals.result import ScoreResult
    from llmops_cli.evals.suite import ScorerUse
    from llmops_cli.scorers.call import Call, Measured
    from llmops_cli.scorers.sample import Sample


@dataclass(frozen=True, slots=True)
class Waiting:
    """A score that a worker will give."""

    use: ScorerUse
    call: Call

    def score(self, measured: Measured) -> ScoreResult:
        """The score, once the worker has answered."""
        if measured.error:
            return broken(self.use, measured.error)
        return guarded(self.use, measured.value)


def begin(use: ScorerUse, sample: Sample) -> ScoreResult | Waiting:
    """The score of a scorer that asks nobody, or what a worker has to do for it."""
    if not isinstance(use.scorer, PythonFunction):
        try:
            return score(use, sample)
        except ElsewhereError as error:
            return Waiting(use, error.call)
    try:
        return Waiting(use, use.scorer.call(sample, use.fill(sample.values)))
    except Exception as error:  # noqa: BLE001 - the suite's templates failed on this case
        return broken(use, f"{type(error).__name__}: {error}")


def judge(pairs: Iterable[tuple[ScorerUse, Sample]]) -> list[ScoreResult]:
    """A score for each pair, in their order. A scorer that breaks gives an error, never a zero."""
    return settled([begin(use, sample) for use, sample in pairs])


def settled(parts: Sequence[ScoreResult | Waiting]) -> list[ScoreResult]:
    """The same scores, those that waited for a worker too."""
    futures = submitted(part.call for part in parts if isinstance(part, Waiting))
    answers = iter(futures)
    return [part.score(next(answers).result()) if isinstance(part, Waiting) else part for part in parts]


def waited_for(call: Call) -> Measured:
    """What a worker says of one call."""
    return submitted([call])[0].result()


def submitted(calls: Iterable[Call]) -> list[Future[Measured]]:
    """What workers will answer; they start with the first call."""
    several = list(calls)
    if not several:
        return []
    from llmops_cli.scorers.workers.pool import submit

    return submit(several)
