"""`llmops diff`: two sets of scores side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from llmops_cli.cli.completion import candidates
from llmops_cli.cli.options import DirectoryOption, ReadersFormatOption, ReadersOutputOption, project_of


def diff_scores(
    context: typer.Context,
    before: Annotated[
        str,
        typer.Argument(
            metavar="[A]", help="Default: HEAD:, what is committed.", autocompletion=candidates.sides
        ),
    ] = "HEAD:",
    now: Annotated[
        str, typer.Argument(metavar="[B]", help="Default: the working tree.", autocompletion=candidates.sides)
    ] = ".",
    suites: Annotated[
        list[str] | None,
        typer.Option(
            "--suite", metavar="SUITE", help="Only this suite; repeatable.", autocompletion=candidates.suites
        ),
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 where the gate would say no.")
    ] = False,
    form: ReadersFormatOption = "terminal",
    output: ReadersOutputOption = None,
    directory: DirectoryOption = None,
) -> int:
    """Compare any two sets of scores; nothing is run.

    A and B are each . (the baseline files of the working tree), REF: (the baselines at a git ref: main:, a
    tag, a commit), a run, or latest (the newest run). RUN:MODEL and REF:MODEL are the scores of one model.
    """
    from llmops_cli.baselines.diff.diff import diff, diff_document
    from llmops_cli.cli.talk import check_format, check_outputs, show
    from llmops_cli.reports.formats import FOR_READERS

    check_format(form, FOR_READERS)
    files = check_outputs(output or [], FOR_READERS)
    difference = diff(project_of(context, directory), before, now, suites or [])
    show(diff_document(difference), form, files)
    return difference.exit_code if exit_code else 0
