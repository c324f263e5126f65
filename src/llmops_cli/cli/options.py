"""Options that several commands share, and the project they are about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmops_cli.cli.completion.candidates import one_of
from llmops_cli.core.errors import InputError
from llmops_cli.reports.formats import ENDINGS, FOR_READERS, FORMATS, OF_TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from llmops_cli.core.project import Project


def _any_of(names: Iterable[str]) -> str:
    """`a, b or c`."""
    *most, last = names
    return f"{', '.join(most)} or {last}"


DirectoryOption = Annotated[
    str | None,
    typer.Option("-C", "--directory", metavar="DIR", help="The project's folder; default: here or above."),
]


def _format(formats: Iterable[str]) -> Any:
    """The option `--format` of a command whose answer can be shown in these."""
    return typer.Option(
        "--format",
        metavar="FORMAT",
        help=f"What stdout shows: {_any_of(formats)}.",
        autocompletion=one_of(formats),
    )


def _endings(formats: Collection[str]) -> str:
    return _any_of(ending for ending, form in ENDINGS.items() if form in formats)


def _outputs(formats: Collection[str]) -> Any:
    """The option `-o` of a command whose answer can be written in these."""
    return typer.Option("-o", "--output", metavar="FILE", help=f"Also write {_endings(formats)}; repeatable.")


FormatOption = Annotated[str, _format(FORMATS)]
ReadersFormatOption = Annotated[str, _format(FOR_READERS)]
TableFormatOption = Annotated[str, _format(OF_TABLES)]
OutputOption = Annotated[list[str] | None, _outputs(FORMATS)]
ReadersOutputOption = Annotated[list[str] | None, _outputs(FOR_READERS)]
NoProjectCodeOption = Annotated[
    bool,
    typer.Option("--no-project-code", help="Run no scorer of the project, in no process."),
]


def require_base(base: str | None) -> str:
    """The value of --base, "" where it is not given. Raises InputError when it is empty."""
    if base is not None and not base.strip():
        # An empty variable in CI would switch the check off, and nobody would see it.
        hint = "name the branch that the change goes to, as in --base origin/main; is its variable set in CI?"
        raise InputError("--base is empty", hint)
    return base or ""


def project_of(context: typer.Context, directory: str | None) -> Project:
    """The project that `-C`, before or after the command's name, or the current folder names."""
    from llmops_cli.core.project import find_project

    return find_project(start_of(context, directory))


def start_of(context: typer.Context, directory: str | None) -> Path:
    """The folder from which the project is looked for."""
    return Path(directory or context.obj or ".")
