"""`llmops merge`: the runs of all shards as one, judged once."""

from __future__ import annotations

from typing import Annotated

import typer

from llmops_cli.cli.completion import candidates
from llmops_cli.cli.options import (
    DirectoryOption,
    FormatOption,
    NoProjectCodeOption,
    OutputOption,
    project_of,
    require_base,
    start_of,
)


def merge_runs(
    context: typer.Context,
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN_OR_FOLDER…",
            help="Runs of shards, or folders that hold them.",
            autocompletion=candidates.runs,
        ),
    ],
    base: Annotated[
        str | None,
        typer.Option(
            "--base", metavar="REF", help="As for llmops eval; default: what the shards were given."
        ),
    ] = None,
    changed: Annotated[
        bool,
        typer.Option("--changed", help="With --no-project-code: what the shards were to be given."),
    ] = False,
    no_project_code: NoProjectCodeOption = False,
    form: FormatOption = "terminal",
    output: OutputOption = None,
    directory: DirectoryOption = None,
) -> int:
    """Join the runs of all shards (llmops eval --shard) into one run and judge it. Calls no model.

    A shard that is missing, there twice, or not of the files as they are now is an error. With
    --no-project-code nothing that the shards say of their options is believed: they have to have asked all
    suites, compared with --base and --changed as they are given here. Exit codes are those of llmops eval.
    """
    from llmops_cli.cli.review import errors_published, publish
    from llmops_cli.cli.talk import check_format, check_outputs, say
    from llmops_cli.core.errors import InputError
    from llmops_cli.gate.join_shards import join_shards, judge_shards
    from llmops_cli.gate.options import Options
    from llmops_cli.gate.report.data import stopped_data
    from llmops_cli.gate.report.report import evaluation_document
    from llmops_cli.scorers.project_code import kept_out

    check_format(form)
    files = check_outputs(output or [])
    with errors_published(start_of(context, directory), files, stopped_data):
        project, reference = project_of(context, directory), require_base(base)
        if no_project_code:
            with kept_out():
                evaluation = judge_shards(project, runs, Options(base=reference, changed=changed), say)
        elif changed:
            raise InputError("--changed is what the shards were given", "drop it, or add --no-project-code")
        else:
            evaluation = join_shards(project, runs, reference, say)
    publish(evaluation_document(evaluation), form, files)
    return evaluation.exit_code
