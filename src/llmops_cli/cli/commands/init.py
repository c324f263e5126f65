"""`llmops init`: a first project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from llmops_cli.cli.options import DirectoryOption, FormatOption


def init(
    context: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="[DIR]", help="Where; default: here.")] = "",
    form: FormatOption = "terminal",
    directory: DirectoryOption = None,
) -> None:
    """Write a small working project: a prompt, a suite, recorded answers. Keeps every file that is there."""
    from llmops_cli.cli.start import write_starter
    from llmops_cli.cli.talk import check_format, show

    check_format(form)
    show(write_starter(Path(directory or context.obj or ".") / folder), form)
