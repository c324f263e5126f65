"""What may stand for a suite, a prompt, a model or a run, read from the project's files without judging them.

A line is completed while files are edited, so they may be broken: ids are looked for line by line, and what
cannot be read is left out.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from llmops_cli.core.project import Project

_ID = re.compile(r"^id:[ \t]*[\"']?([\w.-]+)", re.MULTILINE)
_MODEL = re.compile(r"(?<![\w/.-])([\w.-]+)/[^\s,\"'\]}#]+")
_YAML = (".yaml", ".yml")


def one_of(words: Iterable[str]) -> Callable[[str], list[str]]:
    """Completes one of these words."""
    choices = list(words)

    def complete(incomplete: str) -> list[str]:
        return [word for word in choices if word.startswith(incomplete)]

    return complete


def _of_project(read: Callable[[Project], Iterable[str]]) -> Callable[[typer.Context, str], list[str]]:
    """Completes what a project has, each name once; nothing where there is no project."""

    def complete(context: typer.Context, incomplete: str) -> list[str]:
        project = _project(context)
        names = read(project) if project is not None else ()
        return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]

    return complete


def _project(context: typer.Context) -> Project | None:
    from llmops_cli.core.errors import InputError
    from llmops_cli.core.project import Project, find_project, find_root

    directory = context.params.get("directory") or context.find_root().params.get("directory")
    start = Path(directory or ".")
    try:
        return find_project(start)
    except InputError:
        pass
    try:
        return Project(find_root(start))  # its llmops.yaml is broken, and its suites have ids all the same
    except InputError:
        return None


def _texts(project: Project, folder: str) -> Iterator[str]:
    """The YAML files of a folder."""
    from llmops_cli.core.errors import LlmopsError

    for path in project.tree.listing(folder)[0]:
        if path.lower().endswith(_YAML):
            try:
                yield project.tree.read(path)
            except LlmopsError:
                continue


def _ids(project: Project, folder: str) -> Iterator[str]:
    for text in _texts(project, folder):
        if match := _ID.search(text):
            yield match[1]


@_of_project
def suites(project: Project) -> Iterator[str]:
    """Ids of suites."""
    return _ids(project, "evalsets")


@_of_project
def prompts(project: Project) -> Iterator[str]:
    """Ids of prompts."""
    return _ids(project, "prompts")


@_of_project
def versions(project: Project) -> Iterator[str]:
    """Ids of prompts, and the versions that the lock has of each."""
    from llmops_cli.prompts.lock import read_lock

    yield from _ids(project, "prompts")
    yield from read_lock(project.tree)


@_of_project
def models(project: Project) -> Iterator[str]:
    """The models that prompts and suites name, judges too."""
    from llmops_cli.models.settings import LITELLM, NATIVE

    providers = {*NATIVE, *LITELLM, *project.providers}
    for folder in ("prompts", "evalsets"):
        for text in _texts(project, folder):
            yield from (match[0] for match in _MODEL.finditer(text) if match[1] in providers)


@_of_project
def local_models(_project: Project) -> Iterator[str]:
    """The local models that can be fetched."""
    from llmops_cli.models.weights import WEIGHTS

    return (f"local/{name}" for name in WEIGHTS)


def _runs(project: Project, *, unfinished: bool = False) -> Iterator[str]:
    from llmops_cli.core.errors import InputError
    from llmops_cli.evals.journal import list_runs, read_header

    for folder in list_runs(project):
        try:
            if not unfinished or "finished" not in read_header(folder):
                yield folder.name
        except InputError:
            continue


@_of_project
def runs(project: Project) -> Iterator[str]:
    """Runs, newest first."""
    return _runs(project)


@_of_project
def unfinished_runs(project: Project) -> Iterator[str]:
    """Runs that can go on."""
    return _runs(project, unfinished=True)


@_of_project
def sides(project: Project) -> Iterator[str]:
    """What can be compared: files, the last commit, runs."""
    yield from (".", "HEAD:", "latest")
    yield from _runs(project)


def schemas(incomplete: str) -> list[str]:
    """Kinds of files."""
    from llmops_cli.core.schema import NAMES

    return [name for name in NAMES if name.startswith(incomplete)]
