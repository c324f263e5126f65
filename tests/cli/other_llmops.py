"""Another llmops: a copy of the package with some of its code changed, run as a process of its own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import llmops_cli
from tests.cli.projects import Said, process

if TYPE_CHECKING:
    from collections.abc import Mapping


def copied(folder: Path) -> Path:
    """A copy of the package in a folder, with what is compiled of it; what `ran_by` takes."""
    shutil.copytree(Path(llmops_cli.__file__).parent, folder / "llmops_cli")
    return folder


def ran_by(other: Path, root: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Said:
    """Run one command line in a project by the copy in a folder."""
    return process(*arguments, "-C", str(root), env={"PYTHONPATH": str(other), **(env or {})})
