"""`llmops merge`: the runs of all shards joined into one run, compared and judged once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.run_scores import save_scores
from llmops_cli.core.errors import InputError
from llmops_cli.evals.digest import require_intact
from llmops_cli.evals.shards.find import find_shards, together
from llmops_cli.evals.shards.join import join, outcomes_of
from llmops_cli.evals.workspace import open_workspace, require_sound
from llmops_cli.gate.baselines import read_baselines
from llmops_cli.gate.gather import no_run
from llmops_cli.gate.header import asked_of
from llmops_cli.gate.job import plan_job
from llmops_cli.gate.judge import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from llmops_cli.core.project import Project
    from llmops_cli.evals.result import RunResult
    from llmops_cli.evals.shards.find import ShardRun
    from llmops_cli.gate.baselines import Baselines
    from llmops_cli.gate.evaluation import Evaluation
    from llmops_cli.gate.header import Asked
    from llmops_cli.gate.job import Job
    from llmops_cli.gate.options import Options

SAME = ("suites", "prompt", "models", "repeats", "changed", "filters", "cache", "retry_flips", "offline")
"""The options that have to be the same in all shards."""


def join_shards(
    project: Project, names: Sequence[str], base: str, report: Callable[[str], None]
) -> Evaluation:
    """Join the runs of all shards and judge them as one.

    `names` are runs, run folders, or folders with such below. The options are those that the shards were run
    with; `base` "" is theirs, too. Raises InputError when a shard is missing, doubled, broken or not of the
    files as they are now, StorageError.
    """
    workspace = require_sound(open_workspace(project))
    shards = find_shards(project, names)
    return _judged(plan_job(workspace, _options(shards, base), report), shards)


def judge_shards(
    project: Project, names: Sequence[str], options: Options, report: Callable[[str], None]
) -> Evaluation:
    """The same for shards of a job that is not trusted: `options` say what it had to ask.

    The digest of each run is checked, and what it says of its options only shown. Raises InputError also for
    a run that is not what its digest was made of, and where other cases or repeats were asked.
    """
    workspace = require_sound(open_workspace(project))
    shards = find_shards(project, names)
    for run in shards:
        require_intact(run.folder, run.header, run.shown)
    given = _options(shards, options.base)
    wanted = replace(options, cache=given.cache, offline=given.offline, retry_flips=given.retry_flips)
    return _judged(plan_job(workspace, wanted, report), shards)


def _judged(job: Job, shards: Sequence[ShardRun]) -> Evaluation:
    baselines = read_baselines(job)
    return judge(job, baselines, _joined(job, baselines, shards))


def _joined(job: Job, baselines: Baselines, shards: Sequence[ShardRun]) -> RunResult:
    """One run of what all shards asked, with its scores beside it."""
    outcomes = outcomes_of(job.project, job.plan, shards)
    if not job.plan.subjects:
        return no_run(job.project)
    journal, run = join(job.project, job.plan, shards, outcomes)
    save_scores(run.folder, [judged.now for judged in baselines.beside(run)])
    journal.finish(run, baselines.hashes)
    return run


def _options(shards: Sequence[ShardRun], base: str) -> Options:
    """What all shards were asked for. Raises InputError when they were not asked the same."""
    first = asked_of(shards[0])
    bases = {first.options.base}
    faults = []
    for run in shards[1:]:
        asked = asked_of(run)
        bases.add(asked.options.base)
        differences = list(_differences(asked, first))
        if differences:
            message = f"run otherwise than {shards[0].shard.title}: {' and '.join(differences)}"
            faults.append((run, message, "run all shards with the same options and the same llmops"))
    if faults:
        raise InputError(problems=together(faults))
    if not base and len(bases) > 1:
        message = f"the shards name several bases: {', '.join(sorted(map(_shown, bases)))}"
        raise InputError(message, "llmops merge … --base REF")
    return replace(first.options, base=base or first.options.base)


def _differences(asked: Asked, first: Asked) -> Iterator[str]:
    """What one shard was asked otherwise than the first."""
    for name in SAME:
        here, there = getattr(asked.options, name), getattr(first.options, name)
        if here != there:
            yield f"{name} {_shown(here)}, not {_shown(there)}"
    if asked.llmops != first.llmops:
        yield f"llmops {_shown(asked.llmops)}, not {_shown(first.llmops)}"


def _shown(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"`{text}`" if text else "none"
