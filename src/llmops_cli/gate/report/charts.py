"""What only a page shows: metrics over the commits, and how scores, costs and latencies spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.history.trend import trend
from llmops_cli.compare.metric_text import value_text
from llmops_cli.compare.scores import column, known_values
from llmops_cli.evals.metric import COST, SECONDS
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Chart, Section, Series

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmops_cli.baselines.history.trend import Point
    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.metric_change import MetricChange
    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.project import Project
    from llmops_cli.evals.metric import Metric
    from llmops_cli.reports.document import Block
    from llmops_cli.reports.numbers import Unit

BINS = 10


def chart_sections(project: Project, comparisons: Sequence[Comparison]) -> list[Section]:
    """A section of charts for each subject."""
    sections = []
    for comparison in comparisons:
        charts: list[Block] = list(_distributions(comparison.now, comparison.before))
        if comparison.result is not None:
            points = trend(project, comparison.result.subject)
            charts = [*_trends(points, comparison.metrics), *charts]
        if charts:
            sections.append(Section(f"Charts of {comparison.title}", tuple(charts)))
    return sections


def _trends(points: Sequence[Point], metrics: Sequence[MetricChange]) -> Iterator[Chart]:
    if not points:
        return
    labels = (*(f"{point.commit.short} {point.commit.day}" for point in points), "this run")
    lines: dict[Unit, list[Series]] = {}
    for change in metrics:
        if change.metric.is_amount or not (change.metric.is_pass_rate or change.rule is not None):
            continue
        values = (*(point.metrics.get(change.metric.name) for point in points), change.now)
        if len(known_values(values)) > 1:
            lines.setdefault(change.metric.unit, []).append(_series(change.metric, values))
    for unit, series in lines.items():
        high = 1.0 if unit in ("rate", "graded") else None
        yield Chart("Baselines over the git history", "line", labels, tuple(series), 0.0, high, unit)


def _series(metric: Metric, values: Sequence[float | None]) -> Series:
    return Series(metric.name, tuple(values), tuple(value_text(metric, value) for value in values))


def _distributions(now: Scores, before: Scores | None) -> Iterator[Chart]:
    for metric in map(now.metric, now.metric_names):
        if not metric.is_pass_rate:
            yield from _histogram(f"Cases by {metric}", metric, now, before, (0.0, 1.0))
    if any(known_values(_column(now, COST))):
        yield from _histogram("Cases by cost (US dollars)", COST, now, before, None)
    if known_values(_column(now, SECONDS)):
        yield from _histogram("Calls by latency (live ones)", SECONDS, now, before, None)


def _column(side: Scores, metric: Metric) -> list[float | None]:
    return column(list(side.cases.values()), metric)


def _histogram(
    title: str, metric: Metric, now: Scores, before: Scores | None, span: tuple[float, float] | None
) -> Iterator[Chart]:
    """How many cases lie in each of ten equal bins, in the baseline and now."""
    sides = [("baseline", known_values(_column(before, metric)))] if before is not None else []
    sides.append(("now", known_values(_column(now, metric))))
    sides = [(name, values) for name, values in sides if values]
    every = [value for _, values in sides for value in values]
    if not every:
        return
    low, high = span or (0.0, max(every))
    if span is not None and not all(low <= value <= high for value in every):
        low, high = min(every), max(every)
    if set(every) <= {low, high}:
        edges = [low] if low == high else [low, high]
        counts = [tuple(float(values.count(edge)) for edge in edges) for _, values in sides]
        labels = tuple(_text(metric, edge) for edge in edges)
    else:
        step = (high - low) / BINS
        labels = tuple(
            f"{_text(metric, low + at * step)} – {_text(metric, low + (at + 1) * step)}" for at in range(BINS)
        )
        counts = [_counts(values, low, step) for _, values in sides]
    series = tuple(
        Series(name, heights, tuple(numbers.count(int(number), "case") for number in heights))
        for (name, _), heights in zip(sides, counts, strict=True)
    )
    yield Chart(title, "bars", labels, series, 0.0)


def _counts(values: Sequence[float], low: float, step: float) -> tuple[float, ...]:
    counts = [0.0] * BINS
    for value in values:
        counts[min(BINS - 1, max(0, int((value - low) / step)))] += 1
    return tuple(counts)


def _text(metric: Metric, value: float) -> str:
    if metric.unit == "seconds" and not value:
        return "0 s"
    return value_text(metric, value)
