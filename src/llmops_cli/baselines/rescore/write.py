"""Writes baselines with the scores that the scorers of now give their answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmops_cli import __version__
from llmops_cli.baselines.approvals import of_scores
from llmops_cli.baselines.file import load, save
from llmops_cli.baselines.places import baseline_path, require_kept
from llmops_cli.baselines.rescore.rescore import needs_rescoring, rescore
from llmops_cli.baselines.write import to_text
from llmops_cli.compare.asks import is_same
from llmops_cli.core.errors import InputError
from llmops_cli.core.problem import Problem
from llmops_cli.evals.ready import require_ready

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from llmops_cli.compare.rescored import Rescored
    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.project import Project
    from llmops_cli.evals.suite import Subject, Suite

ANEW = "ask anew: `llmops eval {suite}`, then `llmops baseline accept {suite} --reason …`"


@dataclass(frozen=True, slots=True)
class Written:
    """One baseline that was looked at; `rescored` is None where its scorers are those of now."""

    path: Path
    before: Scores
    rescored: Rescored | None = None


def write_rescored(project: Project, suites: Iterable[Suite]) -> list[Written]:
    """Score the answers of each baseline of some suites anew where its scorers changed, and write the file.

    Who accepted it and why stay; that it was rescored is added. Raises InputError, with every problem and
    before anything is written, when an answer is not kept or cannot be judged, and when a judge would have to
    be asked.
    """
    subjects = [subject for suite in suites for subject in suite.subjects]
    require_ready(subjects)
    written: list[Written] = []
    changed: list[tuple[Subject, Scores]] = []
    problems: list[Problem] = []
    for subject in subjects:
        require_kept(project, subject)
        baseline = load(project, subject)
        if baseline is None:
            continue
        path = baseline_path(project, subject)
        if not needs_rescoring(baseline, subject):
            written.append(Written(path, baseline))
            continue
        rescored = rescore(baseline, subject)
        problems += _problems(project.shown(path), subject, rescored, baseline)
        changed.append((subject, as_rescored(baseline, rescored)))
        written.append(Written(path, baseline, rescored))
    if problems:
        raise InputError(problems=problems)
    if not written:
        raise InputError("no baseline to rescore", "`llmops eval`, then `llmops baseline accept`, make one")
    for subject, scores in changed:
        save(project, subject, scores)
    return written


def as_rescored(baseline: Scores, rescored: Rescored) -> Scores:
    """A baseline with its new scores as it is written: under its own acceptance, marked as rescored."""
    accepted = {**baseline.accepted, "rescored": list(rescored.metrics)}
    return replace(rescored.scores, llmops=__version__).with_acceptance(accepted)


def reproduces(before: Scores, now: Scores, subject: Subject) -> bool:
    """Whether a baseline is what rescoring an earlier one gives: nobody lowered it.

    The note that it was rescored does not count, nor does the llmops that did it, nor what it says of
    deciders.
    """
    if not now.accepted.get("rescored") or not needs_rescoring(before, subject):
        return False
    return to_text(_plain(rescore(before, subject).scores)) == to_text(_plain(now))


def _plain(scores: Scores) -> Scores:
    accepted = {key: value for key, value in of_scores(scores.accepted).items() if key != "rescored"}
    return replace(scores.with_acceptance(accepted), llmops="")


def _problems(shown: str, subject: Subject, rescored: Rescored, baseline: Scores) -> list[Problem]:
    hint = ANEW.format(suite=subject.suite.id)
    problems = [
        Problem(shown, 0, 0, f"`{metric}` cannot be scored anew: {why}", hint)
        for metric, why in rescored.cannot.items()
    ]
    cases = {case.id: case for case in subject.suite.cases}
    other = [
        id_
        for id_, stored in baseline.cases.items()
        if id_ not in cases or not is_same(cases[id_], stored, subject.suite.read_of(cases[id_]))
    ]
    if other:
        message = f"{len(other)} of its cases are others now, or gone ({', '.join(sorted(other)[:5])})"
        problems.append(Problem(shown, 0, 0, message, hint))
    return problems
