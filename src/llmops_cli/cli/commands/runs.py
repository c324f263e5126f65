"""`llmops runs`: earlier runs of this checkout."""

from __future__ import annotations

from typing import Annotated

import typer

from llmops_cli.cli.completion import candidates
from llmops_cli.cli.options import DirectoryOption, TableFormatOption, project_of

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List, show and remove runs.")

RunArgument = Annotated[
    str, typer.Argument(metavar="[RUN]", help="Default: the newest.", autocompletion=candidates.runs)
]


@app.command("list")
def list_all(
    context: typer.Context, form: TableFormatOption = "terminal", directory: DirectoryOption = None
) -> None:
    """List the runs, newest first."""
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.evals.journal import list_runs, read_headers
    from llmops_cli.evals.report.run_report import runs_document
    from llmops_cli.reports.formats import OF_TABLES

    check_format(form, OF_TABLES)
    show(runs_document(read_headers(list_runs(project_of(context, directory)))), form)


@app.command("show")
def show_run(
    context: typer.Context,
    run: RunArgument = "",
    failed: Annotated[bool, typer.Option("--failed", help="Only cases that did not pass.")] = False,
    case: Annotated[str, typer.Option("--case", metavar="ID", help="Everything about one case.")] = "",
    form: TableFormatOption = "terminal",
    directory: DirectoryOption = None,
) -> None:
    """Show the answers and scores of a run."""
    from llmops_cli.baselines.history.run_case import run_case_document
    from llmops_cli.cli.talk import check_format, say, show
    from llmops_cli.evals.journal import find_run, read_header
    from llmops_cli.evals.report.run_report import run_document
    from llmops_cli.evals.rows import read_rows
    from llmops_cli.reports.formats import FOR_READERS, OF_TABLES

    check_format(form, FOR_READERS if case else OF_TABLES)
    project = project_of(context, directory)
    folder = find_run(project, run)
    rows = read_rows(folder, project.max_answer_mb)
    if rows.fault:
        say(f"run {folder.name}: {rows.fault}")
    if case:
        show(run_case_document(project, folder, case), form)
    else:
        show(run_document(read_header(folder), rows.outcomes, failed=failed), form)


@app.command("rm")
def remove_run(
    context: typer.Context,
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="The run to remove.", autocompletion=candidates.runs)
    ],
    directory: DirectoryOption = None,
) -> None:
    """Remove one run. Its answers stay in the cache."""
    from llmops_cli.cli.talk import say
    from llmops_cli.evals.journal import find_run, remove

    folder = find_run(project_of(context, directory), run)
    remove(folder)
    say(f"removed run {folder.name}")
