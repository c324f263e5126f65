"""The command `llmops`: its commands, and the one place where errors become exit codes."""

from __future__ import annotations

import gc
import re
import sys
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any

import typer

from llmops_cli import __version__
from llmops_cli.cli.commands import Commands
from llmops_cli.cli.completion.candidates import one_of
from llmops_cli.cli.completion.scripts import SHELLS, THIS_SHELL
from llmops_cli.cli.options import DirectoryOption
from llmops_cli.cli.signals import code_of_end, end_orderly
from llmops_cli.cli.streams import Stream, open_streams
from llmops_cli.core import ending
from llmops_cli.core.environment import completion_asked, in_ci
from llmops_cli.core.errors import ExitCode, InputError, LlmopsError

app = typer.Typer(
    name="llmops",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Prompts as code: versioned prompts, eval suites, and a gate against a baseline in git.",
)

RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]+$")
A_SHELL = re.compile(r"[a-z]+$")
VALUE_MAY_LACK = {
    "--resume": ("", RUN_ID),
    "--show-completion": (THIS_SHELL, A_SHELL),
    "--install-completion": (THIS_SHELL, A_SHELL),
}
"""Options that may stand without a value -> what that means, and what a word is like that is a value."""


def _version(wanted: bool) -> None:
    if wanted:
        print(f"llmops {__version__}")
        raise typer.Exit


def _show_completion(name: str | None) -> None:
    if name is not None:
        from llmops_cli.cli.completion.scripts import script, shell_called

        sys.stdout.write(script(shell_called(name)))
        raise typer.Exit


def _install_completion(name: str | None) -> None:
    if name is not None:
        from llmops_cli.cli.completion.scripts import install, shell_called

        shell = shell_called(name)
        for path in install(shell, Path.home()):
            print(f"wrote {path}")
        print(f"a new {shell} completes llmops")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    directory: DirectoryOption = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    install_completion: Annotated[
        str | None,
        typer.Option(
            "--install-completion",
            metavar="[SHELL]",
            callback=_install_completion,
            is_eager=True,
            autocompletion=one_of(SHELLS),
            help="Complete llmops in bash, zsh or fish; default: this shell.",
        ),
    ] = None,
    show_completion: Annotated[
        str | None,
        typer.Option(
            "--show-completion",
            metavar="[SHELL]",
            callback=_show_completion,
            is_eager=True,
            autocompletion=one_of(SHELLS),
            help="Print the script that completes, to source or to package it.",
        ),
    ] = None,
) -> None:
    """Prompts as code: versioned prompts, eval suites, and a gate against a baseline in git."""
    context.obj = directory


def main() -> None:
    """Run the command line and exit with its code."""
    # Cases and answers live until the end: to look for cycles after every 700 objects took a fifth of a run.
    gc.set_threshold(10_000)
    out, _ = open_streams()
    end_orderly()
    code = code_of_end(run(sys.argv[1:]))
    sys.stdout.flush()
    if out.is_incomplete:
        code = _incomplete(out, code)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line; its exit code, every error printed to stderr."""
    try:
        return _run(arguments)
    finally:
        ending.end()


def _run(arguments: list[str]) -> int:
    asked = completion_asked()
    if asked:
        from llmops_cli.cli.completion.answer import answer

        return answer(asked, command_line)
    try:
        result = command_line().main(with_values(arguments), prog_name="llmops", standalone_mode=False)
    except typer.TyperException as error:
        return _usage(error)
    except LlmopsError as error:
        return _reported(error)
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the one place that keeps a crash from looking like a verdict
        return _crashed(error)
    return int(result or 0)


@lru_cache(maxsize=1)
def command_line() -> Any:
    """The command line of all commands."""
    line = typer.main.get_command(app)
    line.commands = Commands()  # type: ignore[attr-defined]
    return line


def with_values(arguments: list[str]) -> list[str]:
    """The arguments with a value for each option that may stand without one: the option parser wants it."""
    words = []
    for word, after in zip_longest(arguments, arguments[1:], fillvalue=""):
        alone, value = VALUE_MAY_LACK.get(word, ("", None))
        words.append(word if value is None or value.match(after) else f"{word}={alone}")
    return words


def _usage(error: typer.TyperException) -> int:
    show = getattr(error, "show", None)
    if show is not None:
        show(file=sys.stderr)
    else:
        print(f"Error: {error.format_message()}", file=sys.stderr)
    return ExitCode.INPUT


def _reported(error: LlmopsError) -> int:
    from llmops_cli.cli.talk import printable

    count = 0
    if isinstance(error, InputError):
        count = sum(problem.severity == "error" for problem in error.problems)
    for line in str(error).splitlines():
        print(printable(line), file=sys.stderr)
    if count:
        print(f"\n{count} problem{'s' if count > 1 else ''}; nothing was called.", file=sys.stderr)
    return error.exit_code


def _incomplete(out: Stream, code: int) -> int:
    """The exit code of a command whose answer could not be written: in CI nobody takes it for a success."""
    reason = out.why_lost.strerror if out.why_lost is not None else ""
    print(f"stdout cannot be written: {reason}", file=sys.stderr)
    return ExitCode.OUTSIDE if code == ExitCode.OK and in_ci() else code


def _crashed(error: BaseException) -> int:
    from llmops_cli.cli.crash import write_report
    from llmops_cli.cli.talk import printable

    print(printable(f"llmops has a bug: {type(error).__name__}: {error}"), file=sys.stderr)
    print(write_report(error), file=sys.stderr)
    return ExitCode.BUG
