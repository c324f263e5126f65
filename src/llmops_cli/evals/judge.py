"""From an answer to its scores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llmops_cli.core.limits import LimitError
from llmops_cli.evals.result import ScoreResult
from llmops_cli.scorers.base import AskingScorer, NotMeasuredError
from llmops_cli.scorers.call import ElsewhereError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.evals.suite import ScorerUse
    from llmops_cli.scorers.base import Measurement
    from llmops_cli.scorers.sample import Sample


def score(use: ScorerUse, sample: Sample) -> ScoreResult:
    """The score of one scorer that asks nobody. A scorer that raises gives an error, never a zero."""
    return guarded(use, lambda: use.scorer.measure(sample, use.fill(sample.values)))


def broken(use: ScorerUse, error: str) -> ScoreResult:
    """The error in the place of a score."""
    outside = isinstance(use.scorer, AskingScorer)
    return ScoreResult(use.metric, error=error, weight=use.weight, decides=use.decides, outside=outside)


def guarded(use: ScorerUse, measure: Callable[[], Measurement]) -> ScoreResult:
    """Run one measurement and read its value as the suite says: negated, against a threshold.

    Raises ElsewhereError where a worker has to do it.
    """
    try:
        measured = measure()
    except NotMeasuredError as nothing:
        return ScoreResult(use.metric, reason=str(nothing), weight=use.weight)
    except (KeyboardInterrupt, ElsewhereError):
        raise
    except LimitError as error:
        return broken(use, str(error))
    except BaseException as error:  # noqa: BLE001 - a scorer is foreign code
        error_text = str(error).strip() or "no message"
        return broken(use, f"{type(error).__name__}: {error_text}")
    value = measured.value
    if not isinstance(value, int | float) or not math.isfinite(value) or not 0 <= value <= 1:
        error_text = f"the scorer gave {value!r}, and a value lies between 0 and 1"
        return broken(use, error_text)
    reason = measured.reason
    if use.negate:
        value = 1 - value
        reason = reason if value < 1 and reason else ("" if value == 1 else f"`{use.name}` does not hold")
    passed = None
    if use.decides:
        passed = value >= (use.threshold if use.threshold is not None else 1)
    return ScoreResult(use.metric, float(value), passed, reason, weight=use.weight, opened=measured.opened)
