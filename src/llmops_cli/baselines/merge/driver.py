"""The git merge driver for baselines: reading git's three files, writing the merged one, installing it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.merge.merge import merge
from llmops_cli.baselines.read import from_text
from llmops_cli.core.errors import InputError
from llmops_cli.core.files import read_text, write_text

if TYPE_CHECKING:
    from pathlib import Path

    from llmops_cli.baselines.merge.merge import Merged
    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.problem import Problem
    from llmops_cli.core.project import Project

DRIVER = "llmops-baseline"
SETTINGS = {
    f"merge.{DRIVER}.name": "llmops baselines, by case",
    f"merge.{DRIVER}.driver": "llmops baseline merge %O %A %B %P",
    # Of several common ancestors git makes one. Conflict markers inside it could not be read as a baseline.
    f"merge.{DRIVER}.recursive": "binary",
}
ATTRIBUTES = ".gitattributes"
PATTERN = "baselines/**/*.jsonl"
ATTRIBUTE = f"{PATTERN} merge={DRIVER}"


@dataclass(frozen=True, slots=True)
class Installation:
    """What installing the driver changed: git's settings of this clone, and the attributes in the project."""

    settings: bool
    attributes: bool


def merge_files(base: Path, ours: Path, theirs: Path, shown: str) -> Merged:
    """Merge the three files that git hands over, into `ours`; `shown` is the baseline's name in messages.

    An empty base means that both sides added the file. Raises InputError when a file is no baseline that
    this llmops can read; then `ours` stays as it was.
    """
    problems: list[Problem] = []
    added = base.is_file() and not base.stat().st_size
    before = None if added else _side("the common ancestor", base, shown, problems)
    mine = _side("ours", ours, shown, problems)
    yours = _side("theirs", theirs, shown, problems)
    if problems or mine is None or yours is None:
        raise InputError(problems=problems)
    merged = merge(before, mine, yours)
    write_text(ours, merged.text)
    return merged


def _side(name: str, path: Path, shown: str, problems: list[Problem]) -> Scores | None:
    try:
        return from_text(read_text(path, shown), shown)
    except InputError as error:
        problems += [replace(one, message=f"{name}: {one.message}") for one in error.problems]
        return None


def next_steps(merged: Merged, shown: str) -> str:
    """What to do about conflicts: a file that was put together by hand would be refused."""
    suite = merged.ours.suite
    return (
        f"take one side whole: git checkout --ours {shown}    (or --theirs)\n"
        f'    then accept again: llmops eval {suite} && llmops baseline accept {suite} --reason "…"'
    )


def install(project: Project) -> Installation:
    """Tell git, in this clone, how baselines are merged. Raises InputError outside of a git repository."""
    settings = project.repository.configure(SETTINGS)
    path = project.on_disk(ATTRIBUTES)
    text = read_text(path, ATTRIBUTES) if path.exists() else ""
    if any(_says_so(line) for line in text.splitlines()):
        return Installation(settings, attributes=False)
    end = "" if not text or text.endswith("\n") else "\n"
    write_text(path, f"{text}{end}{ATTRIBUTE}\n")
    return Installation(settings, attributes=True)


def _says_so(line: str) -> bool:
    pattern, *attributes = line.split() or [""]
    return pattern == PATTERN and f"merge={DRIVER}" in attributes


def is_installed(project: Project) -> bool:
    """Whether this clone has the driver. Raises InputError outside of a git repository."""
    return project.repository.setting(f"merge.{DRIVER}.driver") is not None
