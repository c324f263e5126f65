"""The result of `llmops check` as a Document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.reports import numbers
from llmops_cli.reports.document import Document, Listing, Section, Text
from llmops_cli.reports.problems import problem_annotations, problem_checks, problem_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.workspace import Workspace


def check_document(workspace: Workspace, problems: Sequence[Problem]) -> Document:
    """Errors, then warnings; the headline says whether anything is wrong."""
    errors = [problem for problem in problems if problem.severity == "error"]
    warnings = [problem for problem in problems if problem.severity == "warning"]
    cases = sum(len(suite.cases) for suite in workspace.suites.values())
    counted = ", ".join(
        [
            numbers.count(len(workspace.prompts), "prompt"),
            numbers.count(len(workspace.suites), "suite"),
            numbers.count(cases, "case"),
        ]
    )
    if errors:
        summary = f"WRONG: {numbers.count(len(errors), 'problem')}"
        headline = Text(summary + (f", {numbers.count(len(warnings), 'warning')}" if warnings else ""), "bad")
    elif not workspace.prompts:
        headline = Text("EMPTY: no prompts in prompts/ yet; `llmops init` writes a first one", "warn")
    else:
        summary = f"OK: {counted}" + (f", {numbers.count(len(warnings), 'warning')}" if warnings else "")
        headline = Text(summary, "good")
    sections = []
    for title, listed, tone in (("Problems", errors, "bad"), ("Warnings", warnings, "warn")):
        if listed:
            items = tuple(Text(str(problem), tone) for problem in listed)  # type: ignore[arg-type]
            sections.append(Section(title, (Listing(items),)))
    data = {
        "schema": 1,
        "ok": not errors,
        "prompts": sorted(workspace.prompts),
        "suites": sorted(workspace.suites),
        "cases": cases,
        "problems": [problem_data(problem) for problem in problems],
    }
    return Document(
        headline,
        tuple(sections),
        data,
        annotations=tuple(problem_annotations([*errors, *warnings])),
        checks=lambda: problem_checks(problems),
        folder=workspace.project.folder,
    )
