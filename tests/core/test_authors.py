"""Who wrote a change, as git tells it: also where everything was done in a merge."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from llmops_cli.core.git import Repository

if TYPE_CHECKING:
    from pathlib import Path


def git(root: Path, who: str, *arguments: str) -> str:
    identity = ("-c", f"user.name={who}", "-c", f"user.email={who.lower()}@example.com")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def write(root: Path, who: str, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    git(root, who, "add", "-A")
    git(root, who, "commit", "-qm", path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Main went on after `change` left it; HEAD is `change`, with one commit by Ada."""
    git(tmp_path, "Zoe", "init", "-q", "-b", "main")
    write(tmp_path, "Zoe", "prompts/a.yaml", "one\ntwo\nthree\nfour\nfive\n")
    git(tmp_path, "Zoe", "checkout", "-qb", "change")
    write(tmp_path, "Ada", "prompts/a.yaml", "one\ntwo\nthree\nfour\nFIVE\n")
    git(tmp_path, "Zoe", "checkout", "-q", "main")
    write(tmp_path, "Zoe", "prompts/a.yaml", "ONE\ntwo\nthree\nfour\nfive\n")
    git(tmp_path, "Zoe", "checkout", "-q", "change")
    return tmp_path


def authors(root: Path, *paths: str) -> set[str]:
    base = git(root, "Zoe", "merge-base", "main", "HEAD")
    return {person.name for person in Repository(root).authors(base, paths or ("",))}


def test_who_merely_merges_is_no_author(root: Path) -> None:
    git(root, "Bob", "merge", "-q", "main", "-m", "merge")
    assert authors(root) == {"Ada"}


def test_who_changes_something_in_a_merge_is_an_author(root: Path) -> None:
    git(root, "Mallory", "merge", "-q", "--no-commit", "main")
    (root / "prompts/a.yaml").write_text("ONE\nworse\nthree\nfour\nFIVE\n")
    git(root, "Mallory", "commit", "-qam", "merge")
    assert authors(root) == {"Ada", "Mallory"}


def test_a_file_that_only_the_merge_adds_has_an_author(root: Path) -> None:
    git(root, "Mallory", "merge", "-q", "--no-commit", "main")
    (root / "baselines").mkdir()
    (root / "baselines/a.jsonl").write_text("lowered\n")
    git(root, "Mallory", "add", "-A")
    git(root, "Mallory", "commit", "-qm", "merge")
    assert authors(root, "baselines") == {"Mallory"}


def test_who_settles_a_conflict_is_an_author(root: Path) -> None:
    git(root, "Zoe", "checkout", "-q", "main")
    write(root, "Zoe", "prompts/a.yaml", "ONE\ntwo\nthree\nfour\nfive!\n")
    git(root, "Zoe", "checkout", "-q", "change")
    with pytest.raises(subprocess.CalledProcessError):
        git(root, "Cleo", "merge", "-q", "main", "-m", "merge")
    (root / "prompts/a.yaml").write_text("ONE\ntwo\nthree\nfour\nFIVE!\n")
    git(root, "Cleo", "commit", "-qam", "merge")
    assert authors(root) == {"Ada", "Cleo"}
