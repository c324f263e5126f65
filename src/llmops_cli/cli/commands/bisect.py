"""`llmops bisect`: which commit made a suite regress."""

from __future__ import annotations

from typing import Annotated

import typer

from llmops_cli.cli.completion import candidates
from llmops_cli.cli.options import DirectoryOption, ReadersFormatOption, project_of


def bisect_suite(
    context: typer.Context,
    suite: Annotated[
        str,
        typer.Argument(metavar="SUITE", help="The suite that regressed.", autocompletion=candidates.suites),
    ],
    good: Annotated[
        str,
        typer.Option(
            "--good", metavar="REF", help="A good commit; default: the last to change its baseline."
        ),
    ] = "",
    bad: Annotated[str, typer.Option("--bad", metavar="REF", help="A bad commit.")] = "HEAD",
    model: Annotated[
        str,
        typer.Option(
            "--model", metavar="MODEL", help="Ask this model only.", autocompletion=candidates.models
        ),
    ] = "",
    form: ReadersFormatOption = "terminal",
    directory: DirectoryOption = None,
) -> int:
    """Find the commit that made a suite regress, asking only what the answer cache does not know.

    Exit codes: 0 nothing regressed, 1 a bad commit was found, 2 files or arguments are wrong, 3 the outside
    world failed, 130 interrupted (the same command again goes on from the cache).
    """
    from llmops_cli.cli.progress import RunProgress
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.evals.talk import Talk
    from llmops_cli.gate.bisect.bisect import Search, bisect
    from llmops_cli.gate.bisect.report import bisection_document
    from llmops_cli.reports.formats import FOR_READERS

    check_format(form, FOR_READERS)
    line = RunProgress()
    try:
        search = Search(suite, good, bad, model)
        bisection = bisect(project_of(context, directory), search, Talk(line.report, line))
    finally:
        line.clear()
    show(bisection_document(bisection), form)
    return bisection.exit_code
