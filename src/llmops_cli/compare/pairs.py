"""Two sets of scores in columns: every case of each side, and the pairs that can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from operator import is_
from typing import TYPE_CHECKING

from llmops_cli.compare.scores import column, known_values, overall

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from llmops_cli.compare.scores import CaseScores, Scores
    from llmops_cli.evals.metric import Metric

    Column = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Pairs:
    """The values of one metric in the cases that have it on both sides, case by case, sorted by id.

    Each case has as many repeats on both sides: the first ones, where there are more on one side.

    `repeats` are the values of cases that were asked more than once, `clusters` the cases' clusters, None
    where there is none.
    """

    ours: list[float]
    theirs: list[float]
    clusters: list[str | None] | None
    repeats: list[tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class PickedCases:
    """The cases of two sides, picked once for all metrics.

    `ours` and `theirs` are the cases that count, now and before; `pair_now` and `pair_before` those of them
    that are the same on both sides, in the order of their ids: the same lists where no case is left out.
    `old` are those of ours that are also on the other side, whatever they ask there.
    """

    ours: list[CaseScores]
    theirs: list[CaseScores]
    pair_now: list[CaseScores]
    pair_before: list[CaseScores]
    clustered: bool
    repeated: bool
    old: list[CaseScores]

    def columns(self, metric: Metric) -> tuple[Column, Column]:
        """A metric's value for each case, now and before."""
        return column(self.ours, metric), column(self.theirs, metric)

    def kept(self, metric: Metric) -> float | None:
        """A metric now over the cases that are on both sides; None where no case is new."""
        if len(self.old) == len(self.ours):
            return None
        return overall(metric, known_values(column(self.old, metric)))

    def pairs(self, metric: Metric, columns: tuple[Column, Column]) -> Pairs:
        """The pairs that have a metric; `columns` are its own."""
        now, before = self.pair_now, self.pair_before
        ours = columns[0] if now is self.ours else column(now, metric)
        theirs = columns[1] if before is self.theirs else column(before, metric)
        mine, other = known_values(ours), known_values(theirs)
        if len(mine) < len(now) or len(other) < len(now):
            has = [value is not None and was is not None for value, was in zip(ours, theirs, strict=True)]
            now, before = list(compress(now, has)), list(compress(before, has))
            mine, other = known_values(list(compress(ours, has))), known_values(list(compress(theirs, has)))
        # Those of the baseline: a change cannot make its own drop disappear in one large cluster.
        clusters = [case.cluster for case in before] if self.clustered else []
        return Pairs(
            ours=mine,
            theirs=other,
            clusters=clusters if any(cluster is not None for cluster in clusters) else None,
            repeats=_repeats([*now, *before], metric) if self.repeated else [],
        )


def pick_cases(
    now: Scores, before: Scores | None, same: Collection[str], aside: Collection[str]
) -> PickedCases:
    """The sides without the cases that are `aside`; `same` are those of `before` that can be compared."""
    earlier = before.cases if before is not None else {}
    ours = [case for case in now.cases.values() if case.id not in aside]
    theirs = [case for case in earlier.values() if case.id not in aside]
    pairs = sorted(id_ for id_ in now.cases if id_ in same and id_ not in aside)
    pair_now, pair_before = [now.cases[id_] for id_ in pairs], [earlier[id_] for id_ in pairs]
    if any(len(one.hashes) != len(other.hashes) for one, other in zip(pair_now, pair_before, strict=True)):
        alike = [_alike(one, other) for one, other in zip(pair_now, pair_before, strict=True)]
        pair_now, pair_before = [one for one, _ in alike], [other for _, other in alike]
    return PickedCases(
        ours=ours,
        theirs=theirs,
        pair_now=_either(ours, pair_now),
        pair_before=_either(theirs, pair_before),
        clustered=any(case.cluster is not None for case in pair_before),
        repeated=any(len(case.hashes) > 1 for side in (pair_now, pair_before) for case in side),
        old=ours if before is None else [case for case in ours if case.id in earlier],
    )


def _alike(one: CaseScores, other: CaseScores) -> tuple[CaseScores, CaseScores]:
    """Both with as many repeats: a mean of five and a single answer are not exchangeable for a test."""
    repeats = min(len(one.hashes), len(other.hashes))
    return one.first(repeats), other.first(repeats)


def _either(cases: list[CaseScores], pairs: list[CaseScores]) -> list[CaseScores]:
    """The very list of all cases where the pairs are all of them in that order: one column serves both."""
    return cases if len(cases) == len(pairs) and all(map(is_, cases, pairs)) else pairs


def _repeats(cases: Sequence[CaseScores], metric: Metric) -> list[tuple[float, ...]]:
    return [values for case in cases if len(values := case.scores.get(metric.name, ())) > 1]
