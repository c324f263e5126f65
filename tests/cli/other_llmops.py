"""Another llmops: a copy of the package with some of its code changed, run as a process of its own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import llmops_cli
from tests.cli.projects import Said, edit, process

if TYPE_CHECKING:
    from collections.abc import Mapping


def copied(folder: Path) -> Path:
    """A copy of the package in a folder, with what is compiled of it; what `ran_by` takes."""
    shutil.copytree(Path(llmops_cli.__file__).parent, folder / "llmops_cli")
    return folder


def later_equals(folder: Path) -> Path:
    """A later llmops, whose `equals` takes white space for a difference."""
    file = "llmops_cli/scorers/equals.py"
    edit(copied(folder), file, "value.strip(), sample.output.strip()", "value, sample.output")
    edit(folder, file, 'version = 1\n    since = "0.1"', 'version = 2\n    since = "0.3"')
    return folder


def ran_by(other: Path, root: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Said:
    """Run one command line in a project by the copy in a folder."""
    return process(*arguments, "-C", str(root), env={"PYTHONPATH": str(other), **(env or {})})
