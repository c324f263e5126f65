"""Answers a shell that completes a line: the words that may stand next; silence where a file is broken."""

from __future__ import annotations

import re
import shlex
import sys
from contextlib import redirect_stderr
from io import StringIO
from typing import TYPE_CHECKING, Any

from llmops_cli.cli.completion.scripts import SHELLS, script
from llmops_cli.core.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_INERT = re.compile(r"[\w@:/.,+=%-]+")
"""A word that no shell takes for anything else; ids and names of models are written by others."""
_BREAKS = re.compile(r"[:=]+")
"""What bash takes for words of their own, and nobody who writes `tag:smoke` does."""


def answer(asked: Mapping[str, str], command_line: Callable[[], Any]) -> int:
    """Print what a shell asks for, and say with which code to end.

    `asked` are the variables of the request, by their names. Nothing is ever told but an answer.
    """
    instruction, _, shell = asked["_LLMOPS_COMPLETE"].partition("_")
    if instruction == "source" and shell in SHELLS:
        sys.stdout.write(script(shell))
        return ExitCode.OK
    try:
        with redirect_stderr(StringIO()):
            if (instruction, shell) == ("complete", "bash"):
                lines = _for_bash(asked, command_line)
            elif instruction == "complete" and shell in ("fish", "lines"):
                lines = _with_help(asked, command_line)
            else:
                return _as_typer(command_line)
    except Exception:  # noqa: BLE001 - a traceback would land in the line that is being typed
        lines = []
    if asked.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":
        return ExitCode.OK if lines else ExitCode.NO
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return ExitCode.OK


def _for_bash(asked: Mapping[str, str], command_line: Callable[[], Any]) -> list[str]:
    words, at = _split(asked["COMP_WORDS"]), int(asked["COMP_CWORD"])
    typed = [*words[:at], words[at] if at < len(words) else ""]
    *before, incomplete = _joined(typed[1:])
    # bash replaces its own word only: what it took for words before that one stands there already.
    kept = len(incomplete.rpartition("=")[2]) - len("" if _BREAKS.fullmatch(typed[-1]) else typed[-1])
    return [word[max(kept, 0) :] for word, _ in _candidates(before, incomplete, command_line())]


def _with_help(asked: Mapping[str, str], command_line: Callable[[], Any]) -> list[str]:
    line = asked["_TYPER_COMPLETE_ARGS"]
    words = _split(line)[1:]
    incomplete = words.pop() if words and not line[-1].isspace() else ""
    return [
        f"{word}\t{help_text}" if help_text else word
        for word, help_text in _candidates(words, incomplete, command_line())
    ]


def _candidates(words: list[str], incomplete: str, command_line: Any) -> list[tuple[str, str]]:
    """The words that may stand next, each with what it means."""
    # Private, and the only way to ask typer what a shell would be answered; its version is pinned.
    from typer._click.shell_completion import _resolve_context, _resolve_incomplete

    context = _resolve_context(command_line, {}, "llmops", words)
    asked, incomplete = _resolve_incomplete(context, words, incomplete)
    items = asked.shell_complete(context, incomplete)
    return [
        (str(item.value), " ".join((item.help or "").split()))
        for item in items
        if _INERT.fullmatch(str(item.value))
    ]


def _split(line: str) -> list[str]:
    """The words of a line that is not finished: a quote may be open."""
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        words += lexer
    except ValueError:
        words.append(lexer.token)
    return words


def _joined(words: list[str]) -> list[str]:
    """The words as they were typed, where bash has cut them at a colon or an equals sign."""
    joined: list[str] = []
    glue = False
    for word in words:
        cut = _BREAKS.fullmatch(word) is not None
        if joined and (cut or glue):
            joined[-1] += word
        else:
            joined.append(word)
        glue = cut
    return joined


def _as_typer(command_line: Callable[[], Any]) -> int:
    """What typer itself answers other shells, and scripts that it wrote."""
    try:
        command_line().main([], prog_name="llmops", standalone_mode=False)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.OK
    return ExitCode.OK
