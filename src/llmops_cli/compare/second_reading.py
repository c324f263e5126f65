"""The second reading: what the gated metrics would be if every case that changed failed now.

A case that changed cannot be compared with its baseline. Leaving it out in silence would let a change take
the cases that it breaks out of the comparison by touching them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

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


def unproven(comparison: Comparison, required: Collection[str]) -> tuple[str, ...]:
    """The `required` cases that changed and so could hide that they fail: they passed, and they pass now.

    One that the same prompt and the same model answer as before hides nothing: that answer has passed.
    """
    before, now = comparison.before, comparison.now
    if before is None:
        return ()
    alike = before.fingerprint == now.fingerprint and before.resolved == now.resolved
    return tuple(
        id_
        for id_ in comparison.changed
        if id_ in required
        and id_ in now.cases
        and id_ not in {*comparison.aside, *comparison.broken}
        and before.cases[id_].passed
        and not (alike and set(now.cases[id_].hashes) <= set(before.cases[id_].hashes))
    )


def _failed(case: CaseScores) -> CaseScores:
    return replace(case, scores={metric: (0.0,) * len(values) for metric, values in case.scores.items()})
