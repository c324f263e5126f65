"""Where scorers judge many answers: in this process, or in another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from llmops_cli.evals.judge import guarded, score
from llmops_cli.evals.result import ScoreResult
from llmops_cli.scorers.apart import Call, measured_apart
from llmops_cli.scorers.python import PythonFunction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.evals.suite import ScorerUse
    from llmops_cli.scorers.sample import Sample

    Pairs = Sequence[tuple[ScorerUse, Sample]]


class Bench(Protocol):
    """Judges answers, each by a scorer that asks nobody."""

    def __call__(self, pairs: Pairs) -> list[ScoreResult]:
        """A result for each pair, in their order. A scorer that breaks gives an error, never a zero."""
        ...


def here(pairs: Pairs) -> list[ScoreResult]:
    """What the scorers say, run in this process."""
    return [score(use, sample) for use, sample in pairs]


def apart(pairs: Pairs) -> list[ScoreResult]:
    """The same; the project's own scorers, as they were at a commit, are run in a process of their own."""
    results: list[ScoreResult | None] = [None] * len(pairs)
    calls: list[Call] = []
    waiting: list[int] = []
    for number, (use, sample) in enumerate(pairs):
        if not isinstance(use.scorer, PythonFunction):
            results[number] = score(use, sample)
            continue
        try:
            option = use.fill(sample.values)
        except Exception as error:  # noqa: BLE001 - the suite's templates failed on this case
            message = f"{type(error).__name__}: {error}"
            results[number] = ScoreResult(use.metric, error=message, weight=use.weight)
            continue
        calls.append(Call(use.scorer, sample, option))
        waiting.append(number)
    for number, measured in zip(waiting, measured_apart(calls), strict=True):
        use = pairs[number][0]
        results[number] = guarded(use, measured.value)
    return [result for result in results if result is not None]
