"""A project's copies of the schemas: committed, so that every clone's editor checks files with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError, LlmopsError
from llmops_cli.core.files import write_text
from llmops_cli.core.schema import NAMES, published_text
from llmops_cli.core.tree import on_disk

if TYPE_CHECKING:
    from pathlib import Path

    from llmops_cli.core.tree import Tree

FOLDER = "schemas/llmops"
EDITED = ("project", "prompt", "suite")
"""The kinds of files that people write as one YAML file each."""


def path_of(kind: str) -> str:
    """Where a project keeps its copy of the schema of one kind of file."""
    return f"{FOLDER}/{kind}.schema.json"


def write_copies(root: Path) -> list[str]:
    """Write the schemas that editors need into a project; the paths that changed.

    Raises StorageError, and InputError where a link leads one of them out of the repository.
    """
    changed = []
    for kind in EDITED:
        target, text = on_disk(root, path_of(kind)), published_text(kind)
        if not target.is_file() or _lines(target.read_bytes()) != text.encode():
            write_text(target, text)
            changed.append(path_of(kind))
    return changed


def stale_copies(tree: Tree) -> list[str]:
    """The kinds of files of which a project has the schema of another llmops. What is no copy is left out."""
    return [kind for kind in NAMES if _is_stale(tree, kind)]


def renew(root: Path, kinds: list[str]) -> list[str]:
    """Write these copies anew, where the disk takes them; the paths of those that it took."""
    renewed = []
    for kind in kinds:
        try:
            write_text(on_disk(root, path_of(kind)), published_text(kind))
        except LlmopsError:
            continue  # a disk that nobody may write to: the copy stays stale, and the check says so
        renewed.append(path_of(kind))
    return renewed


def _is_stale(tree: Tree, kind: str) -> bool:
    if not tree.has(path_of(kind)):
        return False
    try:
        text = tree.read(path_of(kind))
        copy = json.loads(text)
    except (InputError, ValueError, RecursionError):
        return False
    ours = published_text(kind)
    written_by_us = isinstance(copy, dict) and copy.get("$id") == json.loads(ours)["$id"]
    return written_by_us and _lines(text.encode()) != ours.encode()


def _lines(text: bytes) -> bytes:
    """The text with the line ends that llmops writes: git may check out others."""
    return text.replace(b"\r\n", b"\n")
