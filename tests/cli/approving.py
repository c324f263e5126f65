"""A branch that drops one of two scorers, or loosens its gate, and who accepts that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.write import with_accepted
from tests.cli.projects import (
    BASELINE_PATH,
    PROJECT_PATH,
    SUITE,
    SUITE_PATH,
    Said,
    accepted,
    commit,
    edit,
    evaluated,
    git,
    llmops,
    project,
    repository,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

APPROVALS = "baselines/approvals.jsonl"
WORDS = '  - not-contains: "As an AI"\n'
TWO_SCORERS = SUITE.replace("gate:\n", f"{WORDS}gate:\n")
WHAT = "metric capitals not-contains"
RULE = "max_drop: 0.05"


def started(root: Path, settings: str = "", suite: str = TWO_SCORERS) -> Path:
    """A suite with two scorers, accepted on main, and a branch for the change."""
    files = {SUITE_PATH: suite, PROJECT_PATH: f"name: demo\nmax_attempts: 2\n{settings}"}
    repository(project(root, {".gitignore": ".llmops/\n", **files}))
    accepted(root)
    commit(root, "First baseline")
    git(root, "checkout", "-qb", "topic")
    return root


def dropped(root: Path) -> None:
    """Ada drops a scorer."""
    edit(root, SUITE_PATH, WORDS, "")
    commit(root, "One scorer is enough")


def become(root: Path, name: str) -> None:
    """Who commits and accepts from here on."""
    git(root, "config", "user.name", name)
    git(root, "config", "user.email", f"{name.lower()}@example.com")


def accept(root: Path, reason: str = "It is right") -> Said:
    said = llmops(root, "baseline", "accept", "--deciders", "--base", "main", "--reason", reason)
    assert said.code == 0, said.both
    return said


def approved(root: Path, reason: str = "It is right", who: str = "Bob") -> Said:
    """Somebody else than Ada, the author, accepts what she has and commits that; she goes on."""
    commit_all(root)
    become(root, who)
    said = accept(root, reason)
    commit(root, "Approve")
    become(root, "Ada")
    return said


def commit_all(root: Path) -> None:
    """Commit what is not committed."""
    if git(root, "status", "--porcelain"):
        commit(root)


def by_base(root: Path) -> Said:
    """A run beside main; what is not committed is committed first."""
    commit_all(root)
    return evaluated(root, "--base", "main")


def headline(root: Path) -> str:
    """The first sentence of the report beside main."""
    return " ".join(llmops(root, "eval", "--base", "main").out.partition("\n\n")[0].split())


def header(root: Path, path: str = BASELINE_PATH) -> dict[str, Any]:
    """The first line of a baseline."""
    made: dict[str, Any] = json.loads((root / path).read_text("utf-8").splitlines()[0])
    return made


def with_header(root: Path, accepted_as: dict[str, Any], path: str = BASELINE_PATH) -> None:
    """The file with an acceptance of somebody who makes the digest anew."""
    write(root / path, with_accepted((root / path).read_text("utf-8"), accepted_as))
