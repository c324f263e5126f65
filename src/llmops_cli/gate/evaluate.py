"""The main job: run suites, compare with the committed baselines, decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.evals.workspace import open_workspace, require_sound
from llmops_cli.gate.baselines import read_baselines
from llmops_cli.gate.gather import gather, no_run
from llmops_cli.gate.job import plan_job, require_models
from llmops_cli.gate.judge import judge
from llmops_cli.gate.options import require_agreeing
from llmops_cli.gate.resume import as_begun

if TYPE_CHECKING:
    from llmops_cli.core.project import Project
    from llmops_cli.evals.talk import Talk
    from llmops_cli.gate.evaluation import Evaluation
    from llmops_cli.gate.options import Options


def evaluate(project: Project, options: Options, talk: Talk) -> Evaluation:
    """Run the suites asked for and compare them with their baselines.

    Raises InputError before anything is asked when a file, an option, a model or a baseline is wrong,
    StorageError when the project cannot be written to, InterruptedRunError on Ctrl-C.
    """
    require_agreeing(options)
    options = as_begun(project, options)
    workspace = require_sound(open_workspace(project))
    job = require_models(plan_job(workspace, options, talk.report))
    baselines = read_baselines(job)
    run = gather(job, baselines, talk) if baselines.may_send else no_run(project)
    return judge(job, baselines, run)
