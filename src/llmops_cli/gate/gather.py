"""Gets the answers of a plan: in a new run or one that goes on, and once more where that is needed."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.run_scores import save_scores
from llmops_cli.core.errors import InputError
from llmops_cli.core.provenance import provenance
from llmops_cli.evals.journal import Journal, task_key
from llmops_cli.evals.plan import judges
from llmops_cli.evals.recall import Recall, Sources, cache_mode
from llmops_cli.evals.run import Runner
from llmops_cli.evals.sent import keep_messages
from llmops_cli.evals.shards.shard import Shard
from llmops_cli.gate.recheck import confirmations, retries

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.project import Project
    from llmops_cli.evals.plan import Plan
    from llmops_cli.evals.result import Outcome, RunResult
    from llmops_cli.gate.options import Options, Talk
    from llmops_cli.models.settings import ModelSettings


def gather(
    project: Project,
    plan: Plan,
    settings: ModelSettings,
    options: Options,
    before: Sequence[Scores | None],
    talk: Talk,
) -> tuple[RunResult, list[str]]:
    """Run a plan, or the part of it that a shard asks, and say which cassettes were written.

    `before` are the baselines of its subjects. Raises InputError, StorageError, InterruptedRunError.
    """
    models = {subject.model for subject in plan.subjects} | {model for _, model, _ in judges(plan.subjects)}
    providers = {model.partition("/")[0] for model in models}
    keys = [found.secrets for name in providers if (found := settings.provider(name)) is not None]
    secrets = [secret for several in keys for secret in several]
    header: dict[str, Any] = {
        "plan": plan.hash,
        "subjects": [subject.identity for subject in plan.subjects],
        "filters": list(options.filters),
        "cache": options.cache,
        "retry_flips": options.retry_flips or 0,
        "offline": options.offline,
        **provenance(project),
    }
    if options.shard is not None:
        header |= {"shard": [options.shard.number, options.shard.of], "options": _selection(options)}
    journal: Journal | None = None
    done: dict[Any, Outcome] = {}
    if options.resume is not None:
        journal, done = _resumed(project, plan, options)
    shard = Shard.of_header(header if journal is None else journal.header)
    plan = plan if shard is None else shard.part_of(plan)
    if journal is not None:
        talk.report(f"resuming {journal.id}: {_finished(plan, done)}")
    jobs = options.concurrency or project.concurrency
    offline = settings.in_process if options.offline else None
    # A resumed run goes on as it was begun: live answers, where it was to have no others.
    cache = options.cache if journal is None else cache_mode(str(journal.header.get("cache", options.cache)))
    sources = Sources(cache, options.record, offline)
    try:
        # A missing cassette is found before a new run leaves a trace.
        with closing(Recall(project, plan.subjects, sources, talk.report, secrets=secrets)) as recall:
            journal = journal or Journal.start(project, header)
            keep_messages(journal.folder, plan)
            runner = Runner(settings, recall, journal, talk.progress, talk.report, jobs, done)
            result = runner.run(plan)
            result = _ask_again(runner, plan, result, before, journal.header["retry_flips"])
            failed = any(subject.failures for subject in result.subjects)
            recorded = recall.save(prune=not options.filters and not failed)
        if shard is None:
            save_scores(journal.folder, result)
        journal.finish(result)
    finally:
        if journal is not None:
            journal.stop()
    return result, recorded


def _selection(options: Options) -> dict[str, Any]:
    """What makes the plan of all shards the same, as it was given: merging them makes that plan again."""
    return {
        "suites": list(options.suites),
        "prompt": options.prompt,
        "models": list(options.models),
        "repeats": options.repeats,
        "base": options.base,
        "changed": options.changed,
    }


def _resumed(project: Project, plan: Plan, options: Options) -> tuple[Journal, dict[Any, Outcome]]:
    """An earlier run, open again, and what it had finished. It goes on as it was begun."""
    journal, done = Journal.resume(project, options.resume or "", plan.hash)
    begun = journal.header.setdefault("retry_flips", options.retry_flips or 0)
    offline = journal.header.setdefault("offline", False)
    try:
        shard = Shard.of_header(journal.header)
    except InputError:
        journal.stop()
        raise
    fault, advice = "", ""
    if options.retry_flips not in (None, begun):
        fault = f"with --retry-flips {begun}, and {options.retry_flips} is asked for"
        advice = ", without --retry-flips"
    elif options.shard not in (None, shard):
        fault = f"as {'a whole run' if shard is None else shard.title}, and {options.shard} is asked for"
        advice = ", without --shard"
    elif options.offline != offline:
        fault = "with --offline" if offline else "without --offline: it may have called a provider"
        advice = " --offline" if offline else ", without --offline"
    if fault:
        journal.stop()
        hint = f"llmops eval --resume {journal.id}{advice}; or start a new run"
        raise InputError(f"run {journal.id} was begun {fault}", hint)
    return journal, done


def _finished(plan: Plan, done: Collection[Any]) -> str:
    """How much of a run is finished; what was asked again is not part of its plan."""
    planned = {task_key(task.subject, task.case.id, task.repeat) for task in plan.tasks}
    again = len(set(done) - planned)
    said = f"{len(done) - again} of {len(planned)} are finished"
    return f"{said}, and {again} that were asked again" if again else said


def _ask_again(
    runner: Runner, plan: Plan, result: RunResult, before: Sequence[Scores | None], times: int
) -> RunResult:
    """The result with the answers that were asked once more: for flipped and for failed must-pass cases."""
    may = runner.recall.may_answer
    again = [*filter(may, retries(result.subjects, before, times))]
    again += filter(may, confirmations(result.subjects))
    extended = plan
    while again:
        cases = {(task.subject.title, task.case.id) for task in again}
        runner.report(f"asking {len(cases)} case{'s' if len(cases) > 1 else ''} again before judging")
        extended = replace(extended, tasks=(*extended.tasks, *again))
        result = runner.run(extended)
        again = [*filter(may, confirmations(result.subjects))]
    return result
