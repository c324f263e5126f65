"""The history of baselines as a Document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.approvals import told_approvals
from llmops_cli.baselines.looks import told_looks
from llmops_cli.compare.metric_text import NONE, change_text, value_text
from llmops_cli.evals.metric import PASSES
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Column, Document, Listing, Section, Table, Text
from llmops_cli.reports.sparkline import sparkline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmops_cli.baselines.history.history import Entry, History, Summary
    from llmops_cli.evals.metric import Metric
    from llmops_cli.reports.document import Block, Tone

SCHEMA = 1
BARS_SHOWN = 40
CUT = "history is cut here (shallow clone): git fetch --unshallow"
UNCOMMITTED = "not committed"
STATED = ("REGRESSED", "INCOMPARABLE")
"""Verdicts that had to be explained when they were accepted."""


def history_document(histories: Sequence[History]) -> Document:
    """A section for each subject: how its pass rate went, then a row for each state of the file."""
    suite = histories[0].subject.suite.id
    states = numbers.count(sum(len(history.entries) for history in histories), "state")
    files = numbers.count(sum(bool(history.entries) for history in histories), "baseline")
    return Document(
        Text(f"{suite}: {states} of {files}, newest first"),
        tuple(_section(history) for history in histories),
        {"schema": SCHEMA, "suite": suite, "histories": [_data(history) for history in histories]},
    )


def _section(history: History) -> Section:
    subject = history.subject
    title = f"{subject.suite.id} · {subject.prompt.id} · {subject.model}"
    if not history.entries:
        return Section(title, (Text("no baseline, neither now nor in the git history", "muted"),))
    blocks: list[Block] = [Text(history.path, "muted")]
    values = history.series(PASSES)
    if values:
        blocks.append(Text(spark_text(PASSES, values)))
    blocks.append(_table(history))
    if len(history.metrics) > 1:
        blocks.append(_other_metrics(history))
    problems = [
        Text(f"{_name(entry)}: {entry.problem}", "warn") for entry in history.entries if entry.problem
    ]
    if problems:
        blocks.append(Listing(tuple(problems)))
    if history.cut:
        blocks.append(Text(CUT, "warn"))
    return Section(title, tuple(blocks))


def _name(entry: Entry) -> str:
    return entry.commit.short if entry.commit is not None else UNCOMMITTED


def spark_text(metric: Metric, values: Sequence[float]) -> str:
    """A metric as bars, oldest to newest, with the lowest and the highest value that they stand for."""
    shown = values[-BARS_SHOWN:]
    low, high = value_text(metric, min(shown)), value_text(metric, max(shown))
    span = low if low == high else f"{low} to {high}"
    older = f" (the newest {len(shown)} of {len(values)})" if len(shown) < len(values) else ""
    return f"{metric} {sparkline(shown)} {span}{older}"


def _table(history: History) -> Table:
    columns = [
        *_columns(PASSES),
        Column("cases", "right"),
        Column("prompt"),
        Column("accepted by, and why"),
    ]
    rows = [(*_cells(history, at, PASSES), *_facts(history, at)) for at in range(len(history.entries))]
    return Table(tuple(columns), tuple(rows))


def _other_metrics(history: History) -> Table:
    """The other metrics of the gate, apart: in one table they would fit no screen."""
    others = [metric for metric in history.metrics if not metric.is_pass_rate]
    rows = [_cells(history, at, *others) for at in range(len(history.entries))]
    return Table(tuple(_columns(*others)), tuple(rows))


def _columns(*metrics: Metric) -> list[Column]:
    columns = [Column("date"), Column("commit")]
    for metric in metrics:
        columns += [Column(metric.name, "right"), Column("change", "right")]
    return columns


def _cells(history: History, at: int, *metrics: Metric) -> tuple[Text, ...]:
    """Date, commit, and some metrics of one entry with their changes."""
    entry = history.entries[at]
    cells = [Text(entry.commit.day if entry.commit is not None else NONE), Text(_name(entry))]
    for metric in metrics:
        value, change = history.value(at, metric), history.change(at, metric)
        before = value - change if value is not None and change is not None else None
        cells.append(Text(value_text(metric, value)))
        cells.append(Text(change_text(metric, change, before), _tone(metric, change)))
    return tuple(cells)


def _facts(history: History, at: int) -> tuple[Text, ...]:
    """Cases, prompt, and who accepted why."""
    entry = history.entries[at]
    summary = entry.summary
    if summary is None:
        return Text(NONE), Text(NONE), Text(entry.fault, "warn")
    same = summary.prompt.partition("@")[0] == history.subject.prompt.id
    prompt = summary.version if same else summary.prompt
    return Text(numbers.count(summary.cases)), Text(prompt), _accepted(summary, history.accepted_before(at))


def _accepted(summary: Summary, before: Mapping[str, Any]) -> Text:
    """Who accepted the scores and why, and the deciders that this state is the first to name."""
    accepted = summary.accepted
    who = str(accepted.get("by") or NONE).partition(" <")[0]
    verdict = accepted.get("verdict") if accepted.get("verdict") in STATED else None
    parts = [str(part) for part in (who, verdict, accepted.get("reason")) if part]
    sentences = [*filter(None, (": ".join(parts), told_looks(accepted))), *told_approvals(accepted, before)]
    return Text("; ".join(sentences), "warn" if verdict else "plain")


def _tone(metric: Metric, change: float | None) -> Tone:
    if not change:
        return "muted"
    return "good" if (change < 0) == metric.lower_is_better else "bad"


def _data(history: History) -> dict[str, Any]:
    subject = history.subject
    return {
        "path": history.path,
        "prompt": subject.prompt.id,
        "model": subject.model,
        "metrics": [metric.name for metric in history.metrics],
        "cut": history.cut,
        "entries": [_entry_data(history, at, entry) for at, entry in enumerate(history.entries)],
    }


def _entry_data(history: History, at: int, entry: Entry) -> dict[str, Any]:
    commit, summary = entry.commit, entry.summary
    return {
        "commit": commit.hash if commit is not None else None,
        "date": commit.date if commit is not None else None,
        "author": str(commit.author) if commit is not None else None,
        "subject": commit.subject if commit is not None else None,
        "problem": entry.problem,
        "prompt": summary.prompt if summary is not None else None,
        "fingerprint": summary.fingerprint if summary is not None else None,
        "resolved": list(summary.resolved) if summary is not None else [],
        "cases": summary.cases if summary is not None else None,
        "repeats": summary.repeats if summary is not None else None,
        "metrics": dict(summary.metrics) if summary is not None else {},
        "change": {metric.name: history.change(at, metric) for metric in history.metrics},
        "accepted": dict(summary.accepted) if summary is not None else {},
    }
