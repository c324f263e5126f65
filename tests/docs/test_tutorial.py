"""docs/tutorial.md is run from first to last; `LLMOPS_UPDATE_SNAPSHOTS=1 pytest -m tutorial` renews it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, Block, blocks
from tests.snapshots import UPDATE

PAGE = DOCS / "tutorial.md"
CUT = "…"
PROGRESS = re.compile(r"^\d+ of \d+ · ")
CHANGING = (
    (r"\d{8}-\d{6}-[0-9a-f]+", "RUN"),
    (r"\d{4}-\d{2}-\d{2}T[\d:+]+", "TIME"),
    (r"\b\d{4}-\d{2}-\d{2}\b", "DATE"),
    (r"\b[0-9a-f]{10}\b", "COMMIT"),
    (r"(?m)^  (latency_p\d+) .*$", r"\1"),
    (r"(<1|\d+(\.\d+)?) (ms|s)\b", "SECONDS"),
    (r"─+", "─"),
    (r"\s+", " "),
)


class Shell:
    """One terminal: it remembers the folder and the last exit code."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.code = 0
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.env = {
            **os.environ,
            "PATH": path,
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }

    def run(self, command: str) -> str:
        """What the command prints, without the progress of a slow machine."""
        if command == "echo $?":
            return f"{self.code}\n"
        script = f"{command}\nstatus=$?\npwd > {self.folder}/../.folder\nexit $status"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.code = done.returncode
        note = self.folder.parent / ".folder"
        if note.is_file():
            self.folder = Path(note.read_text().strip())
            note.unlink()
        return "".join(line for line in done.stdout.splitlines(True) if not PROGRESS.match(line))


def played(block: Block, shell: Shell) -> str:
    """The block with what its commands print now; `first=N` in its info keeps N lines of each."""
    first = next((int(word[6:]) for word in block.info if word.startswith("first=")), None)
    parts = []
    for command in commands(block.text):
        lines = shell.run(command).splitlines()
        if first is not None and len(lines) > first:
            lines = [*lines[:first], CUT]
        parts.append("\n".join([f"$ {command}", *lines]))
    return "\n".join(parts) + "\n"


def commands(text: str) -> list[str]:
    """The commands of a block; one goes on in the next line after a backslash."""
    return re.findall(r"^\$ ((?:.*\\\n)*.*)$", text, re.MULTILINE)


def settled(text: str) -> str:
    """The text without what differs from run to run."""
    for pattern, word in CHANGING:
        text = re.sub(pattern, word, text)
    return text


@pytest.mark.tutorial
def test_the_tutorial_prints_what_it_says(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "work")
    shell.folder.mkdir()
    text = PAGE.read_text("utf-8")
    for block in blocks(PAGE):
        if block.info[:1] != ("console",):
            continue
        now = played(block, shell)
        if os.environ.get(UPDATE):
            text = text.replace(block.text, now, 1)
        else:
            assert settled(block.text) == settled(now), (
                f"{block.place}; {UPDATE}=1 pytest -m live rewrites it"
            )
    if os.environ.get(UPDATE):
        PAGE.write_text(text, "utf-8")


def test_every_block_of_the_tutorial_has_a_command() -> None:
    consoles = [block for block in blocks(PAGE) if block.info[:1] == ("console",)]
    assert len(consoles) > 10
    assert all(commands(block.text) for block in consoles)
