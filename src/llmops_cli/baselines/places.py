"""Where baselines lie, and whose they are: under ids of now, or those that suites and prompts had before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.fault import RESTORE
from llmops_cli.core.earlier_ids import as_was
from llmops_cli.core.errors import InputError
from llmops_cli.core.head import is_tracked
from llmops_cli.core.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.project import Project
    from llmops_cli.core.tree import Tree
    from llmops_cli.evals.suite import Subject

FOLDER = "baselines"
APPROVALS = f"{FOLDER}/approvals.jsonl"
"""Not scores: who accepted a changed decider (`approvals.py`)."""


def baseline_files(tree: Tree) -> list[str]:
    """Paths of everything under `baselines/` that holds scores, sorted."""
    return [path for path in tree.files(FOLDER) if path.endswith(".jsonl") and path != APPROVALS]


def baseline_path(project: Project, subject: Subject) -> Path:
    """Where the baseline of a subject lies."""
    return project.baseline_path(subject.suite.id, subject.model, prompt=subject.baseline_prompt)


def baseline_places(project: Project, subject: Subject) -> list[Path]:
    """Where the baseline of a subject may lie: by the ids of now first, then by those from before."""
    return [
        project.baseline_path(suite, subject.model, prompt=prompt) for suite, prompt in subject.kept_under
    ]


def stored_place(project: Project, subject: Subject) -> str:
    """The file of the project that holds the baseline of a subject; "" where there is none."""
    places = map(project.shown, baseline_places(project, subject))
    return next((shown for shown in places if project.tree.has(shown)), "")


def under_present_ids(baseline: Scores, subject: Subject) -> Scores:
    """A baseline with its suite and its prompt by their ids of now, where it names them by earlier ones."""
    suite, prompt = subject.suite, subject.prompt
    if baseline.suite in suite.was:
        baseline = replace(baseline, suite=suite.id)
    if baseline.prompt_id in prompt.was:
        baseline = replace(baseline, prompt=f"{prompt.id}@{baseline.prompt_version}")
    return baseline


def require_own(baseline: Scores, subject: Subject, shown: str) -> None:
    """Raise InputError when a baseline is another subject's: its file was moved, or an id is another."""
    for name, value, wanted, was in (
        ("suite", baseline.suite, subject.suite.id, subject.suite.was),
        ("model", baseline.model, subject.model, ()),
        ("prompt", baseline.prompt_id, subject.prompt.id, subject.prompt.was),
    ):
        if value != wanted:
            message = f"this is the baseline of the {name} `{value}`, and `{wanted}` is wanted"
            renamed = f"a {name} that was renamed says {as_was((*was, value))}; else "
            hint = RESTORE if name == "model" else f"{renamed}{RESTORE}"
            raise InputError(problems=[Problem(shown, 1, 0, message, hint)])


def require_kept(project: Project, subject: Subject) -> None:
    """Raise InputError when git knows the baseline of a subject and it is gone from the disk."""
    places = baseline_places(project, subject)
    if any(path.is_file() for path in places):
        return
    for path in places:
        shown = project.shown(path)
        if is_tracked(project.root, shown):
            hint = f"git checkout -- {shown}, or git rm it to say that it should go"
            raise InputError(
                problems=[Problem(shown, 0, 0, "the committed baseline is gone from the disk", hint)]
            )
