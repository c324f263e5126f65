"""Finds the run whose scores are to be accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import InputError
from llmops_cli.evals.journal import SubjectKey, find_run, list_runs, read_header, read_outcomes
from llmops_cli.evals.result import result_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from llmops_cli.core.project import Project
    from llmops_cli.evals.result import Outcome, SubjectResult
    from llmops_cli.evals.suite import Subject


@dataclass(frozen=True, slots=True)
class Newest:
    """A result that is to be accepted, and the name of the run it is from."""

    result: SubjectResult
    run: str


def newest(project: Project, subject: Subject, wanted: str) -> Newest:
    """The newest complete result of exactly this subject. Raises InputError when there is none.

    Neither a shard nor a run of a part of the cases is one, even where none of this suite is missing in it.
    """
    shards, partial = 0, ""
    for folder in [find_run(project, wanted)] if wanted else list_runs(project):
        header = read_header(folder)
        if _is_partial(header) and _is_about(header, subject):
            partial = partial or folder.name
        elif subject.identity not in header.get("subjects", []):
            continue
        elif "shard" in header:
            shards += 1
        elif (result := _complete(folder, subject)) is not None:
            return Newest(result, folder.name)
    if partial:
        raise InputError(
            f"run {partial} is partial: it was made with --filter, and a baseline is of every case",
            f"run `llmops eval {subject.suite.id}` without --filter, then accept that run",
        )
    if shards:
        only = (
            f"run {wanted} is one shard of several" if wanted else f"only shards of {subject.title} were run"
        )
        raise InputError(
            f"{only}: nothing is judged yet",
            "`llmops merge` joins all shards into one run; accept that one",
        )
    raise InputError(
        f"no complete run of {subject.title} with the files as they are now",
        f"run `llmops eval {subject.suite.id}` first",
    )


def _is_partial(header: Mapping[str, Any]) -> bool:
    """Whether a filter left cases out; earlier versions say only that there was a filter."""
    return bool(header["partial"] if "partial" in header else header.get("filters"))


def _is_about(header: Mapping[str, Any], subject: Subject) -> bool:
    """Whether a run judged a subject, whatever its cases were."""
    wanted = (subject.suite.id, subject.prompt.ref, subject.model)
    return any((s["suite"], s["prompt"], s["model"]) == wanted for s in header.get("subjects", []))


def _complete(folder: Path, subject: Subject) -> SubjectResult | None:
    """The result of a subject in a run; None where it has no outcome of some case."""
    name = SubjectKey.of(subject)
    by_case: dict[str, list[Outcome]] = {}
    for key, outcome in sorted(read_outcomes(folder).items()):
        if key.subject == name:
            by_case.setdefault(outcome.case_id, []).append(outcome)
    repeats = [by_case.get(case.id, []) for case in subject.suite.cases]
    return result_of(subject, (outcome for asked in repeats for outcome in asked)) if all(repeats) else None
