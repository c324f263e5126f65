"""Which suites a change reaches: every changed file is placed, and one that cannot be reaches them all."""

from __future__ import annotations

import os
import posixpath
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.core.base_reference import base_reference
from llmops_cli.core.editor_schemas import FOLDER as FOR_EDITORS
from llmops_cli.core.environment import in_ci
from llmops_cli.core.errors import InputError
from llmops_cli.core.git import GitTree
from llmops_cli.core.globs import is_glob, matches_path
from llmops_cli.core.project import MARKER, STATE
from llmops_cli.evals.cases import SUFFIXES
from llmops_cli.evals.load import FOLDER as EVALSETS
from llmops_cli.prompts.load import FOLDER as PROMPTS
from llmops_cli.prompts.load import is_prompt_file
from llmops_cli.prompts.lock import PATH as LOCK
from llmops_cli.prompts.lock import read_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmops_cli.core.git import Repository
    from llmops_cli.core.project import Project
    from llmops_cli.evals.suite import Suite
    from llmops_cli.evals.workspace import Workspace

FOR_ALL = {MARKER: "settings of every suite", "models.yaml": "the models of every suite"}
"""Files that every suite depends on."""
KEPT = {"baselines": "baseline", "cassettes": "recorded answers"}
"""Folders that have one folder for each suite."""
UNSEEN = "git ignores it, so it may have changed"
DOCUMENTS = ("*.md", "*.rst", "license*", ".gitignore", ".gitattributes", ".editorconfig")
"""Names, in lower case, of files that no suite depends on unless something names them."""


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """A file and the suites it reaches: id -> what it is to the suite. Not `placed`, it reaches all suites.

    `note` says why no suite depends on it, or why it cannot be placed. `changed` is false for a file that a
    suite reads and git does not see.
    """

    path: str
    suites: Mapping[str, str]
    note: str = ""
    placed: bool = True
    changed: bool = True

    @property
    def why(self) -> str:
        """Why it reaches these suites, or none, or all."""
        return self.note or "; ".join(dict.fromkeys(self.suites.values()))


@dataclass(frozen=True)
class Affected:
    """What a change reaches.

    `commit` is the merge base with `reference`, in full. `outside` counts changed files outside of the
    project's folder. `asked` are the suites that the command is about. `no_change` says why there is no
    change to go by, and then every suite runs.
    """

    reference: str
    commit: str
    files: tuple[PlacedFile, ...]
    outside: int
    asked: tuple[str, ...]
    no_change: str = ""

    @property
    def changed(self) -> int:
        """How many files changed."""
        return sum(1 for file in self.files if file.changed) + self.outside

    @property
    def everything(self) -> bool:
        """Whether every suite runs, whatever it reads."""
        return bool(self.no_change) or any(not f.placed or f.path in FOR_ALL for f in self.files)

    @property
    def to_run(self) -> tuple[str, ...]:
        """The suites to run, of those asked for."""
        reached = {suite for file in self.files for suite in file.suites}
        return tuple(suite for suite in self.asked if self.no_change or suite in reached)

    @property
    def skipped(self) -> tuple[str, ...]:
        """The suites that the change does not reach, of those asked for."""
        these = set(self.to_run)
        return tuple(suite for suite in self.asked if suite not in these)

    def reaching(self, suite: str) -> tuple[PlacedFile, ...]:
        """The files that reach a suite, those that say most about it first."""
        found = [file for file in self.files if suite in file.suites]
        return tuple(sorted(found, key=lambda file: (not file.placed, len(file.suites), file.path)))


def find_affected(workspace: Workspace, reference: str, asked: Sequence[Suite]) -> Affected:
    """What the change since the merge base with a ref reaches; the ref is found where it is "".

    The change is what is committed, staged, or only on the disk. Raises InputError without git, a commit, or
    a merge base.
    """
    repository = workspace.project.repository
    repository.require_readable()
    head = repository.commit()
    if head is None:
        raise InputError(
            "git has no commit yet, so nothing says what changed", "commit, or leave out --changed"
        )
    reference = reference or base_reference(repository)
    commit = repository.merge_base(reference)
    paths, outside = repository.differing(commit)
    paths = [path for path in paths if path.partition("/")[0] != STATE]
    locked = _locked_otherwise(workspace.project, commit) if LOCK in paths else frozenset()
    placing = Placing(workspace, locked)
    files = [placing.place(path) for path in paths]
    files += placing.unseen(set(paths), repository)
    no_change = ""
    if commit == head and (in_ci() or not (paths or outside)):
        no_change = f"HEAD is part of {reference}, so there is no change to go by"
    return Affected(reference, commit, tuple(files), outside, tuple(suite.id for suite in asked), no_change)


def _locked_otherwise(project: Project, commit: str) -> frozenset[str]:
    """The prompts whose entries in the lock are not those of a commit; every one where that is broken."""
    now = read_lock(project.tree)
    try:
        before = read_lock(GitTree(project.repository, commit))
    except InputError:
        before = {}
    names = {
        reference
        for reference in before.keys() | now.keys()
        if before.get(reference, ("",))[0] != now.get(reference, ("",))[0]
    }
    return frozenset(name.rpartition("@")[0] for name in names)


class Placing:
    """Knows which suites read which files. `locked` are prompts whose entries in the lock changed."""

    def __init__(self, workspace: Workspace, locked: frozenset[str] = frozenset()) -> None:
        self.root = workspace.project.root
        self.tree = workspace.project.tree
        self.ignored = workspace.project.ignored
        self.suites = workspace.suites
        self.locked = locked
        self.reads: dict[str, dict[str, str]] = defaultdict(dict)
        self.scorer_folders: set[str] = set()
        self.globs = [
            (pattern, suite.id)
            for suite in workspace.suites.values()
            for pattern in suite.case_paths
            if is_glob(pattern)
        ]
        for suite in workspace.suites.values():
            for path, why in _read_by(suite):
                for name in {path, self._real(path)}:
                    self.reads[name].setdefault(suite.id, why)
                    if path in suite.scorer_paths and path.endswith(".py") and self.tree.has(path):
                        self.scorer_folders.add(posixpath.dirname(name))

    def place(self, path: str) -> PlacedFile:
        """Where a changed file belongs. It need not be there any more."""
        if path in FOR_ALL:
            return PlacedFile(path, dict.fromkeys(self.suites, FOR_ALL[path]))
        folder = (self.root / path).is_dir()
        inside = folder and any(name.startswith(f"{path}/") for name in self.reads)
        reached = {} if folder else dict(self._reached(path))
        if reached:
            return PlacedFile(path, reached)
        glob = next((glob for glob in self.ignored if matches_path(path, glob)), None)
        if glob is not None and not inside:
            return PlacedFile(path, {}, f"ignored by `{glob}` in {MARKER}")
        if folder:
            return self._unplaced(path, "a folder that git sees as one thing: a submodule or a link")
        if any(not home or path.startswith(f"{home}/") for home in self.scorer_folders):
            return self._unplaced(path, "lies beside a scorer, which may read it")
        why = self._reaches_nothing(path)
        return PlacedFile(path, {}, why) if why else self._unplaced(path, "nothing says what depends on it")

    def unseen(self, changed: set[str], repository: Repository) -> Iterator[PlacedFile]:
        """What suites read and git does not see: nobody can tell whether it changed."""
        known = repository.tracked() | changed
        for path, readers in sorted(self.reads.items()):
            if path not in known and self._real(path) not in known and self.tree.has(path):
                yield PlacedFile(path, dict.fromkeys(readers, UNSEEN), changed=False)

    def _reached(self, path: str) -> Iterator[tuple[str, str]]:
        """Each suite that a file reaches, and why."""
        exact = self.reads.get(path, {})
        by_glob = {suite for pattern, suite in self.globs if matches_path(path, pattern)}
        folder, _, rest = path.partition("/")
        owner = rest.partition("/")[0] if folder in KEPT and "/" in rest else ""
        gone = path.startswith(f"{PROMPTS}/") and not os.path.lexists(self.root / path)
        for suite in self.suites.values():
            if suite.id in exact:
                yield suite.id, exact[suite.id]
            elif suite.id in by_glob:
                yield suite.id, "cases"
            elif suite.id == owner:
                yield suite.id, KEPT[folder]
            elif path == LOCK and any(prompt.id in self.locked for prompt in suite.prompts):
                yield suite.id, "versions of its prompts"
            elif gone and any(_shadows(path, partial) for p in suite.prompts for partial in p.partials):
                yield suite.id, "gone, and a partial of this name is elsewhere"

    def _reaches_nothing(self, path: str) -> str:
        """Why no suite depends on a file that nothing names; "" where nobody can tell."""
        folder, _, rest = path.partition("/")
        gone = not os.path.lexists(self.root / path)
        if path == LOCK:
            return "no suite judges a prompt whose entry changed"
        if folder == PROMPTS and is_prompt_file(path):
            return "gone, and no suite judges it" if gone else "no suite judges this prompt"
        if folder == PROMPTS:
            return "gone, and no prompt includes it" if gone else "no prompt includes it"
        if folder == EVALSETS and gone and path.lower().endswith(SUFFIXES):
            return "gone: no suite, and no cases of one"
        if path.startswith(f"{FOR_EDITORS}/"):
            return "for editors only"
        if folder in KEPT and "/" in rest:
            return f"no suite has the id `{rest.partition('/')[0]}`"
        name = posixpath.basename(path).lower()
        return "documentation" if any(matches_path(name, glob) for glob in DOCUMENTS) else ""

    def _unplaced(self, path: str, why: str) -> PlacedFile:
        return PlacedFile(path, dict.fromkeys(self.suites, why), why, placed=False)

    def _real(self, path: str) -> str:
        """The path of what a link leads to; the path itself where it leads nowhere in the project."""
        real = os.path.relpath(os.path.realpath(self.root / path), os.path.realpath(self.root))
        return path if real.startswith("..") else real.replace(os.sep, "/")


def _read_by(suite: Suite) -> Iterator[tuple[str, str]]:
    """Every file that a suite reads or would read if it were there, and what it is to the suite."""
    yield suite.path, "the suite"
    for prompt in suite.prompts:
        yield prompt.path, f"prompt {prompt.id}"
        yield from ((path, f"partial of {prompt.id}") for path in prompt.partials)
    files = dict.fromkeys(case.source.path for case in suite.cases)
    yield from ((path, "cases") for path in (*suite.case_paths, *files))
    yield from ((path, "scorer") for path in suite.scorer_paths)


def _shadows(path: str, partial: str) -> bool:
    """Whether an include that finds a partial may have found a file, or a folder, that is gone."""
    return posixpath.basename(path) in partial.split("/")
