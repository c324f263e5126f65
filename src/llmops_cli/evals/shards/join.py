"""Joins the runs of all shards of one plan into one run, once nothing of it is missing or foreign."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from llmops_cli.core.commit import SHORT
from llmops_cli.core.errors import InputError
from llmops_cli.core.provenance import provenance
from llmops_cli.evals.asked_otherwise import asked_otherwise, judged_then
from llmops_cli.evals.journal import Journal
from llmops_cli.evals.result import RunResult, result_of
from llmops_cli.evals.rows import Key, SubjectKey, fault_of, read_rows, request_of
from llmops_cli.evals.sent import keep_messages
from llmops_cli.evals.shards.find import together
from llmops_cli.evals.shards.shard import shard_of
from llmops_cli.evals.sound import is_sound, lies_between

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmops_cli.core.problem import Problem
    from llmops_cli.core.project import Project
    from llmops_cli.evals.plan import Plan, Task
    from llmops_cli.evals.result import Outcome
    from llmops_cli.evals.rows import Rows
    from llmops_cli.evals.shards.find import ShardRun

NAMED = 3
"""Cases named in a message."""

Outcomes = dict[Key, "Outcome"]


def _require_same_plan(project: Project, plan: Plan, shards: Sequence[ShardRun]) -> None:
    """Raise InputError for every shard that asked something else than the files here would."""
    faults = []
    commit = str(provenance(project)["commit"] or "")
    for run in shards:
        if run.header.get("plan") == plan.hash:
            continue
        there = str(run.header.get("commit") or "")
        message = f"something else was asked than the files here say; different: {_difference(run, plan)}"
        hint = "run all shards again with the files as they are now"
        if there and there != commit:
            message += f"; it ran at commit {there[:SHORT]}, and here is {commit[:SHORT] or 'no commit'}"
            hint = f"check out {there[:SHORT]} to merge it; or {hint}"
        faults.append((run, message, hint))
    if faults:
        raise InputError(problems=together(faults))


def _difference(run: ShardRun, plan: Plan) -> str:
    """What of a plan is not what the shard had, as far as its header tells."""
    then, now = judged_then(run.header), {SubjectKey.of(subject): subject for subject in plan.subjects}
    differences = [f"{key.title} (only here)" for key in now if key not in then]
    differences += [f"{key.title} (only there)" for key in then if key not in now]
    for key, subject in now.items():
        differences += asked_otherwise(then[key], subject) if key in then else ()
    parts = list(dict.fromkeys(differences))
    more = f", and {len(parts) - NAMED} more" if len(parts) > NAMED else ""
    return ", ".join(parts[:NAMED]) + more if parts else "repeats, or what is sent for the cases"


def outcomes_of(project: Project, plan: Plan, shards: Sequence[ShardRun]) -> Outcomes:
    """Every outcome of all shards.

    Raises InputError for a shard that asked something else than the plan, and when an outcome is missing,
    foreign, or no outcome at all.
    """
    _require_same_plan(project, plan, shards)
    outcomes: Outcomes = {}
    problems: list[Problem] = []
    wanted: dict[int, dict[Key, Task]] = {run.shard.number: {} for run in shards}
    for task in plan.tasks:
        wanted[shard_of(task.case.id, len(wanted))][Key.of(task)] = task
    for run in shards:
        rows = read_rows(run.folder, project.max_answer_mb)
        if wrong := rows.wrong + len(rows.foreign_to(plan)):
            message = f"{run.shard.title} holds scores that no run of this suite gives: {fault_of(wrong)}"
            problems.append(run.problem(message, "run that shard again"))
        problems += _faults(run, wanted[run.shard.number], rows)
        outcomes |= rows.outcomes
    if problems:
        raise InputError(problems=problems)
    return outcomes


def _faults(run: ShardRun, wanted: Mapping[Key, Task], rows: Rows) -> Iterator[Problem]:
    lost = [key for key in wanted if key not in rows.outcomes]
    # What was edited is no answer, and its case is named all the same.
    finished = {**rows.edited, **rows.outcomes}
    if lost:
        count = f"{len(lost)} of {len(wanted)} answers"
        yield run.problem(f"{run.shard.title} lacks {count}: {_cases(lost)}", "run that shard again")
    asked = {key.question: task for key, task in wanted.items()}
    foreign = [
        key
        for key, outcome in finished.items()
        if key.question not in asked or (key in wanted) == bool(outcome.again)
    ]
    if foreign:
        message = f"{run.shard.title} holds answers that it was not asked for: {_cases(foreign)}"
        yield run.problem(message, "run that shard again")
    unsound = [
        key
        for key, outcome in finished.items()
        if (task := asked.get(key.question)) and not is_sound(outcome, task.subject, task.case)
    ]
    if unsound:
        message = f"{run.shard.title} holds scores that no run of this suite gives: {_cases(unsound)}"
        yield run.problem(message, "run that shard again")


def _cases(keys: Sequence[Key]) -> str:
    names = list(dict.fromkeys(str(key.case_id) for key in keys))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def join(
    project: Project, plan: Plan, shards: Sequence[ShardRun], outcomes: Outcomes
) -> tuple[Journal, RunResult]:
    """One run of everything that the shards asked, in `.llmops/runs/`, whose journal is still to be finished.

    It took as long as the slowest shard. Raises StorageError.
    """
    first = shards[0].header
    header = {
        "plan": plan.hash,
        "subjects": [subject.identity for subject in plan.subjects],
        **{name: first.get(name) for name in ("filters", "partial", "cache", "retry_flips", "offline")},
        **provenance(project),
        "merged_from": [
            {
                "id": run.id,
                "shard": [run.shard.number, run.shard.of],
                **{name: run.header.get(name) for name in ("started", "commit", "seconds")},
            }
            for run in shards
        ],
    }
    ordered = _in_order(plan, outcomes)
    with Journal.start(project, header) as journal:
        keep_messages(journal.folder, plan)
        requests = {Key.of(task).question: request_of(task) for task in plan.tasks}
        for key in ordered:
            journal.add(key, outcomes[key], requests[key.question])
    by_subject: dict[SubjectKey, list[Outcome]] = {}
    for key in ordered:
        by_subject.setdefault(key.subject, []).append(outcomes[key])
    results = [result_of(s, by_subject.get(SubjectKey.of(s), [])) for s in plan.subjects]
    seconds = max(_seconds(run) for run in shards)
    return journal, RunResult(journal.id, journal.folder, tuple(results), journal.header, seconds)


def _in_order(plan: Plan, outcomes: Outcomes) -> list[Key]:
    """The order of one whole run: everything once, then what was asked again."""
    planned = [Key.of(task) for task in plan.tasks]
    again = sorted(outcomes.keys() - set(planned), key=lambda key: (key.subject, key.repeat, key.case_id))
    return [*planned, *again]


def _seconds(run: ShardRun) -> float:
    seconds: Any = run.header.get("seconds")
    return float(seconds) if lies_between(seconds, math.inf) else 0.0
