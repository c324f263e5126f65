"""The command line as the docs see it: what commands and options there are."""

from __future__ import annotations

import shlex
from copy import copy
from typing import TYPE_CHECKING, Any

import typer

from llmops_cli.cli.app import command_line, with_values

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDS = {"&&", "||", "|", ";", ">", "2>", "#"}
ROOT_OPTIONS_WITH_VALUE = {"-C", "--directory"}


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its whole name, groups first, in the order of `llmops --help`."""

    def walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        yield name, command
        for word, inner in getattr(command, "commands", {}).items():
            yield from walk(f"{name} {word}", inner)

    return walk("llmops", command_line())


def fault(line: str) -> str:
    """What is wrong with a command line of the docs; "" when it is one that exists."""
    words = shlex.split(line, comments=True)[1:]
    words = words[: next((at for at, word in enumerate(words) if word in ENDS), len(words))]
    command, name = command_line(), "llmops"
    while True:
        if not words:
            return ""
        inner = getattr(command, "commands", None)
        if inner is None:
            return _parsed(command, name, words)
        if name == "llmops" and words[0] in ROOT_OPTIONS_WITH_VALUE:
            words = words[2:]
        elif words[0].startswith("-"):
            return _parsed(command, name, words)
        elif words[0] in inner:
            command, name, words = inner[words[0]], f"{name} {words[0]}", words[1:]
        else:
            return f"`{name}` has no command `{words[0]}`"


def _parsed(command: Any, name: str, words: list[str]) -> str:
    # Some do what they say as soon as they are read: installing the completion writes to the home folder.
    inert = copy(command)
    inert.params = [copy(param) for param in command.params]
    for param in inert.params:
        param.callback = None
    try:
        inert.make_context(name, with_values(words))
    except typer.Exit:
        return ""
    except typer.TyperException as error:
        # Prose names a command without what the reader fills in.
        return "" if type(error).__name__ == "MissingParameter" else error.format_message()
    return ""
