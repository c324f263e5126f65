"""Local state that git tracks would bring the answers of others: nothing is checked or asked with it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.cli.projects import commit, git, llmops, project, repository, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

HINT = "`git rm -r --cached .llmops`, add `.llmops/` to .gitignore, and commit"


def with_own_state(root: Path) -> Path:
    """A project whose state was made by a run and is ignored, as `llmops init` leaves it."""
    project(root, {".gitignore": ".llmops/\n"})
    assert llmops(root, "prompts", "lock").code == 0
    repository(root)
    assert llmops(root, "eval").code == 0
    return root


@pytest.mark.parametrize("folder", ["", "services/answers"])
def test_tracked_state_is_refused_by_name(tmp_path: Path, provider: Provider, folder: str) -> None:
    repository(project(tmp_path / "top"))
    root = project(tmp_path / "top" / folder, {".gitignore": ".llmops/\n"})
    assert llmops(root, "prompts", "lock").code == 0
    assert llmops(root, "eval").code == 0
    commit(root)
    git(root, "add", "--force", ".llmops/answers.sqlite")
    git(root, "commit", "-q", "--no-gpg-sign", "-m", "Speed up CI")
    provider.calls.clear()
    for command in (("check",), ("eval",), ("eval", "--offline"), ("eval", "--changed", "--base", "HEAD")):
        said = llmops(root, *command)
        assert said.code == 2, said.both
        assert ".llmops/answers.sqlite: git tracks local state" in said.both
        assert HINT in said.both
    assert provider.calls == []
    git(root, "rm", "-r", "-q", "--cached", ".llmops")
    commit(root, "Keep the state out")
    assert llmops(root, "check").code == 0


def test_a_link_in_place_of_the_state_and_many_files(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path, {".gitignore": ""}))
    assert llmops(root, "eval").code == 0
    for number in range(6):
        write(root / f".llmops/kept/{number}.txt", "x")
    git(root, "add", "--force", ".llmops/kept")
    said = llmops(root, "eval")
    assert said.code == 2, said.both
    assert said.err.count("git tracks local state (and 1 more)") == 5
    git(root, "rm", "-r", "-q", "--cached", ".llmops")
    (root / ".llmops").rename(root / "elsewhere")
    (root / ".llmops").symlink_to("elsewhere")
    git(root, "add", "--force", ".llmops")
    said = llmops(root, "check")
    assert said.code == 2, said.both
    assert ".llmops: git tracks local state" in said.both


def test_a_resumed_run_does_not_trust_a_committed_journal(tmp_path: Path, provider: Provider) -> None:
    root = with_own_state(tmp_path)
    git(root, "add", "--force", ".llmops/runs")
    said = llmops(root, "eval", "--resume")
    assert said.code == 2, said.both
    assert "git tracks local state" in said.both


def test_state_that_git_ignores_stops_nothing(tmp_path: Path, provider: Provider) -> None:
    root = with_own_state(tmp_path)
    assert llmops(root, "check").code == 0
    assert llmops(root, "eval").code == 0


@pytest.mark.parametrize("folder", [".llmops", ".llmops/kept"])
def test_a_submodule_in_the_state_is_tracked_state(tmp_path: Path, provider: Provider, folder: str) -> None:
    root = repository(project(tmp_path / "project", {".gitignore": ""}))
    write(root / folder / "answers.sqlite", "x")
    repository(root / folder)
    git(root, "add", "--force", folder)
    for command in (("check",), ("eval",), ("eval", "--base", "HEAD")):
        said = llmops(root, *command)
        assert said.code == 2, said.both
        assert folder in said.both
    shutil.rmtree(root / folder)  # a clone without its submodules has the folder empty
    (root / folder).mkdir(parents=True)
    said = llmops(root, "eval")
    assert said.code == 2, said.both
    assert f"{folder}: git tracks local state" in said.both
    assert provider.calls == []


@pytest.mark.parametrize("folder", [".LLMOPS", ".LlmOps/runs"])
def test_another_spelling_is_the_same_folder_where_case_does_not_count(
    tmp_path: Path, provider: Provider, folder: str
) -> None:
    root = repository(project(tmp_path, {".gitignore": ""}))
    write(root / folder / "answers.sqlite", "x")
    git(root, "add", "--force", folder)
    said = llmops(root, "eval")
    assert said.code == 2, said.both
    assert f"{folder}/answers.sqlite: git tracks local state" in said.both
    assert provider.calls == []
