"""Gets the answers of a job: in a new run or one that goes on, and once more where that is needed."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.run_scores import save_scores
from llmops_cli.core.provenance import provenance
from llmops_cli.core.redact import Secrets
from llmops_cli.evals.named_models import asked_models
from llmops_cli.evals.ready import require_ready
from llmops_cli.evals.recall import Recall, Sources
from llmops_cli.evals.result import RunResult
from llmops_cli.evals.run import Runner
from llmops_cli.evals.sent import keep_messages
from llmops_cli.gate.begin import begin
from llmops_cli.gate.recheck import confirmations, retries
from llmops_cli.gate.verify import verifications
from llmops_cli.reports import numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.core.project import Project
    from llmops_cli.evals.result import SubjectResult
    from llmops_cli.evals.talk import Talk
    from llmops_cli.gate.baselines import Baselines
    from llmops_cli.gate.begin import Beginning
    from llmops_cli.gate.job import Job


def gather(job: Job, baselines: Baselines, talk: Talk) -> RunResult:
    """Ask what a job plans, or the part of it that is its shard's.

    Cases that flipped from their baselines are asked once more where that was asked for. Raises InputError,
    StorageError, InterruptedRunError.
    """
    # A shard leaves a run also where no suite is reached: joining has to find each of them.
    if not job.plan.subjects and job.options.shard is None:
        return no_run(job.project)
    require_ready(job.plan.subjects)
    beginning = begin(job, talk.report)
    # The cassettes are opened first: a missing one is found before a new run leaves a trace.
    with (
        closing(_recall(job, beginning, talk.report)) as recall,
        beginning.open(job.project) as journal,
    ):
        keep_messages(journal.folder, beginning.plan)
        done = dict(beginning.earlier.done) if beginning.earlier is not None else {}
        jobs = job.options.concurrency or job.project.concurrency
        runner = Runner(job.settings, recall, journal, talk, jobs, done)
        run = _asked(runner, beginning, job, baselines)
        if job.options.rejudge:
            run = replace(run, subjects=_rejudged(runner, run, baselines))
        failed = any(result.failures for result in run.subjects)
        run = replace(run, recorded=tuple(recall.save(prune=not job.options.filters and not failed)))
        if beginning.shard is None:
            save_scores(journal.folder, [judged.now for judged in baselines.beside(run)])
        journal.finish(run, baselines.hashes)
    return run


def _rejudged(runner: Runner, run: RunResult, baselines: Baselines) -> tuple[SubjectResult, ...]:
    """The results with what judges say who are asked again."""
    from llmops_cli.gate.recompute.rejudge import rejudge

    return tuple(
        replace(judged.result, rejudged=rejudge(runner, judged, baselines.suite_at_base(judged.suite)))
        for judged in baselines.beside(run)
    )


def no_run(project: Project) -> RunResult:
    """What there is where nothing was to be asked: no results, and no trace on the disk."""
    return RunResult("", project.state, (), provenance(project))


def _recall(job: Job, beginning: Beginning, report: Callable[[str], None]) -> Recall:
    """Where earlier answers of the job's models are looked up. Raises InputError for a missing cassette."""
    subjects, settings = job.plan.subjects, job.settings
    models = {subject.model for subject in subjects} | {asked.model for asked in asked_models(subjects)}
    providers = filter(None, map(settings.provider, {model.partition("/")[0] for model in models}))
    secrets = Secrets(value for provider in providers for value in provider.secrets.values)
    # A resumed run goes on as it was begun: live answers, where it was to have no others.
    offline = settings.in_process if job.options.offline else None
    sources = Sources(beginning.cache, job.options.record, offline)
    return Recall(job.project, subjects, sources, report, secrets=secrets)


def _asked(runner: Runner, beginning: Beginning, job: Job, baselines: Baselines) -> RunResult:
    """What the models answered, asked once more for flips, failed must-pass cases and recorded answers."""
    plan = beginning.plan
    run = runner.run(plan)
    may = runner.recall.may_answer
    again = [*filter(may, retries(baselines.beside(run), beginning.retry_flips))]
    again += filter(may, confirmations(run.subjects, baselines.required))
    while again:
        cases = {(task.subject.title, task.case.id) for task in again}
        runner.talk.report(f"asking {len(cases)} case{'s' if len(cases) > 1 else ''} again before judging")
        plan = replace(plan, tasks=(*plan.tasks, *again))
        run = runner.run(plan)
        again = [*filter(may, confirmations(run.subjects, baselines.required))]
    doubted = verifications(job, baselines, beginning.plan, run)
    if doubted:
        runner.talk.report(f"asking {numbers.count(len(doubted), 'recorded answer')} again")
        run = runner.run(replace(plan, tasks=(*plan.tasks, *doubted)))
    return run
