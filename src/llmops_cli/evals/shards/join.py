"""Joins the runs of all shards of one plan into one run, once nothing of it is missing or foreign."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

from llmops_cli.core.errors import InputError
from llmops_cli.core.git import SHORT
from llmops_cli.core.provenance import provenance
from llmops_cli.evals.journal import Journal, read_outcomes, task_key
from llmops_cli.evals.result import Again, RunResult, result_of
from llmops_cli.evals.sent import keep_messages
from llmops_cli.evals.shards.find import together
from llmops_cli.evals.shards.shard import shard_of
from llmops_cli.models.answer import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmops_cli.core.problem import Problem
    from llmops_cli.core.project import Project
    from llmops_cli.evals.journal import Key
    from llmops_cli.evals.plan import Plan, Task
    from llmops_cli.evals.result import Outcome
    from llmops_cli.evals.shards.find import ShardRun

NAMED = 3
"""Cases named in a message."""
SOURCES, AGAIN = get_args(Source), get_args(Again)

Outcomes = dict["Key", "Outcome"]


def require_same_plan(project: Project, plan: Plan, shards: Sequence[ShardRun]) -> None:
    """Raise InputError for every shard that asked something else than the files here would."""
    faults = []
    commit = str(provenance(project)["commit"] or "")
    for run in shards:
        if run.header.get("plan") == plan.hash:
            continue
        there = str(run.header.get("commit") or "")
        said = f"something else was asked than the files here say; different: {_difference(run, plan)}"
        hint = "run all shards again with the files as they are now"
        if there and there != commit:
            said += f"; it ran at commit {there[:SHORT]}, and here is {commit[:SHORT] or 'no commit'}"
            hint = f"check out {there[:SHORT]} to merge it; or {hint}"
        faults.append((run, said, hint))
    if faults:
        raise InputError(problems=together(faults))


def _difference(run: ShardRun, plan: Plan) -> str:
    """What of a plan is not what the shard had, as far as its header tells."""
    given = run.header.get("subjects")
    listed = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    then = {(each.get("suite"), each.get("prompt"), each.get("model")): each for each in listed}
    now = {(s.suite.id, s.prompt.ref, s.model): s.identity for s in plan.subjects}
    said = [f"{' · '.join(key)} (only here)" for key in now if key not in then]
    said += [f"{' · '.join(map(str, key))} (only there)" for key in then if key not in now]
    for key in now.keys() & then.keys():
        for name, what in (
            ("fingerprint", f"the prompt {key[1]}"),
            ("cases", f"the cases of {key[0]}"),
            ("scorers", f"the scorers of {key[0]}"),
        ):
            if now[key][name] != then[key].get(name):
                said.append(what)
    found = list(dict.fromkeys(said))
    more = f", and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return ", ".join(found[:NAMED]) + more if found else "repeats, or what is sent for the cases"


def outcomes_of(plan: Plan, shards: Sequence[ShardRun]) -> Outcomes:
    """Every outcome of all shards. Raises InputError when one is missing, foreign, or no outcome at all."""
    found: Outcomes = {}
    problems: list[Problem] = []
    wanted: dict[int, dict[Key, Task]] = {run.shard.number: {} for run in shards}
    for task in plan.tasks:
        wanted[shard_of(task.case.id, len(wanted))][_key(task)] = task
    for run in shards:
        told = read_outcomes(run.folder)
        problems += _faults(run, wanted[run.shard.number], told)
        found |= told
    if problems:
        raise InputError(problems=problems)
    return found


def _faults(run: ShardRun, wanted: Mapping[Key, Task], told: Outcomes) -> Iterator[Problem]:
    lost = [key for key in wanted if key not in told]
    if lost:
        count = f"{len(lost)} of {len(wanted)} answers"
        yield run.problem(f"{run.shard.title} lacks {count}: {_cases(lost)}", "run that shard again")
    asked = {key[:4]: task for key, task in wanted.items()}
    foreign = [
        key for key, outcome in told.items() if key[:4] not in asked or (key in wanted) == bool(outcome.again)
    ]
    if foreign:
        said = f"{run.shard.title} holds answers that it was not asked for: {_cases(foreign)}"
        yield run.problem(said, "run that shard again")
    unsound = [
        key for key, outcome in told.items() if key[:4] in asked and not _is_sound(outcome, asked[key[:4]])
    ]
    if unsound:
        said = f"{run.shard.title} holds scores that no run of this suite gives: {_cases(unsound)}"
        yield run.problem(said, "run that shard again")


def _cases(keys: Sequence[Key]) -> str:
    names = list(dict.fromkeys(str(key[3]) for key in keys))
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
        **{name: first.get(name) for name in ("filters", "cache", "retry_flips", "offline")},
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
    journal = Journal.start(project, header)
    try:
        keep_messages(journal.folder, plan)
        for key in ordered:
            journal.add(key, outcomes[key])
    finally:
        journal.stop()
    by_subject: dict[tuple[str, str, str], list[Outcome]] = {}
    for key in ordered:
        by_subject.setdefault(key[:3], []).append(outcomes[key])
    results = [result_of(s, by_subject.get(task_key(s, "", 0)[:3], [])) for s in plan.subjects]
    seconds = max(_seconds(run) for run in shards)
    result = RunResult(journal.id, journal.folder, tuple(results), journal.header, seconds)
    journal.finish(result)
    return result


def _in_order(plan: Plan, outcomes: Outcomes) -> list[Key]:
    """The order of one whole run: everything once, then what was asked again."""
    planned = [_key(task) for task in plan.tasks]
    again = sorted(outcomes.keys() - set(planned), key=lambda key: (*key[:3], key[4], key[3]))
    return [*planned, *again]


def _seconds(run: ShardRun) -> float:
    found: Any = run.header.get("seconds")
    return float(found) if _lies_between(found, math.inf) else 0.0


def _key(task: Task) -> Key:
    return task_key(task.subject, task.case.id, task.repeat)
