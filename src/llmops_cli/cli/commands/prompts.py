"""`llmops prompts`: the prompts of the project."""

from __future__ import annotations

from typing import Annotated

import typer

from llmops_cli.cli.options import DirectoryOption, FormatOption, project_of

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="List, show, render, version and lock prompts."
)

PromptArgument = Annotated[str, typer.Argument(metavar="ID[@VERSION]", help="The prompt.")]


@app.command("list")
def list_prompts(
    context: typer.Context, form: FormatOption = "terminal", directory: DirectoryOption = None
) -> None:
    """List every prompt with its version, model and suites."""
    from llmops_cli.cli.tables import prompts_document
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.evals.workspace import open_workspace, require_sound

    check_format(form)
    show(prompts_document(require_sound(open_workspace(project_of(context, directory)))), form)


@app.command("show")
def show_prompt(
    context: typer.Context,
    prompt: PromptArgument,
    form: FormatOption = "terminal",
    directory: DirectoryOption = None,
) -> None:
    """Show one prompt with everything it includes; an older version comes from git history."""
    from llmops_cli.cli.tables import prompt_document
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.prompts.find import find_prompt

    check_format(form)
    show(prompt_document(find_prompt(project_of(context, directory), prompt)), form)


@app.command("render")
def render_prompt(
    context: typer.Context,
    prompt: PromptArgument,
    var: Annotated[
        list[str] | None, typer.Option("--var", metavar="NAME=VALUE", help="A variable; repeatable.")
    ] = None,
    case: Annotated[
        str, typer.Option("--case", metavar="SUITE/ID", help="Take the variables from a case.")
    ] = "",
    form: FormatOption = "terminal",
    directory: DirectoryOption = None,
) -> None:
    """Show the messages that the model would get."""
    from llmops_cli.cli.tables import rendered_document
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.evals.preview import preview

    check_format(form)
    found, messages = preview(project_of(context, directory), prompt, var or [], case)
    show(rendered_document(found, messages), form)


@app.command("lock")
def lock_prompts(context: typer.Context, directory: DirectoryOption = None) -> None:
    """Write prompts/prompts.lock: what each version of each prompt contains."""
    from llmops_cli.cli.talk import say
    from llmops_cli.evals.workspace import write_lock

    added = write_lock(project_of(context, directory))
    say("prompts/prompts.lock: " + (", ".join(added) if added else "nothing new"))


@app.command("bump")
def bump_prompt(
    context: typer.Context,
    prompt: Annotated[str, typer.Argument(metavar="ID", help="The prompt.")],
    part: Annotated[str, typer.Option("--part", metavar="PART", help="major, minor or patch.")] = "patch",
    directory: DirectoryOption = None,
) -> None:
    """Raise the version in a prompt's file."""
    from llmops_cli.cli.talk import say
    from llmops_cli.prompts.find import bump

    say(bump(project_of(context, directory), prompt, part))
