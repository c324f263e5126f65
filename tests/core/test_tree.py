"""The working tree and a commit are read alike, whatever lies in them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from llmops_cli.core.errors import InputError
from llmops_cli.core.git import Repository
from llmops_cli.core.git_tree import GitTree
from llmops_cli.core.tree import Tree, WorkingTree

if TYPE_CHECKING:
    from pathlib import Path


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "protocol.file.allow=always")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def write(path: Path, text: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project in a folder of a repository."""
    top = tmp_path / "repository"
    write(top / "app/llmops.yaml")
    write(top / "data/shared.jsonl", "shared")
    write(tmp_path / "secret.txt", "secret")
    git(top, "init", "-q")
    return top / "app"


def both(root: Path) -> list[Tree]:
    """The project as it lies there, and as it is committed."""
    git(root.parent, "add", "-A", "--force", ".")
    git(root, "commit", "-qm", "all", "--allow-empty")
    repository = Repository(root)
    commit = repository.commit()
    assert commit is not None
    return [WorkingTree(root), GitTree(repository, commit)]


def refused(tree: Tree, path: str) -> str:
    with pytest.raises(InputError) as error:
        tree.read(path)
    return error.value.problems[0].message


def test_hidden_names_are_in_no_listing(root: Path) -> None:
    for path in ("evalsets/a.yaml", "evalsets/.old/a.yaml", "evalsets/sub/.b.yaml", "evalsets/sub/c.yaml"):
        write(root / path)
    for tree in both(root):
        assert tree.files("evalsets") == ["evalsets/a.yaml", "evalsets/sub/c.yaml"]


def test_links_inside_the_repository_are_followed(root: Path) -> None:
    write(root / "real/a.jsonl", "inside")
    write(root / "evalsets/x.yaml")
    (root / "evalsets/file.jsonl").symlink_to("../../data/shared.jsonl")
    (root / "evalsets/folder").symlink_to("../real")
    (root / "baselines").symlink_to("real")
    for tree in both(root):
        assert tree.files("evalsets") == ["evalsets/file.jsonl", "evalsets/folder/a.jsonl", "evalsets/x.yaml"]
        assert tree.read("evalsets/file.jsonl") == "shared"
        assert tree.read("baselines/a.jsonl") == tree.read("evalsets/folder/a.jsonl") == "inside"
        assert tree.files("baselines") == ["baselines/a.jsonl"]
        assert tree.has("baselines/a.jsonl")
        assert tree.real("baselines/a.jsonl") == "real/a.jsonl"
        assert tree.real("evalsets/file.jsonl") == "evalsets/file.jsonl", "it lies outside the project"


@pytest.mark.parametrize(
    "target", ["../../../secret.txt", "{tmp}/secret.txt", "{tmp}/repository/data/shared.jsonl"]
)
def test_links_out_of_the_repository_are_refused(root: Path, target: str) -> None:
    write(root / "evalsets/a.yaml")
    (root / "evalsets/out.jsonl").symlink_to(target.format(tmp=root.parents[1]))
    for tree in both(root):
        to = target.format(tmp=root.parents[1])
        assert refused(tree, "evalsets/out.jsonl") == f"is a link that leads out of the repository, to `{to}`"
        with pytest.raises(InputError, match=r"evalsets/out\.jsonl"):
            tree.files("evalsets")


def test_links_that_lead_nowhere_or_in_circles_are_refused(root: Path) -> None:
    (root / "a").mkdir()
    (root / "b").mkdir()
    (root / "a/gone").symlink_to("missing")
    (root / "b/around").symlink_to("../b")
    (root / "one").symlink_to("two")
    (root / "two").symlink_to("one")
    for tree in both(root):
        with pytest.raises(InputError, match="leads nowhere"):
            tree.files("a")
        with pytest.raises(InputError, match="a folder that it lies in"):
            tree.files("b")
        assert refused(tree, "one") == "leads in a circle of links"


def test_what_is_not_there_is_said(root: Path) -> None:
    write(root / "folder/a.txt")
    for tree in both(root):
        assert tree.files("missing") == []
        assert refused(tree, "missing.txt") == "no such file"
        assert refused(tree, "folder") == "is a folder, a file is wanted"
        assert refused(tree, "../../secret.txt") == "lies outside the repository"
        assert not tree.has("folder")


def test_a_submodule_is_refused(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write(other / "a.jsonl")
    git(other, "init", "-q")
    git(other, "add", "-A")
    git(other, "commit", "-qm", "all")
    git(root, "submodule", "add", "-q", str(other), "evalsets/sub")
    for tree in both(root):
        assert refused(tree, "evalsets/sub/a.jsonl") == "lies in a submodule, and is not read"
        with pytest.raises(InputError, match="evalsets/sub"):
            tree.files("evalsets")


def test_outside_of_git_the_project_is_the_whole(tmp_path: Path) -> None:
    write(tmp_path / "project/a.txt", "a")
    write(tmp_path / "secret.txt")
    (tmp_path / "project/out.txt").symlink_to("../secret.txt")
    tree = WorkingTree(tmp_path / "project")
    assert tree.read("a.txt") == "a"
    assert refused(tree, "out.txt") == "is a link that leads out of the repository, to `../secret.txt`"
