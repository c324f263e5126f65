"""Joins the runs of all shards of one plan into one run, once nothing of it is missing or foreign."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

from llmops_cli.core.commit import SHORT
from llmops_cli.core.errors import InputError
from llmops_cli.core.provenance import provenance
from llmops_cli.evals.journal import Journal, Key, SubjectKey, read_outcomes
from llmops_cli.evals.result import Again, RunResult, result_of
from llmops_cli.evals.sent import keep_messages
from llmops_cli.evals.shards.find import together
from llmops_cli.evals.shards.shard import shard_of
from llmops_cli.models.answer import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmops_cli.core.problem import Problem
    from llmops_cli.core.project import Project
    from llmops_cli.evals.plan import Plan, Task
    from llmops_cli.evals.result import Outcome
    from llmops_cli.evals.shards.find import ShardRun

NAMED = 3
"""Cases named in a message."""
SOURCES, AGAIN = get_args(Source), get_args(Again)

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
    given = run.header.get("subjects")
    listed = [subject for subject in given if isinstance(subject, dict)] if isinstance(given, list) else []
    then = {SubjectKey(*(str(was.get(name)) for name in SubjectKey._fields)): was for was in listed}
    now = {SubjectKey.of(subject): subject.identity for subject in plan.subjects}
    differences = [f"{key.title} (only here)" for key in now if key not in then]
    differences += [f"{key.title} (only there)" for key in then if key not in now]
    for key in (key for key in now if key in then):
        for name, what in (
            ("fingerprint", f"the prompt {key.prompt}"),
            ("cases", f"the cases of {key.suite}"),
            ("scorers", f"the scorers of {key.suite}"),
        ):
            if now[key][name] != then[key].get(name):
                differences.append(what)
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
        finished = read_outcomes(run.folder)
        problems += _faults(run, wanted[run.shard.number], finished)
        outcomes |= finished
    if problems:
        raise InputError(problems=problems)
    return outcomes


def _faults(run: ShardRun, wanted: Mapping[Key, Task], finished: Outcomes) -> Iterator[Problem]:
    lost = [key for key in wanted if key not in finished]
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
        if key.question in asked and not _is_sound(outcome, asked[key.question])
    ]
    if unsound:
        message = f"{run.shard.title} holds scores that no run of this suite gives: {_cases(unsound)}"
        yield run.problem(message, "run that shard again")


def _cases(keys: Sequence[Key]) -> str:
    names = list(dict.fromkeys(str(key.case_id) for key in keys))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _is_sound(outcome: Outcome, task: Task) -> bool:
    """Whether a run could have written it: each scorer of the case said something between 0 and 1."""
    subject = task.subject
    if outcome.again not in AGAIN:
        return False
    if not outcome.error:
        uses = subject.suite.uses_for(task.case, subject.prompt)
        if [score.metric for score in outcome.scores] != [use.metric for use in uses]:
            return False
    values: list[Any] = [outcome.judge_cost_usd]
    if outcome.answer is not None:
        answer = outcome.answer
        if not isinstance(answer.text, str) or answer.source not in SOURCES:
            return False
        values += [answer.cost_usd, answer.latency_s, answer.usage.input_tokens, answer.usage.output_tokens]
    elif not outcome.error:
        return False
    return all(value is None or _lies_between(value, math.inf) for value in values) and all(
        (score.value is None or _lies_between(score.value, 1)) and score.passed in (None, True, False)
        for score in outcome.scores
    )


def _lies_between(value: Any, most: float) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and 0 <= value <= most


def join(project: Project, plan: Plan, shards: Sequence[ShardRun], outcomes: Outcomes) -> RunResult:
    """One run of everything that the shards asked, in `.llmops/runs/`, open for what belongs to its end.

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
        for key in ordered:
            journal.add(key, outcomes[key])
    by_subject: dict[SubjectKey, list[Outcome]] = {}
    for key in ordered:
        by_subject.setdefault(key.subject, []).append(outcomes[key])
    results = [result_of(s, by_subject.get(SubjectKey.of(s), [])) for s in plan.subjects]
    seconds = max(_seconds(run) for run in shards)
    result = RunResult(journal.id, journal.folder, tuple(results), journal.header, seconds)
    journal.finish(result)
    return result


def _in_order(plan: Plan, outcomes: Outcomes) -> list[Key]:
    """The order of one whole run: everything once, then what was asked again."""
    planned = [Key.of(task) for task in plan.tasks]
    again = sorted(outcomes.keys() - set(planned), key=lambda key: (key.subject, key.repeat, key.case_id))
    return [*planned, *again]


def _seconds(run: ShardRun) -> float:
    seconds: Any = run.header.get("seconds")
    return float(seconds) if _lies_between(seconds, math.inf) else 0.0
