"""The files under `baselines/`: where the baseline of a subject lies, loading and saving it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.fault import RESTORE
from llmops_cli.baselines.read import read
from llmops_cli.baselines.write import to_text
from llmops_cli.core.canonical import text_hash
from llmops_cli.core.errors import InputError
from llmops_cli.core.files import write_text
from llmops_cli.core.head import is_tracked
from llmops_cli.core.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.project import Project
    from llmops_cli.core.tree import Tree
    from llmops_cli.evals.suite import Subject, Suite

FOLDER = "baselines"
APPROVALS = f"{FOLDER}/approvals.jsonl"
"""Not scores: who accepted a changed decider (`approvals.py`)."""


def load(project: Project, subject: Subject) -> Scores | None:
    """The committed baseline of a subject, or None. Raises InputError for a broken or a foreign one."""
    shown = _shown_place(project, subject)
    return _of_subject(subject, project.tree.read(shown), shown) if shown else None


def stored_text(project: Project, subject: Subject) -> str:
    """The committed baseline of a subject as its file says it, with our line ends; "" where there is none."""
    shown = _shown_place(project, subject)
    return project.tree.read(shown).replace("\r\n", "\n") if shown else ""


def stored_hash(project: Project, subject: Subject) -> str:
    """Hash of the committed baseline of a subject, so that a run can say what it was compared with."""
    return text_hash(stored_text(project, subject))


def _shown_place(project: Project, subject: Subject) -> str:
    """The file of the project that holds the baseline of a subject; "" where there is none."""
    places = map(project.shown, baseline_places(project, subject))
    return next((shown for shown in places if project.tree.has(shown)), "")


def _of_subject(subject: Subject, text: str, shown: str) -> Scores:
    """The baseline in a text, if it is the subject's. Raises InputError for a broken or a foreign one."""
    baseline, problems = read(text, shown)
    if baseline.suite == subject.suite.was:
        baseline = replace(baseline, suite=subject.suite.id)
    require_own(baseline, subject, shown)
    if problems:
        raise InputError(problems=problems)
    return baseline


def require_own(baseline: Scores, subject: Subject, shown: str) -> None:
    """Raise InputError when a baseline is that of another subject: its file was moved."""
    for name, value, wanted in (
        ("suite", baseline.suite, subject.suite.id),
        ("model", baseline.model, subject.model),
        ("prompt", baseline.prompt_id, subject.prompt.id),
    ):
        if value != wanted:
            message = f"this is the baseline of the {name} `{value}`, and `{wanted}` is wanted"
            raise InputError(problems=[Problem(shown, 1, 0, message, RESTORE)])


def baseline_files(tree: Tree) -> list[str]:
    """Paths of everything under `baselines/` that holds scores, sorted."""
    return [path for path in tree.files(FOLDER) if path.endswith(".jsonl") and path != APPROVALS]


def baseline_path(project: Project, subject: Subject) -> Path:
    """Where the baseline of a subject lies."""
    return project.baseline_path(subject.suite.id, subject.model, prompt=subject.baseline_prompt)


def baseline_places(project: Project, subject: Subject) -> list[Path]:
    """Where the baseline of a subject may lie: under the suite's id, else under the id that it had before."""
    suite = subject.suite
    names = [suite.id, *([suite.was] if suite.was else [])]
    return [project.baseline_path(name, subject.model, prompt=subject.baseline_prompt) for name in names]


def require_kept(project: Project, subject: Subject) -> None:
    """Raise InputError when git knows the baseline of a subject and it is gone from the disk."""
    path = baseline_path(project, subject)
    shown = project.shown(path)
    if not path.is_file() and is_tracked(project.root, shown):
        hint = f"git checkout -- {shown}, or git rm it to say that it should go"
        raise InputError(
            problems=[Problem(shown, 0, 0, "the committed baseline is gone from the disk", hint)]
        )


def save(project: Project, subject: Subject, baseline: Scores) -> Path:
    """Write the baseline of a subject. Raises StorageError; a half-written file is never left.

    One that lay under the id that the suite had before is gone then.
    """
    path, *earlier = baseline_places(project, subject)
    write_text(path, to_text(baseline))
    for place in earlier:
        place.unlink(missing_ok=True)
    return path


def load_all(project: Project, suites: Iterable[Suite]) -> dict[str, Scores]:
    """The baselines of some suites by path; subjects without one are left out. Raises InputError."""
    baselines: dict[str, Scores] = {}
    for suite in suites:
        for subject in suite.subjects:
            baseline = load(project, subject)
            if baseline is not None:
                baselines[project.shown(baseline_path(project, subject))] = baseline
    return baselines
