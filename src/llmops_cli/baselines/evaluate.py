"""The main job: run suites, compare with the committed baselines, decide."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.accept.age import old_baselines
from llmops_cli.baselines.compare.compare import compare
from llmops_cli.baselines.compare.verdict import Verdict
from llmops_cli.baselines.file import load, require_kept
from llmops_cli.baselines.recheck import confirmations, retries
from llmops_cli.baselines.run_scores import save_scores
from llmops_cli.core.environment import provenance
from llmops_cli.core.errors import ExitCode, InputError
from llmops_cli.evals.affected import find_affected
from llmops_cli.evals.affected_report import affected_line
from llmops_cli.evals.journal import Journal, task_key
from llmops_cli.evals.plan import alias_problems, judges, make_plan, model_problems
from llmops_cli.evals.recall import Recall
from llmops_cli.evals.result import RunResult
from llmops_cli.evals.run import Runner
from llmops_cli.evals.select import apply_filters, require_counting, select
from llmops_cli.evals.sent import keep_messages
from llmops_cli.evals.workspace import model_settings, open_workspace, require_sound, with_version
from llmops_cli.prompts.lock import changed_problem, read_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from llmops_cli.baselines.accept.change import BaseComparison
    from llmops_cli.baselines.baseline import Baseline
    from llmops_cli.baselines.compare.comparison import Comparison
    from llmops_cli.core.problem import Problem
    from llmops_cli.core.project import Project
    from llmops_cli.evals.affected import Affected
    from llmops_cli.evals.plan import Plan
    from llmops_cli.evals.recall import CacheMode
    from llmops_cli.evals.result import Outcome, SubjectResult
    from llmops_cli.evals.run import Progress
    from llmops_cli.evals.suite import Subject, Suite
    from llmops_cli.evals.workspace import Workspace
    from llmops_cli.models.settings import ModelSettings


@dataclass(frozen=True)
class Options:
    """What the user asks of one run.

    `resume` is None, or a run's name, or "" for the newest unfinished. `retry_flips` None is what a resumed
    run was begun with, and 0 for a new one. With `changed` only suites run that the change
    since `base` reaches, or since the main branch.
    """

    suites: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    prompt: str = ""
    repeats: int | None = None
    concurrency: int | None = None
    cache: CacheMode = "auto"
    record: bool = False
    resume: str | None = None
    retry_flips: int | None = None
    base: str = ""
    changed: bool = False


@dataclass(frozen=True)
class Talk:
    """Where the run says how it goes: a line for the user, and every finished task."""

    report: Callable[[str], None]
    progress: Progress


@dataclass(frozen=True)
class Evaluation:
    """A run and what the gate says of it. `warnings` are problems that stopped nothing.

    `base` is what the change does to the committed baselines, and `affected` which suites it reaches, where
    that was asked for. `predecessors` are subjects without a baseline beside the model that they ran on
    before; they decide nothing.
    """

    project: Project
    options: Options
    run: RunResult
    comparisons: tuple[Comparison, ...]
    warnings: tuple[Problem, ...]
    recorded: tuple[str, ...] = ()
    base: BaseComparison | None = None
    affected: Affected | None = None
    predecessors: tuple[Comparison, ...] = ()

    @property
    def unaffected(self) -> bool:
        """Whether nothing was judged, because the change reaches no suite."""
        return self.affected is not None and not self.affected.to_run

    @property
    def exit_code(self) -> ExitCode:
        """What the process says: no, could not tell, or nothing that the gate forbids.

        A definite no counts even where other calls failed. Broken scorers are the project's own fault.
        """
        if any(comparison.forbidden for comparison in self.comparisons):
            return ExitCode.NO
        if self.base is not None and self.base.refused:
            return ExitCode.NO
        failures = [o for comparison in self.comparisons for o in comparison.failures]
        if any(outcome.error for outcome in failures):
            return ExitCode.OUTSIDE
        if failures:
            return ExitCode.INPUT
        if any(comparison.verdict is Verdict.ERROR for comparison in self.comparisons):
            return ExitCode.OUTSIDE
        return ExitCode.OK


def evaluate(project: Project, options: Options, talk: Talk) -> Evaluation:
    """Run the suites asked for and compare them with their baselines.

    Raises InputError before anything is asked when a file, an option or a model is wrong, StorageError when
    the project cannot be written to, InterruptedRunError on Ctrl-C.
    """
    if options.record and options.cache == "replay":
        raise InputError("--record and --cache replay exclude each other", "drop one of them")
    if options.record and options.resume is not None:
        hint = "run `llmops eval --record`: what was answered is in the cache"
        raise InputError("--record and --resume exclude each other", hint)
    if options.retry_flips and options.cache == "replay":
        hint = "a recorded answer would only repeat itself: drop one of them"
        raise InputError("--retry-flips and --cache replay exclude each other", hint)
    workspace = require_sound(open_workspace(project))
    suites = _asked_for(workspace, options)
    affected = find_affected(workspace, options.base, suites) if options.changed else None
    if affected is not None:
        talk.report(affected_line(affected))
        suites = [suite for suite in suites if suite.id in affected.to_run]
        if not suites:
            return _unaffected(workspace, options, affected)
    require_counting(suites)
    plan = make_plan(suites, repeats=options.repeats, models=list(dict.fromkeys(options.models)))
    settings = model_settings(project)
    _require_models(project, plan, settings, keys=options.cache != "replay")
    before = [_baseline(project, subject) for subject in plan.subjects]
    base = _with_base(workspace, options.base) if options.base else None
    run, recorded = _run(project, plan, settings, options, before, talk)
    comparisons = compare(list(zip(run.subjects, before, strict=True)))
    warnings = (
        *workspace.warnings,
        *_unversioned(workspace, plan),
        *old_baselines(project, plan.subjects),
    )
    fresh = [result for result, old in zip(run.subjects, before, strict=True) if old is None]
    beside = tuple(_beside(project, fresh, base)) if fresh else ()
    return Evaluation(
        project, options, run, tuple(comparisons), warnings, tuple(recorded), base, affected, beside
    )


def explain(project: Project, options: Options) -> Affected:
    """Which suites a run of what changed would judge, and why. Nothing is asked.

    Raises InputError as evaluating would.
    """
    workspace = require_sound(open_workspace(project))
    return find_affected(workspace, options.base, _asked_for(workspace, options))


def _asked_for(workspace: Workspace, options: Options) -> list[Suite]:
    """The suites that the options name, with the cases that they leave."""
    suites = select(workspace.suites, list(options.suites))
    if options.prompt:
        suites = with_version(workspace.project, suites, options.prompt)
    return apply_filters(suites, list(options.filters))


def _unaffected(workspace: Workspace, options: Options, affected: Affected) -> Evaluation:
    """The evaluation in which no suite ran. What the change does to baselines still counts."""
    base = _with_base(workspace, options.base) if options.base else None
    nothing = RunResult("", workspace.project.state, (), provenance(workspace.project))
    warnings = tuple(workspace.warnings)
    return Evaluation(workspace.project, options, nothing, (), warnings, (), base, affected)


def _beside(
    project: Project, fresh: Sequence[SubjectResult], base: BaseComparison | None
) -> list[Comparison]:
    from llmops_cli.baselines.predecessor import beside_predecessors
    from llmops_cli.core.git import GitTree

    return beside_predecessors(project, fresh, GitTree(project.repository, base.commit) if base else None)


def _with_base(workspace: Workspace, reference: str) -> BaseComparison:
    from llmops_cli.baselines.accept.lowered import compare_with_base

    return compare_with_base(workspace.project, workspace.suites, reference)


def _baseline(project: Project, subject: Subject) -> Baseline | None:
    """The baseline of a subject. Raises InputError when git knows one that is gone from the disk."""
    require_kept(project, subject)
    return load(project, subject)


def _unversioned(workspace: Workspace, plan: Plan) -> Iterator[Problem]:
    """Prompts that changed without a new version: `check` refuses them, trying one out is allowed."""
    judged = {subject.prompt.id: subject.prompt for subject in plan.subjects}
    locked = read_lock(workspace.project.tree)
    for prompt in judged.values():
        if prompt.ref in locked and locked[prompt.ref][0] != prompt.fingerprint:
            yield replace(changed_problem(prompt), severity="warning")


def _require_models(project: Project, plan: Plan, settings: ModelSettings, *, keys: bool) -> None:
    """Raise InputError with every model that moves or cannot be called."""
    asked = {id(task.subject): task.subject for task in plan.tasks if task.request is not None}
    problems = alias_problems(project, asked.values())
    problems += model_problems(settings, asked.values(), keys=keys)
    if problems:
        raise InputError(problems=problems)


def _run(
    project: Project,
    plan: Plan,
    settings: ModelSettings,
    options: Options,
    before: Sequence[Baseline | None],
    talk: Talk,
) -> tuple[RunResult, list[str]]:
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
        **provenance(project),
    }
    journal: Journal | None = None
    done: dict[Any, Outcome] = {}
    if options.resume is not None:
        journal, done = _resumed(project, plan, options.resume, options.retry_flips)
        talk.report(f"resuming {journal.id}: {_finished(plan, done)}")
    jobs = options.concurrency or project.concurrency
    try:
        # A missing cassette is found before a new run leaves a trace.
        with closing(
            Recall(project, plan.subjects, options.cache, talk.report, record=options.record, secrets=secrets)
        ) as recall:
            journal = journal or Journal.start(project, header)
            keep_messages(journal.folder, plan)
            runner = Runner(settings, recall, journal, talk.progress, talk.report, jobs, done)
            result = runner.run(plan)
            result = _ask_again(runner, plan, result, before, journal.header["retry_flips"])
            failed = any(subject.failures for subject in result.subjects)
            recorded = recall.save(prune=not options.filters and not failed)
        resolved = {subject.subject.title: list(subject.resolved) for subject in result.subjects}
        save_scores(journal.folder, result)
        journal.close(finished=True, resolved=resolved, seconds=round(result.seconds, 3))
    finally:
        if journal is not None:
            journal.stop()
    return result, recorded


def _resumed(
    project: Project, plan: Plan, name: str, retry_flips: int | None
) -> tuple[Journal, dict[Any, Outcome]]:
    """An earlier run, open again, and what it had finished. It asks flipped cases again as it was begun."""
    journal, done = Journal.resume(project, name, plan.hash)
    begun = journal.header.setdefault("retry_flips", retry_flips or 0)
    if retry_flips not in (None, begun):
        journal.stop()
        raise InputError(
            f"run {journal.id} was begun with --retry-flips {begun}, and {retry_flips} is asked for",
            f"llmops eval --resume {journal.id}, without --retry-flips; or start a new run",
        )
    return journal, done


def _finished(plan: Plan, done: Collection[Any]) -> str:
    """How much of a run is finished; what was asked again is not part of its plan."""
    planned = {task_key(task.subject, task.case.id, task.repeat) for task in plan.tasks}
    again = len(set(done) - planned)
    said = f"{len(done) - again} of {len(planned)} are finished"
    return f"{said}, and {again} that were asked again" if again else said


def _ask_again(
    runner: Runner, plan: Plan, result: RunResult, before: Sequence[Baseline | None], times: int
) -> RunResult:
    """The result with the answers that were asked once more: for flipped and for failed must-pass cases."""
    again = retries(result.subjects, before, times)
    again += confirmations(result.subjects)
    extended = plan
    while again:
        cases = {(task.subject.title, task.case.id) for task in again}
        runner.report(f"asking {len(cases)} case{'s' if len(cases) > 1 else ''} again before judging")
        extended = replace(extended, tasks=(*extended.tasks, *again))
        result = runner.run(extended)
        again = confirmations(result.subjects)
    return result
