"""A baseline beside the one before it, where other scorers made it: by those of now, and by the base's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.baselines.rescore.rescore import needs_rescoring, rescore
from llmops_cli.compare.compare import compare_stored
from llmops_cli.compare.readings import settled
from llmops_cli.gate.base.change import fell
from llmops_cli.gate.recompute.by_base import as_at_base

if TYPE_CHECKING:
    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.scores import Scores
    from llmops_cli.evals.metric import Metric
    from llmops_cli.evals.suite import Subject, Suite


@dataclass(frozen=True)
class BothReadings:
    """What a new baseline is beside an old one.

    `settled` is what is told. `by_base` is what the scorers of the base say of the answers on both sides,
    where they are not those of now and can judge them.
    """

    settled: Comparison
    by_base: Comparison | None = None

    @property
    def every(self) -> tuple[Comparison, ...]:
        """The readings that there are."""
        return (self.settled,) if self.by_base is None else (self.settled, self.by_base)


def compare_baselines(
    old: Scores, new: Scores, suite: Suite | None, subject: Subject | None, before: Suite | None
) -> BothReadings:
    """What a new baseline is beside an old one, by the rules of `suite`.

    `subject` is what it belongs to now, `before` its suite at the base. Where the scorers are others, both
    are judged by those of now; that counts if by those of the base nothing else is lower. Else nobody can
    tell.
    """
    (plain,) = compare_stored([(old, new, suite)])
    if subject is None or before is None or not needs_rescoring(old, subject):
        return BothReadings(plain)
    earlier = as_at_base(before, subject)
    by_now = rescore(old, subject)
    by_base = [rescore(scores, earlier) for scores in (old, new)]
    if set(old.metric_names) - set(new.metric_names) or any(made.cannot for made in (by_now, *by_base)):
        return BothReadings(plain)
    (first,) = compare_stored([(by_now.scores, new, suite)])
    (second,) = compare_stored([(by_base[0].scores, by_base[1].scores, suite)])
    hidden = _fallen(second) - _fallen(first)
    agree = not hidden and settled(first, second) is first
    return BothReadings(first if agree else plain, second)


def _fallen(comparison: Comparison) -> set[Metric]:
    return {change.metric for change in comparison.metrics if fell(change)}
