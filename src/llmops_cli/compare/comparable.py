"""Whether a metric means the same on two sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops_cli.compare.scores import Scores
    from llmops_cli.evals.metric import Metric
    from llmops_cli.evals.scorer_version import ScorerVersion


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


def changed_versions(now: Scores, before: Scores) -> dict[str, ScorerVersion]:
    """Metrics whose scorer has another version and is otherwise the same, with the later of the two."""
    changed = {}
    for metric in sorted(now.scorer_versions.keys() | before.scorer_versions.keys()):
        on_both = metric in now.metric_names and metric in before.metric_names
        same = _without_version(now, metric) == _without_version(before, metric)
        if on_both and same and now.scorers.get(metric) != before.scorers.get(metric):
            sides = (now.scorer_versions.get(metric), before.scorer_versions.get(metric))
            changed[metric] = max((side for side in sides if side is not None), key=lambda side: side.version)
    return changed


def _without_version(side: Scores, metric: str) -> str:
    """What the scores of a metric would depend on, had its scorer its first version."""
    version = side.scorer_versions.get(metric)
    return version.without if version is not None else side.scorers.get(metric, "")
