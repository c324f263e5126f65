"""`llmops models`: the models of the project."""

from __future__ import annotations

from typing import Annotated

import typer

from llmops_cli.cli.completion import candidates
from llmops_cli.cli.options import DirectoryOption, TableFormatOption, project_of

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List models, fetch local weights.")


@app.command("list")
def list_models(
    context: typer.Context, form: TableFormatOption = "terminal", directory: DirectoryOption = None
) -> None:
    """List the models that prompts and suites name, and whether they can be called from here.

    A file that cannot be read is left out, and stderr says why. Exit code 2 where none can be read.
    """
    from llmops_cli.cli.talk import check_format, show, tell_left_out
    from llmops_cli.core.errors import InputError
    from llmops_cli.evals.named_models import named_models
    from llmops_cli.evals.report.model_report import models_document
    from llmops_cli.evals.workspace import open_workspace
    from llmops_cli.models.settings import model_settings
    from llmops_cli.models.state import model_state
    from llmops_cli.reports.formats import OF_TABLES

    check_format(form, OF_TABLES)
    project = project_of(context, directory)
    workspace = open_workspace(project)
    settings = model_settings(project)
    states = [model_state(model, settings) for model in named_models(workspace)]
    if workspace.errors and not states:
        raise InputError(problems=workspace.errors)
    show(models_document(states, workspace.errors), form)
    tell_left_out(workspace.errors)


@app.command("pull")
def pull_model(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A local model.", autocompletion=candidates.local_models)
    ] = "local/smollm2-135m-instruct-q4_1",
) -> None:
    """Fetch the weights of a local model, check their hash and keep them for this user."""
    from llmops_cli.cli.talk import say
    from llmops_cli.models.weights import fetch

    path = fetch(model.removeprefix("local/"), say)
    say(f"ready: {path}")
