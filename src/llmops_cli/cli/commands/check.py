"""`llmops check`: everything that can be found without calling a model."""

from __future__ import annotations

import typer

from llmops_cli.cli.options import (
    DirectoryOption,
    FormatOption,
    NoProjectCodeOption,
    OutputOption,
    project_of,
    start_of,
)


def check(
    context: typer.Context,
    form: FormatOption = "terminal",
    output: OutputOption = None,
    no_project_code: NoProjectCodeOption = False,
    directory: DirectoryOption = None,
) -> int:
    """Check prompts, suites, cases, the lock, baselines and cassettes. Calls no model.

    Outside of CI it renews the schemas that another llmops wrote for editors.

    Exit codes: 0 nothing is wrong (warnings may be shown), 2 something is.
    """
    from llmops_cli.checks import find_problems
    from llmops_cli.checks.report import check_document
    from llmops_cli.checks.schemas import renew_schemas
    from llmops_cli.cli.review import errors_published, publish
    from llmops_cli.cli.talk import check_format, check_outputs, say
    from llmops_cli.core.errors import ExitCode
    from llmops_cli.evals.workspace import open_workspace
    from llmops_cli.scorers.project_code import kept_out

    check_format(form)
    files = check_outputs(output or [])
    with errors_published(start_of(context, directory), files):
        workspace = open_workspace(project_of(context, directory))
        for path in renew_schemas(workspace.project):
            say(f"renewed {path}, which editors check with: commit it")
        with kept_out(wanted=no_project_code):
            problems = find_problems(workspace)
    publish(check_document(workspace, problems), form, files)
    return ExitCode.INPUT if any(problem.severity == "error" for problem in problems) else ExitCode.OK
