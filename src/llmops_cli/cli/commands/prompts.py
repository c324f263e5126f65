"""`llmops prompts`: the prompts of the project."""

from __future__ import annotations

from typing import Annotated

import typer

from llmops_cli.cli.completion import candidates
from llmops_cli.cli.options import DirectoryOption, ReadersFormatOption, TableFormatOption, project_of

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="List, show, render, version and lock prompts."
)

PromptArgument = Annotated[
    str, typer.Argument(metavar="ID[@VERSION]", help="The prompt.", autocompletion=candidates.versions)
]


@app.command("list")
def list_prompts(
    context: typer.Context, form: TableFormatOption = "terminal", directory: DirectoryOption = None
) -> None:
    """List every prompt with its version, model and suites.

    A suite that cannot be read is left out, and stderr says why.
    """
    from llmops_cli.cli.talk import check_format, show, tell_left_out
    from llmops_cli.evals.report.prompt_report import prompts_document
    from llmops_cli.evals.suites import load_suites
    from llmops_cli.prompts.load import require_prompts
    from llmops_cli.reports.formats import OF_TABLES

    check_format(form, OF_TABLES)
    project = project_of(context, directory)
    prompts = require_prompts(project.tree)
    suites, problems = load_suites(project, prompts)
    errors = [problem for problem in problems if problem.severity == "error"]
    show(prompts_document(prompts, suites.values(), errors), form)
    tell_left_out(errors)


@app.command("show")
def show_prompt(
    context: typer.Context,
    prompt: PromptArgument,
    form: ReadersFormatOption = "terminal",
    directory: DirectoryOption = None,
) -> None:
    """Show one prompt with everything it includes; an older version comes from git history."""
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.evals.report.prompt_report import prompt_document
    from llmops_cli.prompts.find import find_prompt
    from llmops_cli.reports.formats import FOR_READERS

    check_format(form, FOR_READERS)
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
    form: ReadersFormatOption = "terminal",
    directory: DirectoryOption = None,
) -> None:
    """Show the messages that the model would get."""
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.evals.report.prompt_report import rendered_document
    from llmops_cli.evals.searching import searching
    from llmops_cli.evals.suites import find_case
    from llmops_cli.prompts.find import find_prompt
    from llmops_cli.prompts.preview import assigned, preview
    from llmops_cli.reports.formats import FOR_READERS

    check_format(form, FOR_READERS)
    project = project_of(context, directory)
    wanted = find_prompt(project, prompt)
    like = find_case(project, case) if case else None
    variables = {**(like.template_values if like else {}), **assigned(wanted, var or [])}
    history = like.messages if like else ()
    messages = preview(wanted, variables, history, searching(project.limits))
    show(rendered_document(wanted, messages), form)


@app.command("lock")
def lock_prompts(context: typer.Context, directory: DirectoryOption = None) -> None:
    """Write prompts/prompts.lock: what each version of each prompt contains."""
    from llmops_cli.cli.talk import say
    from llmops_cli.prompts.lock import write_lock

    added = write_lock(project_of(context, directory))
    say("prompts/prompts.lock: " + (", ".join(added) if added else "nothing new"))


@app.command("bump")
def bump_prompt(
    context: typer.Context,
    prompt: Annotated[
        str, typer.Argument(metavar="ID", help="The prompt.", autocompletion=candidates.prompts)
    ],
    part: Annotated[
        str,
        typer.Option(
            "--part",
            metavar="PART",
            help="major, minor or patch.",
            autocompletion=candidates.one_of(("major", "minor", "patch")),
        ),
    ] = "patch",
    directory: DirectoryOption = None,
) -> None:
    """Raise the version in a prompt's file."""
    from llmops_cli.cli.talk import say
    from llmops_cli.prompts.find import bump

    say(bump(project_of(context, directory), prompt, part))
