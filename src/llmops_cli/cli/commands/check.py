"""`llmops check`: everything that can be found without calling a model."""

from __future__ import annotations

import typer

from llmops_cli.cli.options import DirectoryOption, FormatOption, project_of


def check(context: typer.Context, form: FormatOption = "terminal", directory: DirectoryOption = None) -> int:
    """Check prompts, suites, cases, the lock, baselines and cassettes. Calls no model.

    Exit codes: 0 nothing is wrong (warnings may be shown), 2 something is.
    """
    from llmops_cli.checks import find_problems
    from llmops_cli.checks.report import check_document
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.core.errors import ExitCode
    from llmops_cli.evals.workspace import open_workspace

    check_format(form)
    workspace = open_workspace(project_of(context, directory))
    problems = find_problems(workspace)
    show(check_document(workspace, problems), form)
    return ExitCode.INPUT if any(problem.severity == "error" for problem in problems) else ExitCode.OK
