"""`llmops init`: a first project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from llmops_cli.cli.options import DirectoryOption, ReadersFormatOption


def init(
    context: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="[DIR]", help="Where; default: here.")] = "",
    form: ReadersFormatOption = "terminal",
    directory: DirectoryOption = None,
) -> None:
    """Write a small working project: a prompt, a suite, recorded answers. Keeps every file that is there."""
    from llmops_cli.cli.start import offers_driver, write_starter
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.reports.formats import FOR_READERS

    check_format(form, FOR_READERS)
    root = Path(directory or context.obj or ".") / folder
    show(write_starter(root), form)
    if offers_driver(root, form):
        from llmops_cli.baselines.merge.driver import install
        from llmops_cli.baselines.merge.driver_report import installed_document
        from llmops_cli.core.project import find_project

        show(installed_document(install(find_project(root))), form)
