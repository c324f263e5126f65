"""Where a changed file belongs: the suites that read it, none that does, or all where nobody can tell."""

from __future__ import annotations

import os
import posixpath
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.core.editor_schemas import FOLDER as FOR_EDITORS
from llmops_cli.core.globs import is_glob, matches_path
from llmops_cli.core.project import MARKER
from llmops_cli.evals.affected.settings import FOR_ALL, SAME
from llmops_cli.evals.cases import SUFFIXES
from llmops_cli.evals.load import FOLDER as EVALSETS
from llmops_cli.prompts.load import FOLDER as PROMPTS
from llmops_cli.prompts.load import is_prompt_file
from llmops_cli.prompts.lock import PATH as LOCK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmops_cli.core.git import Repository
    from llmops_cli.evals.suite import Suite
    from llmops_cli.evals.workspace import Workspace

KEPT = {"baselines": "baseline", "cassettes": "recorded answers"}
"""Folders that have one folder for each suite."""
UNSEEN = "git ignores it, so it may have changed"
DOCUMENTS = ("*.md", "*.rst", "license*", ".gitignore", ".gitattributes", ".editorconfig")
"""Names, in lower case, of files that no suite depends on unless something names them."""


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """A file and the suites it reaches: id -> what it is to the suite. Not `placed`, it reaches all suites.

    `note` says why no suite depends on it, or why it cannot be placed. `changed` is false for a file that a
    suite reads and git does not see. `settings` says that it holds settings, and that every suite has others.
    """

    path: str
    suites: Mapping[str, str]
    note: str = ""
    placed: bool = True
    changed: bool = True
    settings: bool = False

    @property
    def reaches_all(self) -> bool:
        """Whether every suite runs because of it, whatever it reads."""
        return not self.placed or self.settings

    @property
    def why(self) -> str:
        """Why it reaches these suites, or none, or all."""
        return self.note or "; ".join(dict.fromkeys(self.suites.values()))


class Placing:
    """Knows which suites read which files.

    `locked` are prompts whose entries in the lock changed, `settings` for each file of settings the suites
    that have others, and why; without them every suite has.
    """

    def __init__(
        self,
        workspace: Workspace,
        locked: frozenset[str] = frozenset(),
        settings: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.root = workspace.project.root
        self.tree = workspace.project.tree
        self.ignored = workspace.project.ignored
        self.suites = workspace.suites
        self.locked = locked
        every = {path: dict.fromkeys(self.suites, why) for path, why in FOR_ALL.items()}
        self.settings = every if settings is None else settings
        self.reads: dict[str, dict[str, str]] = defaultdict(dict)
        self.scorer_folders: set[str] = set()
        self.globs = [
            (pattern, suite.id, why)
            for suite in workspace.suites.values()
            for why, patterns in (("cases", suite.case_paths), ("scorer", suite.scorer_paths))
            for pattern in patterns
            if is_glob(pattern)
        ]
        for suite in workspace.suites.values():
            for path, why in _read_by(suite):
                for name in {path, self._real(path)}:
                    self.reads[name].setdefault(suite.id, why)
                    if path in suite.scorer_paths and path.endswith(".py") and self.tree.has(path):
                        self.scorer_folders.add(posixpath.dirname(name))

    def reaches(self, path: str) -> bool:
        """Whether some suite says that it reads a file; one beside the project matters to no other."""
        return bool(dict(self._reached(path)))

    def place(self, path: str) -> PlacedFile:
        """Where a changed file belongs. It need not be there any more."""
        if path in FOR_ALL:
            readers = self.settings[path]
            note = "" if readers else SAME
            return PlacedFile(
                path, readers, note, settings=bool(readers) and readers.keys() == self.suites.keys()
            )
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
        visible = repository.tracked(path for path in self.reads if path.startswith("../")) | changed
        for path, readers in sorted(self.reads.items()):
            if path not in visible and self._real(path) not in visible and self.tree.has(path):
                yield PlacedFile(path, dict.fromkeys(readers, UNSEEN), changed=False)

    def _reached(self, path: str) -> Iterator[tuple[str, str]]:
        """Each suite that a file reaches, and why."""
        exact = self.reads.get(path, {})
        by_glob = {suite: why for pattern, suite, why in self.globs if matches_path(path, pattern)}
        folder, _, rest = path.partition("/")
        owner = rest.partition("/")[0] if folder in KEPT and "/" in rest else ""
        gone = path.startswith(f"{PROMPTS}/") and not os.path.lexists(self.root / path)
        for suite in self.suites.values():
            if suite.id in exact:
                yield suite.id, exact[suite.id]
            elif suite.id in by_glob:
                yield suite.id, by_glob[suite.id]
            elif owner and owner in suite.ids:
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
