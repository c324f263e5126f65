"""`llmops doctor`: what this machine has and lacks."""

from __future__ import annotations

import typer

from llmops_cli.cli.options import DirectoryOption, TableFormatOption, project_of


def doctor(
    context: typer.Context, form: TableFormatOption = "terminal", directory: DirectoryOption = None
) -> int:
    """Look at this machine and this project: versions, keys (by name only), weights, what is missing.

    Exit codes: 0 nothing is wrong, 2 something is.
    """
    from llmops_cli.checks.doctor import doctor_document, examine
    from llmops_cli.cli.talk import check_format, say, show
    from llmops_cli.core.errors import ExitCode, InputError
    from llmops_cli.reports.formats import OF_TABLES

    check_format(form, OF_TABLES)
    try:
        project = project_of(context, directory)
    except InputError as error:
        say(str(error))
        project = None
    findings = examine(project)
    show(doctor_document(findings), form)
    return ExitCode.INPUT if any(finding.state == "wrong" for finding in findings) else ExitCode.OK
