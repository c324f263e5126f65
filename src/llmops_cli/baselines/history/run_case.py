"""Everything about one case of a run: what was sent and answered, every score, and how it went before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.file import load
from llmops_cli.baselines.history.trend import case_trend
from llmops_cli.compare.asks import asks_the_same
from llmops_cli.compare.metric_text import NONE, value_text
from llmops_cli.compare.report.case_report import case_sections
from llmops_cli.core.errors import InputError
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.evals.journal import read_header
from llmops_cli.evals.metric import PASS_RATE, metric_of
from llmops_cli.evals.rows import outcome_data, read_rows
from llmops_cli.evals.sent import messages_of
from llmops_cli.evals.workspace import open_workspace
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Column, Document, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from llmops_cli.baselines.history.trend import CasePoint
    from llmops_cli.compare.scores import CaseScores
    from llmops_cli.core.project import Project
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.result import Outcome
    from llmops_cli.evals.rows import Key, SubjectKey
    from llmops_cli.evals.suite import Subject, Suite
    from llmops_cli.reports.document import Tone

ANSWER_SHOWN = 80
"""Characters of an answer in the table of its history."""


def run_case_document(project: Project, folder: Path, case_id: str) -> Document:
    """One case of a run, for each subject that has it. Raises InputError when none has."""
    outcomes = read_rows(folder, project.max_answer_mb).outcomes
    case_ids = {outcome.case_id for outcome in outcomes.values()}
    if case_id not in case_ids:
        raise InputError(
            f"run {folder.name} has no case `{case_id}`", did_you_mean(case_id, case_ids, noun="cases")
        )
    suites = open_workspace(project).suites
    groups: dict[SubjectKey, list[tuple[Key, Outcome]]] = {}
    for key, outcome in outcomes.items():
        if outcome.case_id == case_id:
            groups.setdefault(key.subject, []).append((key, outcome))
    sections: list[Section] = []
    data = []
    for name, answers in groups.items():
        parts, facts = _subject(project, folder, suites, answers)
        sections += [Section(name.title, ()), *parts]
        data.append({**facts, "outcomes": [outcome_data(key, outcome) for key, outcome in answers]})
    every = [outcome for answers in groups.values() for _, outcome in answers]
    passed = sum(1 for outcome in every if outcome.passed)
    headline = f"case {case_id} of run {folder.name}: {numbers.part(passed, len(every), 'answer')} passed"
    return Document(
        Text(headline), tuple(sections), {"run": read_header(folder), "case": case_id, "subjects": data}
    )


def _subject(
    project: Project,
    folder: Path,
    suites: Mapping[str, Suite],
    answers: list[tuple[Key, Outcome]],
) -> tuple[list[Section], dict[str, Any]]:
    name, case_id = answers[0][0].question
    subject, case = _find(suites, name, case_id)
    sent = messages_of(folder, name, case_id)
    before = _before(project, subject, case) if subject is not None else None
    points = case_trend(project, subject, case_id, case) if subject is not None else []
    sections = case_sections([outcome for _, outcome in answers], before, case, sent)
    if points:
        sections.append(Section("Over the commits of the baseline", (_history(points),)))
    data = {
        **name._asdict(),
        "place": case.place if case is not None else None,
        "messages": sent,
        "history": [
            {
                "commit": point.commit.hash,
                "date": point.commit.date,
                "prompt": point.prompt,
                "scores": {metric: list(values) for metric, values in point.scores.items()},
                "outputs": list(point.outputs),
                "same_inputs": point.same_inputs,
            }
            for point in points
        ],
    }
    return sections, data


def _find(suites: Mapping[str, Suite], name: SubjectKey, case_id: str) -> tuple[Subject | None, Case | None]:
    """The subject and the case as the project has them now; None for what is gone."""
    suite = suites.get(name.suite)
    if suite is None:
        return None, None
    prompt_id = name.prompt.partition("@")[0]
    subjects = replace(suite, models=(name.model,)).subjects
    subject = next((subject for subject in subjects if subject.prompt.id == prompt_id), None)
    return subject, next((case for case in suite.cases if case.id == case_id), None)


def _before(project: Project, subject: Subject, case: Case | None) -> CaseScores | None:
    """The case in the baseline, if it asked the same there."""
    try:
        baseline = load(project, subject)
    except InputError:
        return None
    if baseline is None or case is None:
        return None
    stored = baseline.cases.get(case.id)
    return stored if stored is not None and asks_the_same(stored, case) else None


def _history(points: Sequence[CasePoint]) -> Table:
    """A row for each state of the baseline, newest first."""
    names = ("date", "commit", "prompt", "verdict", "answer", "scores")
    rows = []
    for point in points:
        passes = point.scores.get(PASS_RATE, ())
        passed = sum(1 for value in passes if value >= 1)
        word = "passed" if passed == len(passes) else "failed"
        verdict = f"{word} {passed} of {len(passes)}" if len(passes) > 1 else word
        tone: Tone = "good" if word == "passed" else "bad"
        if not point.same_inputs:
            verdict, tone = f"{verdict}, asked something else", "muted"
        answer = " ".join((point.outputs[0] or "").split()) if point.outputs else ""
        cut = answer if len(answer) <= ANSWER_SHOWN else f"{answer[: ANSWER_SHOWN - 1]}…"
        scores = ", ".join(
            f"{name} {_mean(name, point)}" for name in point.scores if not metric_of(name).is_pass_rate
        )
        cells = (point.commit.day, point.commit.short, point.prompt.rpartition("@")[2])
        rows.append((*map(Text, cells), Text(verdict, tone), Text(cut or NONE), Text(scores, "muted")))
    return Table(tuple(map(Column, names)), tuple(rows))


def _mean(name: str, point: CasePoint) -> str:
    values = point.scores.get(name, ())
    return value_text(metric_of(name, point.scores), sum(values) / len(values) if values else None)
