"""Command lines that real shells complete, as somebody types them and presses TAB.

bash and fish are asked through what they have for that; zsh, which has nothing, gets a terminal and keys.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import subprocess
import sys
import time
from pathlib import Path

BASH = r"""
source <(llmops --show-completion bash)
asked() {
    local how
    how=$(complete -p llmops) || exit 1
    COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=() COMPREPLY=()
    # readline cuts words at $COMP_WORDBREAKS, and a colon or an equals sign is a word of its own.
    local rest=$1 word
    while [[ -n $rest ]]; do
        rest=${rest#"${rest%%[! ]*}"}
        if [[ $rest =~ ^([:=]+) || $rest =~ ^([^\ :=]+) ]]; then
            COMP_WORDS+=("${BASH_REMATCH[1]}")
            rest=${rest:${#BASH_REMATCH[1]}}
        fi
    done
    [[ $1 == *' ' ]] && COMP_WORDS+=("")
    COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
    how=${how##*-F }
    "${how%% *}" llmops "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    ( IFS=' '; printf '%s\n' "${COMPREPLY[*]}" )
}
"""


def around(folder: Path, home: Path) -> dict[str, str]:
    """The variables of a shell that finds `llmops`, and nothing of the user's own."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    kept = {name: value for name, value in os.environ.items() if name.startswith("PYTHON")}
    return {**kept, "PATH": path, "HOME": str(home), "PWD": str(folder), "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def bash(folder: Path, *typed: str) -> list[list[str]]:
    """What bash offers for each of these lines, and nothing may be said beside it."""
    script = BASH + "".join(f"asked {shlex.quote(line)}\n" for line in typed)
    return [line.split() for line in _ran(["bash", "--norc", "-c", script], folder, folder)]


def fish(folder: Path, *typed: str, home: Path | None = None) -> list[list[str]]:
    """What fish offers for each of these lines."""
    asked = "".join(f"complete -C {shlex.quote(line)} | cut -f1 | string join ' '\necho\n" for line in typed)
    told = "" if home else "llmops --show-completion fish | source\n"
    lines = "\n".join(_ran(["fish", "-c", told + asked], folder, home or folder))
    return [block.split() for block in lines.split("\n\n")][: len(typed)]


def _ran(command: list[str], folder: Path, home: Path) -> list[str]:
    done = subprocess.run(
        command, cwd=folder, env=around(folder, home), capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def zsh(folder: Path, home: Path, before: str, typed: str, wanted: str) -> str:
    """The screen of a zsh in which somebody types a line and TAB, once `wanted` is on it, or after 20 s."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execvpe("zsh", ["zsh", "-d", "-i"], around(folder, home))
    screen = ""
    try:
        os.write(terminal, f"PROMPT=; {before}; echo re''ady\n".encode())
        screen = _until(terminal, "ready", "")
        os.write(terminal, f"{typed}\t".encode())
        return _until(terminal, wanted, screen.rpartition("ready")[2])
    finally:
        os.close(terminal)
        os.kill(process, 9)
        os.waitpid(process, 0)


def _until(terminal: int, wanted: str, screen: str) -> str:
    end = time.monotonic() + 20
    while wanted not in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen) and time.monotonic() < end:
        if select.select([terminal], [], [], 0.5)[0]:
            screen += os.read(terminal, 4096).decode("utf-8", "replace")
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen)
