"""Ends of a bisection that make no sense, and places where there is no history: refused first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.projects import PROJECT_PATH, commit, edit, git, llmops, project, repository, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider


def test_ends_that_make_no_sense(tmp_path: Path, idle: Provider) -> None:
    root = repository(project(tmp_path))
    said = llmops(root, "bisect", "capitals")
    assert said.code == 2
    assert "no commit up to HEAD holds a baseline of `capitals`" in said.err
    said = llmops(root, "bisect", "capitals", "--good", "v9")
    assert (said.code, said.err) == (
        2,
        (
            "git knows no commit `v9`\n    git log --oneline lists them; "
            "a CI checkout often has one commit only (fetch-depth: 0)\n"
        ),
    )
    first = git(root, "rev-parse", "HEAD").strip()
    write(root / "note", "x")
    commit(root, "second")
    said = llmops(root, "bisect", "capitals", "--good", "HEAD", "--bad", first)
    assert said.code == 2
    assert f"is not in the history of {first}" in said.err
    said = llmops(root, "bisect", "capitls")
    assert said.code == 2
    assert "did you mean `capitals`?" in said.err
    assert idle.count == 0


def test_outside_git_and_in_a_shallow_clone(tmp_path: Path, idle: Provider) -> None:
    outside = llmops(project(tmp_path / "outside"), "bisect", "capitals")
    assert outside.code == 2
    assert "is not inside a git repository" in outside.err
    root = repository(project(tmp_path / "whole"))
    edit(root, PROJECT_PATH, "demo", "demo2")
    commit(root)
    git(tmp_path, "clone", "-q", "--depth", "1", root.as_uri(), "cut")
    said = llmops(tmp_path / "cut", "bisect", "capitals")
    assert said.code == 2
    assert "git fetch --unshallow" in said.err
    assert idle.count == 0
