"""Adds the cases that a baseline does not have to its file, and leaves every other byte as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.baselines.accept.accept import require_allowed, subjects_of
from llmops_cli.baselines.accept.fit import require_same_baseline
from llmops_cli.baselines.accept.newest import taken
from llmops_cli.baselines.file import load, stored_hash
from llmops_cli.baselines.places import baseline_places
from llmops_cli.baselines.write import with_more_cases
from llmops_cli.compare.asks import told_by
from llmops_cli.compare.comparable import changed_judges
from llmops_cli.compare.mended import with_new_ids
from llmops_cli.compare.snapshot import require_complete, snapshot
from llmops_cli.core.errors import InputError
from llmops_cli.core.files import write_text
from llmops_cli.evals.metric import PASSES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llmops_cli.baselines.accept.newest import Taken
    from llmops_cli.baselines.accept.source import Source
    from llmops_cli.compare.scores import CaseScores, Scores
    from llmops_cli.core.project import Project
    from llmops_cli.evals.suite import Subject, Suite


@dataclass(frozen=True, slots=True)
class Addition:
    """The cases that a baseline got, by what they are called; none where it has all of them already."""

    path: Path
    run: str
    cases: tuple[str, ...]


def accept_new_cases(
    project: Project, suites: list[Suite], *, model: str = "", source: Source | None = None
) -> list[Addition]:
    """Add the cases of the newest complete run of each subject, or of a source, that its baseline lacks.

    Nothing else is accepted, so no reason is asked for: cases that are there keep their lines, and the header
    who accepted them. Raises InputError when no run fits the files as they are now, when some outcomes
    failed, or when the file cannot hold what this run scored; then nothing is written.
    """
    who = str(project.repository.identity())
    subjects = subjects_of(suites, model)
    for subject in subjects:
        require_allowed(project, subject.suite, who)
    results = [taken(project, subject, source) for subject in subjects]
    texts = [_addition(project, one) for one in results]
    for (addition, _), one in zip(texts, results, strict=True):
        if source is not None and addition.cases:
            subject = one.result.subject
            require_same_baseline(source, subject, stored_hash(project, subject))
    for addition, text in texts:
        if addition.cases:
            write_text(addition.path, text)
    return [addition for addition, _ in texts]


def _addition(project: Project, one: Taken) -> tuple[Addition, str]:
    """What a baseline gets, and the text of its file then."""
    subject = one.result.subject
    require_complete(one.result)
    old = load(project, subject)
    if old is None:
        raise InputError(
            f"{subject.title} has no baseline that new cases could be added to",
            f"llmops baseline accept {subject.suite.id}",
        )
    now = snapshot(one.result, outputs=project.store_outputs)
    paths = baseline_places(project, subject)
    path = next(path for path in paths if project.tree.has(project.shown(path)))
    text = project.tree.read(project.shown(path))
    new = _unseen(old, now, subject.suite)
    if new:
        _require_alike(subject, old, now)
        text = with_more_cases(text, old, [case.first(old.repeats) for case in new])
    cases = {case.id: case for case in subject.suite.cases}
    return Addition(path, one.run, tuple(cases[case.id].name for case in new)), text


def _unseen(old: Scores, now: Scores, suite: Suite) -> list[CaseScores]:
    """The cases that are new; one without an id that was edited is not."""
    seen = with_new_ids(told_by(old, suite.cases), now.cases).cases
    return [case for id_, case in now.cases.items() if id_ not in seen]


def _require_alike(subject: Subject, old: Scores, now: Scores) -> None:
    """Raise InputError when the header of the baseline would not be true of what this run scored."""
    others = list(_others(old, now))
    if others:
        suite = subject.suite.id
        raise InputError(
            f"{subject.title}: this run was made with {' and '.join(others)} than the baseline",
            f"accept all of its scores: llmops baseline accept {suite}; or run the suite as the baseline was "
            f"made, then llmops baseline accept {suite} --new-cases",
        )


def _others(old: Scores, now: Scores) -> Iterator[str]:
    if old.fingerprint != now.fingerprint:
        yield "another prompt"
    if old.resolved and now.resolved and old.resolved != now.resolved:
        yield "another model"
    if any(now.scorers.get(name) != basis for name, basis in old.scorers.items()):
        yield "other scorers"
    if changed_judges(now, old, PASSES):
        yield "another judge"
