"""A baseline that a change lowers, and who did what to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.read import from_text
from llmops_cli.baselines.write import to_text
from tests.cli.answering import WORSE, guessing
from tests.cli.beginnings import on_topic, settings_of
from tests.cli.projects import (
    BASELINE_PATH,
    PROMPT_PATH,
    commit,
    edit,
    git,
    llmops,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmops_cli.compare.scores import Scores
    from tests.cli.projects import Said

PROMPTS = ("Answer with one word.", "Answer in one word.", "Use one word.")
OTHER = "openai/gpt-4o-2024-08-06"

ALONE = "policy: {author_may_accept: true}\n"
"""What a project of one person says."""


def started(folder: Path, settings: str = ALONE, suite: dict[str, str] | None = None) -> Path:
    """A repository with an accepted baseline on main, and a branch `topic` checked out."""
    return on_topic(folder, settings_of(settings) | (suite or {}), answer=guessing)


def lowered(root: Path, reason: str = "Guessing is cheaper") -> None:
    """Change the prompt for the worse on the branch, and accept it."""
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    assert llmops(root, "eval").code == 1
    made = llmops(root, "baseline", "accept", "capitals", "--reason", reason)
    assert made.code == 0, made.err
    commit(root, "Guess")


def become(root: Path, name: str) -> None:
    git(root, "config", "user.name", name)
    git(root, "config", "user.email", f"{name.lower()}@example.com")


def change_of(said: Said) -> dict[str, Any]:
    """The one baseline that a change touches."""
    (found,) = said.data["base"]["changes"]
    change: dict[str, Any] = found
    return change


def rewritten(root: Path, change: Callable[[Scores], Scores]) -> None:
    """Edit the baseline as somebody would who also knows how to make the digest."""
    text = (root / BASELINE_PATH).read_text("utf-8")
    write(root / BASELINE_PATH, to_text(change(from_text(text, BASELINE_PATH))))


def accepted_by_hand(root: Path, who: str) -> None:
    """Write somebody into the baseline as one more who approved it."""
    rewritten(root, lambda found: replace(found, accepted={**found.accepted, "approved_by": [who]}))


def commit_on_main_is_the_base(root: Path) -> None:
    git(root, "branch", "-f", "main", "HEAD")


def regressing(tmp_path: Path, path: str, old: str, new: str) -> Path:
    """A branch whose prompt loses seven of ten capitals, and whose rules no longer mind."""
    root = started(tmp_path)
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    edit(root, path, old, new)
    commit(root, "Shorter")
    return root
