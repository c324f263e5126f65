"""`llmops models`: the models of the project."""

from __future__ import annotations

from typing import Annotated

import typer

from llmops_cli.cli.options import DirectoryOption, FormatOption, project_of

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List models, fetch local weights.")


@app.command("list")
def list_models(
    context: typer.Context, form: FormatOption = "terminal", directory: DirectoryOption = None
) -> None:
    """List the models that prompts and suites name, and whether they can be called from here."""
    from llmops_cli.cli.tables import listing
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.evals.workspace import model_states, open_workspace, require_sound
    from llmops_cli.reports import numbers

    check_format(form)
    states = model_states(require_sound(open_workspace(project_of(context, directory))))
    rows = [(state["model"], state["pinned"], state["state"]) for state in states]
    said = numbers.count(len(rows), "model")
    show(listing(said, ("model", "pinned", "state"), rows, {"models": states}), form)


@app.command("pull")
def pull_model(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A local model.")
    ] = "local/smollm2-135m-instruct-q4_1",
) -> None:
    """Fetch the weights of a local model, check their hash and keep them for this user."""
    from llmops_cli.cli.talk import say
    from llmops_cli.models.weights import fetch

    path = fetch(model.removeprefix("local/"), say)
    say(f"ready: {path}")
