"""Whether a metric means the same on two sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops_cli.compare.scores import Scores
    from llmops_cli.evals.metric import Metric


def comparable(now: Scores, before: Scores, metric: Metric) -> bool:
    """Whether the same scorers and judges gave the metric on both sides."""
    if now.basis(metric) != before.basis(metric):
        return False
    return not changed_judges(now, before, metric)


def changed_judges(now: Scores, before: Scores, metric: Metric) -> dict[str, tuple[str, str]]:
    """Judges behind a metric that answer as another model now: before and now, by their metric.

    What sums up several scorers rests on every judge of the suite. An unknown judge (an older file) is not a
    changed one.
    """
    changed = {}
    for name in now.judges.keys() & before.judges.keys():
        was, judge = before.judges[name], now.judges[name]
        if (metric.is_sum or metric.name == name) and was["resolved"] != judge["resolved"]:
            changed[name] = (" + ".join(was["resolved"]), " + ".join(judge["resolved"]))
    return changed
