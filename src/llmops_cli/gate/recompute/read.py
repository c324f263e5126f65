"""Both readings of a run whose scorers are not those that scored its baseline.

The first: the new scorers judge the answers that the baseline keeps. The second, where there is a base: the
scorers of the base judge the answers of this run. Nothing is asked of a model.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.rescore.rescore import needs_rescoring, rescore
from llmops_cli.gate.recompute.by_base import as_at_base, asks_another, judged_by_base
from llmops_cli.gate.recompute.readings import Readings

if TYPE_CHECKING:
    from llmops_cli.compare.judged import Judged
    from llmops_cli.evals.suite import Suite


def read(judged: Judged, base: Suite | None, *, accepted: bool = False) -> Readings:
    """The readings of one subject; where no scorer changed, it stays as it is. `base` is its suite there.

    Where somebody accepted what changed in the suite, nobody asks another judge of the base.
    """
    baseline = judged.baseline
    if baseline is None or judged.stored is not None:
        return Readings(judged)
    first, asked = judged, judged.result.rejudged
    if needs_rescoring(baseline, judged.result.subject):
        rescored = rescore(baseline, judged.result.subject, told=asked.stored)
        first = replace(judged, baseline=rescored.scores, stored=baseline, rescored=rescored)
    subject = judged.result.subject
    if base is not None and accepted and asks_another(as_at_base(base, subject), subject):
        return Readings(first)
    return Readings(first, None if base is None else judged_by_base(judged, base, asked.by_base))
