"""The main job: run suites, compare with the committed baselines, decide."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.accept.age import old_baselines
from llmops_cli.baselines.file import load, require_kept
from llmops_cli.compare.compare import compare
from llmops_cli.core.errors import InputError
from llmops_cli.core.provenance import provenance
from llmops_cli.evals.affected.affected import find_affected
from llmops_cli.evals.affected.report import affected_line
from llmops_cli.evals.plan import alias_problems, make_plan, model_problems
from llmops_cli.evals.result import RunResult
from llmops_cli.evals.select import apply_filters, require_counting, select
from llmops_cli.evals.shards.shard import Shard
from llmops_cli.evals.workspace import model_settings, open_workspace, require_sound, with_version
from llmops_cli.gate.evaluation import Evaluation
from llmops_cli.gate.gather import gather
from llmops_cli.gate.options import require_agreeing
from llmops_cli.prompts.lock import changed_problem, read_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.problem import Problem
    from llmops_cli.core.project import Project
    from llmops_cli.evals.affected.affected import Affected
    from llmops_cli.evals.plan import Plan
    from llmops_cli.evals.result import SubjectResult
    from llmops_cli.evals.suite import Subject, Suite
    from llmops_cli.evals.workspace import Workspace
    from llmops_cli.gate.base.change import BaseComparison
    from llmops_cli.gate.options import Options, Talk
    from llmops_cli.models.settings import ModelSettings

    Answering = Callable[[Sequence[Scores | None]], tuple[RunResult, list[str]]]
    """Gives a run, and which cassettes it wrote, for the baselines that it is compared with."""


def evaluate(project: Project, options: Options, talk: Talk) -> Evaluation:
    """Run the suites asked for and compare them with their baselines.

    Raises InputError before anything is asked when a file, an option or a model is wrong, StorageError when
    the project cannot be written to, InterruptedRunError on Ctrl-C.
    """
    require_agreeing(options)
    workspace = require_sound(open_workspace(project))
    plan, affected = planned(workspace, options, talk.report)
    settings = model_settings(project)
    keys = options.cache != "replay" and not options.offline
    _require_models(project, plan, settings, keys=keys)

    def answer(before: Sequence[Scores | None]) -> tuple[RunResult, list[str]]:
        return gather(project, plan, settings, options, before, talk)

    # A shard leaves a run also where no suite is reached: merging has to find each of them.
    anything = bool(plan.subjects) or options.shard is not None
    return judged(workspace, options, plan, affected, answer if anything else None)


def planned(
    workspace: Workspace, options: Options, report: Callable[[str], None]
) -> tuple[Plan, Affected | None]:
    """Everything that a run with these options asks, and which suites the change reaches if that was asked.

    The plan is empty where it reaches none. Raises InputError.
    """
    suites = _asked_for(workspace, options)
    affected = find_affected(workspace, options.base, suites) if options.changed else None
    if affected is not None:
        report(affected_line(affected))
        suites = [suite for suite in suites if suite.id in affected.to_run]
    require_counting(suites)
    models = list(dict.fromkeys(options.models))
    return make_plan(suites, repeats=options.repeats, models=models), affected


def judged(
    workspace: Workspace, options: Options, plan: Plan, affected: Affected | None, answer: Answering | None
) -> Evaluation:
    """The evaluation of a plan: what `answer` gives, compared with the baselines unless it is one shard's.

    Without `answer` no suite runs; what the change does to baselines still counts. Baselines are read first:
    a broken one is found before anything is asked. Raises InputError, and what `answer` raises.
    """
    project = workspace.project
    before = [_baseline(project, subject) for subject in plan.subjects]
    base = _with_base(workspace, options.base) if options.base else None
    run, recorded = answer(before) if answer is not None else (_nothing(project), [])
    warnings = (
        *workspace.warnings,
        *_unversioned(workspace, plan),
        *old_baselines(project, plan.subjects),
    )
    found = Evaluation(project, options, run, (), warnings, tuple(recorded), base, affected)
    shard = Shard.of_header(run.provenance)
    if shard is not None:
        # What the change does to baselines is said once, with the verdict.
        return replace(found, base=None, shard=shard, planned=plan.cases)
    comparisons = compare(list(zip(run.subjects, before, strict=True)))
    loosened = _loosened(base, run, before, comparisons) if base is not None and base.gates else ()
    fresh = [result for result, old in zip(run.subjects, before, strict=True) if old is None]
    beside = _beside(project, fresh, base) if fresh else []
    return replace(
        found, comparisons=tuple(comparisons), predecessors=tuple(beside), loosened=tuple(loosened)
    )


def _loosened(
    base: BaseComparison,
    run: RunResult,
    before: Sequence[Scores | None],
    comparisons: Sequence[Comparison],
) -> list[Comparison]:
    """What the rules at the base forbid, and the rules of the change itself do not."""
    rules = base.rules
    if rules is None:
        return []
    sides = []
    for result, old in zip(run.subjects, before, strict=True):
        subject = replace(result.subject, suite=rules.for_run(result.subject.suite))
        sides.append((replace(result, subject=subject), old))
    pairs = zip(compare(sides), comparisons, strict=True)
    return [by_base for by_base, now in pairs if by_base.forbidden and not now.forbidden]


def _nothing(project: Project) -> RunResult:
    return RunResult("", project.state, (), provenance(project))


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


def _beside(
    project: Project, fresh: Sequence[SubjectResult], base: BaseComparison | None
) -> list[Comparison]:
    from llmops_cli.core.git import GitTree
    from llmops_cli.gate.predecessor import beside_predecessors

    return beside_predecessors(project, fresh, GitTree(project.repository, base.commit) if base else None)


def _with_base(workspace: Workspace, reference: str) -> BaseComparison:
    from llmops_cli.gate.base.lowered import compare_with_base

    return compare_with_base(workspace.project, workspace.suites, reference)


def _baseline(project: Project, subject: Subject) -> Scores | None:
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
