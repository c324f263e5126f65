"""A checkout that a CI job works in: a branch of a project with a baseline and recorded answers."""

from __future__ import annotations

import shutil
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.projects import (
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    capital,
    changed,
    commit,
    edit,
    git,
    llmops,
    point_at,
    project,
    repository,
    write,
)
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Call

SYSTEM = "Answer with one word."
SHOUT = "ANSWER WITH ONE WORD."


def answer(call: Call) -> str:
    """A model that knows its capitals unless it is shouted at."""
    return "no idea" if SHOUT in str(call.body) else capital(call)


def make_judged(root: Path) -> Path:
    """The project, its lock, baseline and cassettes on `main`, and a branch on top."""
    tolerant = changed(SUITE_PATH, "max_drop: 0.05", "max_drop: 0.5")  # ten cases cannot tell less
    project(root, tolerant)
    write(root / ".gitignore", ".llmops/\n")
    repository(root)
    with Provider(answer) as running, pytest.MonkeyPatch.context() as patch:
        point_at(running, patch)
        assert llmops(root, "prompts", "lock").code == 0
        accepted(root, "--record")
    shutil.rmtree(root / ".llmops")
    commit(root)
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(root, "checkout", "-q", "-b", "change")
    return root


class Checkout:
    """A copy of the project in `root`, with a folder of installed commands in `bin`."""

    def __init__(self, judged: Path, folder: Path) -> None:
        self.root = folder / "a checkout"
        self.bin = folder / "installed"
        shutil.copytree(judged, self.root)
        self.install("llmops", f'exec "{sys.executable}" -m llmops_cli "$@"')
        self.install("python", f'exec "{sys.executable}" "$@"')

    def install(self, name: str, script: str) -> None:
        """A command of this name that runs a line of shell."""
        write(self.bin / name, f"#!/bin/sh\n{script}\n")
        (self.bin / name).chmod(stat.S_IRWXU)

    def makes_environments(self, name: str) -> None:
        """A command of this name that makes virtual environments, each with what is installed here."""
        self.install("pip", "exit 0")
        self.install(name, f'mkdir -p "$3/bin"; ln -sf "{self.bin}/llmops" "{self.bin}/pip" "$3/bin"')

    def bump(self, old: str, new: str) -> None:
        """Commit another version of the prompt."""
        edit(self.root, PROMPT_PATH, old, new)
        edit(self.root, PROMPT_PATH, "version: 1.0.0", "version: 1.1.0")
        assert llmops(self.root, "prompts", "lock").code == 0
        commit(self.root)

    def better(self) -> None:
        """A change of the prompt that changes no answer."""
        self.bump("temperature: 0", "temperature: 0, top_p: 1")

    def shout(self) -> None:
        """A change of the prompt that makes the model fail every case."""
        self.bump(SYSTEM, SHOUT)
