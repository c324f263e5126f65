"""Runs as Documents: all of them, and the answers of one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import InputError
from llmops_cli.evals.rows import outcome_data
from llmops_cli.evals.shards.shard import Shard
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Check, Column, Document, Listing, Place, Section, Table, Text
from llmops_cli.reports.listing import listing_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmops_cli.evals.result import Outcome
    from llmops_cli.evals.rows import Key
    from llmops_cli.models.answer import Answer
    from llmops_cli.reports.document import State

ANSWER_SHOWN = 120
"""Characters of an answer in a table."""


def runs_document(headers: Sequence[Mapping[str, Any]]) -> Document:
    """Every run, newest first."""
    rows = [
        (
            str(header.get("id", "?")),
            _minute(str(header.get("started", "?"))),
            ", ".join(dict.fromkeys(subject["suite"] for subject in header.get("subjects", [])))
            + _shard(header),
            f"{(header.get('commit') or '–')[:10]}{' (dirty)' if header.get('dirty') else ''}",
            numbers.seconds(header["seconds"]) if "seconds" in header else "unfinished",
        )
        for header in headers
    ]
    headline = numbers.count(len(rows), "run") + " in .llmops/runs/"
    return listing_document(
        headline, ("run", "started (UTC)", "suites", "commit", "time"), rows, {"runs": list(headers)}
    )


def run_document(header: Mapping[str, Any], outcomes: Mapping[Key, Outcome], *, failed: bool) -> Document:
    """One run: its cases, or only those that did not pass."""
    shown = [(key, outcome) for key, outcome in outcomes.items() if not failed or not outcome.passed]
    passed = sum(1 for outcome in outcomes.values() if outcome.passed)
    unfinished = "finished" not in header
    headline = (
        f"run {header.get('id')}{_shard(header)}: {numbers.part(passed, len(outcomes), 'answer')} passed"
    )
    if unfinished:
        headline = f"UNFINISHED: {headline} so far"
    if len(shown) != len(outcomes):
        headline += f", {numbers.count(len(shown))} shown"
    groups: dict[str, list[Outcome]] = {}
    for key, outcome in shown:
        groups.setdefault(key.subject.title, []).append(outcome)
    sections = [Section(title, (_outcome_table(group),)) for title, group in groups.items()]
    if unfinished:
        step = Text("go on with it", command=f"llmops eval --resume {header.get('id')}")
        sections.append(Section("Next", (Listing((step,)),)))
    elif shown:
        step = Text("everything about one case", command=f"llmops runs show {header.get('id')} --case ID")
        sections.append(Section("Next", (Listing((step,)),)))
    data = {"run": dict(header), "outcomes": [outcome_data(key, outcome) for key, outcome in shown]}
    return Document(
        Text(headline),
        tuple(sections),
        data,
        checks=lambda: [_check(key, outcome) for key, outcome in shown],
    )


def _check(key: Key, outcome: Outcome) -> Check:
    """One answer as a row of a table: what it was, its scores, and why it did not pass."""
    answer = outcome.answer
    state: State = "error" if outcome.undecided else "passed" if outcome.passed else "failed"
    facts = {
        "prompt": key.subject.prompt,
        "model": key.subject.model,
        "repeat": str(outcome.repeat + 1),
        "answer": _in_one_line(answer) if answer is not None else "",
    }
    return Check(
        group=key.subject.title,
        suite=key.subject.suite,
        kind="case",
        name=outcome.case_id,
        state=state,
        place=Place(""),
        message="; ".join(_why(outcome)),
        seconds=answer.latency_s if answer is not None else None,
        values={score.metric: score.value for score in outcome.scores},
        facts=facts,
    )


def _shard(header: Mapping[str, Any]) -> str:
    """Which part of a run it is, where it is one."""
    try:
        shard = Shard.of_header(header)
    except InputError:
        return " (a broken shard)"
    return "" if shard is None else f" ({shard.title})"


def _minute(moment: str) -> str:
    """The minute of a moment in UTC, which is short enough for a column; another text as it is."""
    try:
        return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return moment


def _in_one_line(answer: Answer) -> str:
    """What a model answered, its tool calls as `name(arguments)`."""
    calls = (call.get("function", {}) for call in answer.tool_calls)
    called = [f"{call.get('name', '?')}({call.get('arguments', '')})" for call in calls]
    return " ".join(" ".join([answer.text, *called]).split())


def _state(outcome: Outcome) -> Text:
    if outcome.undecided:
        return Text("no verdict", "bad")
    return Text("passed", "good") if outcome.passed else Text("failed", "bad")


def _why(outcome: Outcome) -> list[str]:
    """Why an answer did not pass, or has no verdict."""
    why = [outcome.error] if outcome.error else []
    return why + [
        f"{score.metric}: {score.error or score.reason or 'no'}"
        for score in outcome.scores
        if score.error or score.passed is False
    ]


def _outcome_table(outcomes: Sequence[Outcome]) -> Table:
    """A row for each answer: what it was, and why it did not pass."""
    columns = (Column("case"), Column("verdict"), Column("answer"), Column("why"))
    rows = []
    for outcome in outcomes:
        repeat = f" (repeat {outcome.repeat + 1})" if outcome.repeat else ""
        answer = _in_one_line(outcome.answer) if outcome.answer is not None else ""
        cut = answer if len(answer) <= ANSWER_SHOWN else f"{answer[: ANSWER_SHOWN - 1]}…"
        rows.append(
            (Text(outcome.case_id + repeat), _state(outcome), Text(cut), Text("; ".join(_why(outcome))))
        )
    return Table(columns, tuple(rows))
