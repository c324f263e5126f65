"""What one change does to one baseline file, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from llmops_cli.compare.comparable import comparable
from llmops_cli.compare.gate import ROUNDING
from llmops_cli.compare.verdict import Verdict

if TYPE_CHECKING:
    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.metric_change import MetricChange
    from llmops_cli.gate.base.rules import Rules
    from llmops_cli.gate.base.unmet import Unmet

Kind = Literal["lowered", "replaced", "removed", "unused", "raised", "added", "rescored"]


@dataclass(frozen=True)
class BaselineChange:
    """One baseline file that a change touches.

    `lowered` says that a metric got worse or a case went, lost a score or asks something else, `replaced`
    that the scorers are others, so that nobody can tell, `unused` that the suite whose it was is not
    compared with the file any more, `rescored` that the scorers of now give its answers these scores. `by`
    and `why` are who accepted it and the reason given; of a removed file, who removed it and the commit's
    title; of an unused one the authors of the change. `unmet` are the points of the policy that it does not
    meet. `fresh` says that there was no file at its path.
    """

    path: str
    kind: Kind
    suite: str
    comparison: Comparison | None = None
    by: tuple[str, ...] = ()
    why: str = ""
    unmet: tuple[Unmet, ...] = ()
    fresh: bool = False

    @property
    def loud(self) -> bool:
        """Whether a reviewer has to see it."""
        return bool(self.unmet) or self.kind in ("lowered", "replaced", "removed", "unused")

    @property
    def worse(self) -> tuple[MetricChange, ...]:
        """The metrics that got worse."""
        metrics = self.comparison.metrics if self.comparison is not None else ()
        return tuple(change for change in metrics if fell(change))

    @property
    def rescored(self) -> bool:
        """Whether other scorers or judges gave a metric."""
        comparison = self.comparison
        if comparison is None or comparison.before is None:
            return False
        return any(
            not comparable(comparison.now, comparison.before, change.metric) for change in comparison.metrics
        )

    @property
    def lost(self) -> tuple[str, ...]:
        """The cases that are still there and have no value of a metric that they had."""
        return lost_scores(self.comparison) if self.comparison is not None else ()

    @property
    def has_old_scores(self) -> bool:
        """Whether accepting again would change nothing, because the scores are there already."""
        return any(point.kind in ("no reason", "old acceptance") for point in self.unmet)

    @property
    def is_needed(self) -> bool:
        """Whether the baseline is gone and a suite still runs on it."""
        return self.is_unnamed or any(point.kind == "needed" for point in self.unmet)

    @property
    def is_unnamed(self) -> bool:
        """Whether a suite that still runs no longer says the id under which its baseline lies."""
        return any(point.kind == "unnamed" for point in self.unmet)


@dataclass(frozen=True)
class BaseComparison:
    """The committed baselines against those at a ref. `commit` is the merge base, in full.

    `notes` say what else has to be known of the base. `rules` are those that hold there.
    """

    reference: str
    commit: str
    changes: tuple[BaselineChange, ...]
    notes: tuple[str, ...] = ()
    rules: Rules | None = field(default=None, repr=False, compare=False)

    @property
    def refused(self) -> bool:
        """Whether a lowered baseline does not meet the policy."""
        return any(change.unmet for change in self.changes)

    def leaves(self, suite: str) -> bool:
        """Whether what a reviewer has to see first is that a suite's baseline is no longer used."""
        first = self.loud[0] if self.loud else None
        return first is not None and first.kind == "unused" and first.suite == suite

    @property
    def loud(self) -> tuple[BaselineChange, ...]:
        """What a reviewer has to see, what the policy refuses first."""
        return tuple(
            sorted((c for c in self.changes if c.loud), key=lambda change: (not change.unmet, change.path))
        )


def fell(change: MetricChange) -> bool:
    """Whether a metric got worse; of those where lower is better, only the gated ones count."""
    if change.before is None:
        return False
    moves = [move for move in (change.change, _moved(change)) if move is not None]
    if not change.lower_is_better:
        return any(move < -ROUNDING for move in moves)
    if change.rule is None:
        return False
    if change.metric.live_only:
        # Every live call has another latency: only what the gate calls worse is worse.
        return change.verdict is Verdict.REGRESSED
    return any(move > ROUNDING * change.before for move in moves)


def _moved(change: MetricChange) -> float | None:
    return None if change.now is None or change.before is None else change.now - change.before


def lost_scores(comparison: Comparison) -> tuple[str, ...]:
    """The cases that are still there and have no value of a metric that they had."""
    before, now = comparison.before, comparison.now
    if before is None:
        return ()
    amounts = [
        change.metric
        for change in comparison.metrics
        if change.metric.is_amount and change.rule is not None and not change.metric.live_only
    ]
    return tuple(
        id_
        for id_, case in before.cases.items()
        if id_ in now.cases
        and (
            case.scores.keys() - now.cases[id_].scores.keys()
            or any(case.value(kept) is not None and now.cases[id_].value(kept) is None for kept in amounts)
        )
    )
