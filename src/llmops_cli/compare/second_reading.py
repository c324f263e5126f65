"""The second reading: what the gated metrics would be if every case that changed failed now.

A case that changed cannot be compared with its baseline. Leaving it out in silence would let a change take
the cases that it breaks out of the comparison by touching them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.scores import CaseScores, Scores


def failing_where_changed(comparison: Comparison) -> Scores | None:
    """The scores now, with each changed case as in the baseline and with the worst score of everything.

    None where no case changed that counts.
    """
    before = comparison.before
    changed = set(comparison.changed) - comparison.aside
    if before is None or not changed:
        return None
    worst = {id_: _failed(before.cases[id_]) for id_ in changed}
    return replace(comparison.now, cases=dict(sorted({**comparison.now.cases, **worst}.items())))


def _failed(case: CaseScores) -> CaseScores:
    return replace(case, scores={metric: (0.0,) * len(values) for metric, values in case.scores.items()})
