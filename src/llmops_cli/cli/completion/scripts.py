"""The completion scripts: printed, or installed for this user."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError, StorageError
from llmops_cli.core.files import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

SHELLS = ("bash", "zsh", "fish")
THIS_SHELL = "this"
"""Stands for the shell that runs the command."""

_PLACES = {
    "bash": ".bash_completions/llmops.sh",
    "zsh": ".zfunc/_llmops",
    "fish": ".config/fish/completions/llmops.fish",
}
_STARTS: dict[str, tuple[str, Sequence[str]]] = {
    "bash": (".bashrc", ("source ~/.bash_completions/llmops.sh",)),
    "zsh": (".zshrc", ("fpath+=~/.zfunc; autoload -Uz compinit; compinit",)),
}
"""Where a shell that looks nowhere by itself is told of the script."""


def script(shell: str) -> str:
    """The completion script of a shell."""
    return (resources.files("llmops_cli.cli.completion") / f"llmops.{shell}").read_text("utf-8")


def shell_called(name: str) -> str:
    """The shell of this name, or the one that runs the command. Raises InputError."""
    if name != THIS_SHELL:
        shell = name
    else:
        import shellingham

        try:
            shell = shellingham.detect_shell()[0]
        except (shellingham.ShellDetectionFailure, OSError):
            raise InputError("no shell is seen around this command", _NAME_IT) from None
    if shell not in SHELLS:
        raise InputError(f"there is no completion for `{shell}`", _NAME_IT)
    return shell


_NAME_IT = f"name one of {', '.join(SHELLS)}, as in llmops --show-completion bash"


def install(shell: str, home: Path) -> list[Path]:
    """Write the script where the shell reads it, and the line that makes it read; every file written.

    Raises StorageError.
    """
    place = home / _PLACES[shell]
    write_text(place, script(shell))
    written = [place]
    if shell in _STARTS:
        name, lines = _STARTS[shell]
        start = home / name
        try:
            text = start.read_text("utf-8", "surrogateescape") if start.exists() else ""
            missing = [line for line in lines if line not in text.splitlines()]
            if missing:
                end = "" if not text or text.endswith("\n") else "\n"
                with start.open("a", encoding="utf-8") as stream:
                    stream.write(end + "".join(f"{line}\n" for line in missing))
                written.append(start)
        except OSError as error:
            raise StorageError(f"{start}: cannot be written: {error.strerror}") from error
    return written
