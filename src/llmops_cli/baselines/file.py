"""The files under `baselines/`: loading and saving the baseline of a subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.places import baseline_places, require_own, stored_place, under_present_ids
from llmops_cli.baselines.read import read
from llmops_cli.baselines.write import to_text
from llmops_cli.core.canonical import text_hash
from llmops_cli.core.errors import InputError
from llmops_cli.core.files import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.project import Project
    from llmops_cli.evals.suite import Subject, Suite


def load(project: Project, subject: Subject) -> Scores | None:
    """The committed baseline of a subject, or None. Raises InputError for a broken or a foreign one."""
    shown = stored_place(project, subject)
    return _of_subject(subject, project.tree.read(shown), shown) if shown else None


def stored_text(project: Project, subject: Subject) -> str:
    """The committed baseline of a subject as its file says it, with our line ends; "" where there is none."""
    shown = stored_place(project, subject)
    return project.tree.read(shown).replace("\r\n", "\n") if shown else ""


def stored_hash(project: Project, subject: Subject) -> str:
    """Hash of the committed baseline of a subject, so that a run can say what it was compared with."""
    return text_hash(stored_text(project, subject))


def _of_subject(subject: Subject, text: str, shown: str) -> Scores:
    """The baseline in a text, if it is the subject's. Raises InputError for a broken or a foreign one."""
    baseline, problems = read(text, shown)
    baseline = under_present_ids(baseline, subject)
    require_own(baseline, subject, shown)
    if problems:
        raise InputError(problems=problems)
    return baseline


def save(project: Project, subject: Subject, baseline: Scores) -> Path:
    """Write the baseline of a subject. Raises StorageError; a half-written file is never left.

    One that lay under ids from before is gone then.
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
                baselines[stored_place(project, subject)] = baseline
    return baselines
