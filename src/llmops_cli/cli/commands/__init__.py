"""Commands: one file each; a command reads its arguments, calls one function, prints and returns.

To add one: write `cli/commands/x.py`, add its line below, and test its whole output.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = {
    "init": "init:init",
    "check": "check:check",
    "eval": "eval:eval_suites",
    "merge": "merge:merge_runs",
    "diff": "diff:diff_scores",
    "comment": "comment:comment",
    "bisect": "bisect:bisect_suite",
    "schema": "schema:schema",
    "doctor": "doctor:doctor",
    "baseline": "baseline:app",
    "prompts": "prompts:app",
    "runs": "runs:app",
    "models": "models:app",
    "cache": "cache:app",
}
"""Commands, and groups of them, in the order of the help: the file, and what of it is the command."""


class Commands(Mapping[str, Any]):
    """The commands by name. One is imported and built when it is asked for: building all takes 15 ms."""

    def __getitem__(self, name: str) -> Any:
        """The command. Raises KeyError."""
        return _built(COMMANDS[name], name)

    def __iter__(self) -> Iterator[str]:
        """Every name."""
        return iter(COMMANDS)

    def __len__(self) -> int:
        """How many there are."""
        return len(COMMANDS)


@cache
def _built(place: str, name: str) -> Any:
    file, _, part = place.partition(":")
    command = getattr(import_module(f"llmops_cli.cli.commands.{file}"), part)
    if isinstance(command, typer.Typer):
        return typer.main.get_group(command)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name)(command)
    return typer.main.get_command(alone)
