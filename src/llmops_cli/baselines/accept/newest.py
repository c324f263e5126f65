"""Finds the result that is to be accepted: in the newest run that fits, or in one that is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.accept.fit import is_partial, require_same
from llmops_cli.baselines.read import from_text
from llmops_cli.baselines.write import to_text
from llmops_cli.compare.snapshot import snapshot
from llmops_cli.core.errors import InputError
from llmops_cli.evals.journal import list_runs, read_header
from llmops_cli.evals.result import result_of
from llmops_cli.evals.rows import SubjectKey, read_rows
from llmops_cli.evals.sound import is_sound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.baselines.accept.source import Source
    from llmops_cli.core.project import Project
    from llmops_cli.evals.result import Outcome, SubjectResult
    from llmops_cli.evals.rows import Key
    from llmops_cli.evals.suite import Subject


@dataclass(frozen=True, slots=True)
class Taken:
    """A result that is to be accepted, the name of the run it is from, and the llmops that made that."""

    result: SubjectResult
    run: str
    llmops: str


def taken(project: Project, subject: Subject, source: Source | None) -> Taken:
    """The result of exactly this subject in the run that is named, or in the newest that fits.

    Raises InputError when there is none.
    """
    return newest(project, subject) if source is None else named(project, source, subject)


def named(project: Project, source: Source, subject: Subject) -> Taken:
    """The result of a subject in one run. Raises InputError when it has none of exactly this subject."""
    require_same(source, subject)
    rows, key = read_rows(source.folder, project.max_answer_mb), SubjectKey.of(subject)
    outcomes = rows.outcomes
    again = f"run `llmops eval {subject.suite.id}`, then accept that run"
    cases = {case.id: case for case in subject.suite.cases}
    if rows.wrong:
        what = f"scores that no run of {subject.suite.id} gives"
        raise InputError(f"{source.shown} holds {what}: {rows.fault}", again)
    for one, outcome in outcomes.items():
        if one.subject == key and not (
            one.case_id in cases and is_sound(outcome, subject, cases[outcome.case_id])
        ):
            what = f"scores that no run of {subject.suite.id} gives"
            raise InputError(f"{source.shown} holds {what}: {one.case_id}", again)
    result = _complete(outcomes, subject)
    if result is None:
        raise InputError(f"{source.shown} has no answer to some cases of {subject.title}", again)
    # What the file could not hold is refused now, before any is written.
    from_text(to_text(snapshot(result)), source.shown)
    return Taken(result, source.id, _llmops(source.header))


def newest(project: Project, subject: Subject) -> Taken:
    """The newest complete result of exactly this subject. Raises InputError when there is none.

    Neither a shard nor a run of a part of the cases is one, even where none of this suite is missing in it.
    """
    shards, partial = 0, ""
    for folder in list_runs(project):
        header = read_header(folder)
        if is_partial(header) and _is_about(header, subject):
            partial = partial or folder.name
        elif subject.identity not in header.get("subjects", []):
            continue
        elif "shard" in header:
            shards += 1
        else:
            rows = read_rows(folder, project.max_answer_mb)
            if (result := _complete(rows.outcomes, subject)) is not None:
                return Taken(result, folder.name, _llmops(header))
            if rows.wrong:  # an older run is none that anybody meant
                hint = f"run `llmops eval {subject.suite.id}`, then accept that run"
                raise InputError(f"run {folder.name}: {rows.fault}", hint)
    if partial:
        raise InputError(
            f"run {partial} is partial: it was made with --filter, and a baseline is of every case",
            f"run `llmops eval {subject.suite.id}` without --filter, then accept that run",
        )
    if shards:
        raise InputError(
            f"only shards of {subject.title} were run: nothing is judged yet",
            "`llmops merge` joins all shards into one run; accept that one",
        )
    raise InputError(
        f"no complete run of {subject.title} with the files as they are now",
        f"run `llmops eval {subject.suite.id}` first",
    )


def _llmops(header: Mapping[str, Any]) -> str:
    version = header.get("llmops")
    return version if isinstance(version, str) else ""


def _is_about(header: Mapping[str, Any], subject: Subject) -> bool:
    """Whether a run judged a subject, whatever its cases were."""
    wanted = (subject.suite.id, subject.prompt.ref, subject.model)
    return any((s["suite"], s["prompt"], s["model"]) == wanted for s in header.get("subjects", []))


def _complete(outcomes: Mapping[Key, Outcome], subject: Subject) -> SubjectResult | None:
    """The result of a subject from what a run finished; None where some case has no outcome."""
    name = SubjectKey.of(subject)
    by_case: dict[str, list[Outcome]] = {}
    for key, outcome in sorted(outcomes.items()):
        if key.subject == name:
            by_case.setdefault(outcome.case_id, []).append(outcome)
    repeats = [by_case.get(case.id, []) for case in subject.suite.cases]
    return result_of(subject, (outcome for asked in repeats for outcome in asked)) if all(repeats) else None
