"""docs/commands.md says what the command line says: it is written from it."""

from __future__ import annotations

from typing import Any

from tests.docs.command_line import commands
from tests.docs.pages import DOCS
from tests.snapshots import assert_snapshot

HEAD = """# Commands

This page is generated from the program's own help; `LLMOPS_UPDATE_SNAPSHOTS=1 pytest tests/docs` writes it.

Every command that reads a project finds it in the current folder or above, or takes `-C DIR` before or after
its name. stdout is the answer, stderr is the talk. The formats and exit codes are described in
[file-formats.md](file-formats.md#exit-codes).
"""


def test_the_reference_is_what_the_program_says() -> None:
    assert_snapshot(reference(), DOCS / "commands.md")


def reference() -> str:
    found = list(commands())
    leaves = [(name, command) for name, command in found[1:] if not hasattr(command, "commands")]
    overview = ["| command | what it does |", "| :--- | :--- |"]
    overview += [
        f"| [`{name}`](#{name.replace(' ', '-')}) | {_first(command.help)} |" for name, command in leaves
    ]
    parts = [HEAD, "\n".join(overview) + "\n", _command(*found[0], level=2)]
    parts += [_command(name, command, level=2) for name, command in leaves]
    return "\n".join(parts)


def _first(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())


def _command(name: str, command: Any, *, level: int) -> str:
    usage = " ".join(
        [name, *command.collect_usage_pieces(command.make_context(name, [], resilient_parsing=True))]
    )
    paragraphs = [" ".join(paragraph.split()) for paragraph in command.help.split("\n\n")]
    parts = [f"{'#' * level} {name}", "", "```text", usage, "```", "", "\n\n".join(paragraphs), ""]
    rows = [_row(param) for param in command.params if not getattr(param, "hidden", False)]
    rows.append("| `-h`, `--help` | Show this message and exit. | |")
    return "\n".join([*parts, "| | what | default |", "| :--- | :--- | :--- |", *rows, ""])


def _row(param: Any) -> str:
    if param.param_type_name == "argument":
        shown = f"`{param.metavar or param.name.upper()}`"
    else:
        value = "" if param.is_flag else f" {param.metavar or param.name.upper()}"
        shown = ", ".join(f"`{name}`" for name in param.opts[:-1])
        shown += (", " if shown else "") + f"`{param.opts[-1]}{value}`"
    least = getattr(param.type, "min", None)
    shown = shown.replace("|", "\\|")
    what = (param.help or "").replace("|", "\\|") + (f" At least {least:g}." if least is not None else "")
    default = "" if param.default in (None, "", False) or param.is_eager else f"`{param.default}`"
    return f"| {shown} | {what} | {default} |"
