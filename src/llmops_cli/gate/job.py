"""What one run is about: the project's files, what was asked for, and the plan that follows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError
from llmops_cli.evals.named_models import alias_problems, model_problems
from llmops_cli.evals.plan import make_plan
from llmops_cli.evals.select import apply_filters, require_counting, select, with_version
from llmops_cli.evals.workspace import open_workspace, require_sound
from llmops_cli.gate.partial import partial_of
from llmops_cli.models.settings import model_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.core.project import Project
    from llmops_cli.evals.affected.affected import Affected
    from llmops_cli.evals.plan import Plan
    from llmops_cli.evals.suite import Suite
    from llmops_cli.evals.workspace import Workspace
    from llmops_cli.gate.options import Options
    from llmops_cli.gate.partial import Partial
    from llmops_cli.models.settings import ModelSettings


@dataclass(frozen=True)
class Job:
    """What one run is about.

    `affected` says which suites the change reaches, where that was asked for; the plan is empty where it
    reaches none. `partial` says that a filter left cases out.
    """

    workspace: Workspace
    options: Options
    plan: Plan
    affected: Affected | None = None
    partial: Partial | None = None

    @property
    def project(self) -> Project:
        """The project whose suites run."""
        return self.workspace.project

    @cached_property
    def settings(self) -> ModelSettings:
        """How its models are called."""
        return model_settings(self.project)


def plan_job(workspace: Workspace, options: Options, report: Callable[[str], None]) -> Job:
    """Everything that a run with these options asks. Raises InputError."""
    whole = _named(workspace, options)
    suites = apply_filters(whole, list(options.filters))
    affected = None
    if options.changed:
        from llmops_cli.evals.affected.affected import find_affected
        from llmops_cli.evals.affected.report import affected_line

        affected = find_affected(workspace, options.base, suites, options.models)
        report(affected_line(affected))
        passed_over = {suite.id for suite in suites} - set(affected.to_run)
        suites = [suite for suite in suites if suite.id not in passed_over]
        whole = [suite for suite in whole if suite.id not in passed_over]
    require_counting(suites)
    models = list(dict.fromkeys(options.models))
    plan = make_plan(suites, repeats=options.repeats, models=models)
    return Job(workspace, options, plan, affected, partial_of(whole, suites))


def require_models(job: Job) -> Job:
    """The same job. Raises InputError with every model of it that moves or cannot be called."""
    keys = job.options.cache != "replay" and not job.options.offline
    asked = {id(task.subject): task.subject for task in job.plan.tasks if task.request is not None}
    problems = alias_problems(job.project, asked.values())
    problems += model_problems(job.settings, asked.values(), keys=keys)
    if problems:
        raise InputError(problems=problems)
    return job


def explain(project: Project, options: Options) -> Affected:
    """Which suites a run of what changed would judge, and why. Nothing is asked.

    Raises InputError as evaluating would.
    """
    from llmops_cli.evals.affected.affected import find_affected

    workspace = require_sound(open_workspace(project))
    suites = apply_filters(_named(workspace, options), list(options.filters))
    return find_affected(workspace, options.base, suites, options.models)


def _named(workspace: Workspace, options: Options) -> list[Suite]:
    """The suites that the options name, with all of their cases."""
    suites = select(workspace.suites, list(options.suites))
    if options.prompt:
        return with_version(workspace.project, suites, options.prompt)
    return suites
