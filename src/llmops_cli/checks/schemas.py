"""The project's copies of the schemas are those of this llmops."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.core.editor_schemas import path_of, renew, stale_copies
from llmops_cli.core.environment import in_ci
from llmops_cli.core.errors import InputError
from llmops_cli.core.problem import Problem
from llmops_cli.core.project import MARKER
from llmops_cli.core.schema import NAMES
from llmops_cli.evals.load import FOLDER as EVALSETS
from llmops_cli.prompts.load import FOLDER as PROMPTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.project import Project
    from llmops_cli.core.tree import Tree
    from llmops_cli.evals.workspace import Workspace

_LINE = re.compile(r"^# yaml-language-server: \$schema=(\S+)", re.MULTILINE)


def find(workspace: Workspace) -> Iterator[Problem]:
    """A warning for each copy that is another llmops's, or that files point to and is not there."""
    for kind in stale_copies(workspace.project.tree):
        yield Problem(
            path_of(kind),
            0,
            0,
            "editors check with the schema of another llmops",
            "run `llmops check` where it may write, and commit the file",
            "schemas",
            "warning",
        )

    for pointer in _dangling(workspace.project.tree):
        is_ours = pointer.target in map(path_of, NAMES)
        yield Problem(
            pointer.path,
            pointer.line,
            1,
            f"editors look for the schema {pointer.target}, and it is not there",
            "run `llmops check` where it may write, and commit the file"
            if is_ours
            else f"mend the line, or `llmops schema NAME > {pointer.target}`",
            "schemas",
            "warning",
        )


def renew_schemas(project: Project) -> list[str]:
    """Bring the project's copies up to date; the paths that changed. In CI, where nobody commits, none."""
    if in_ci():
        return []
    gone = {pointer.target for pointer in _dangling(project.tree)}
    missing = [kind for kind in NAMES if path_of(kind) in gone]
    return renew(project.root, [*stale_copies(project.tree), *missing])


@dataclass(frozen=True, slots=True)
class _Pointer:
    """A line of a file that names the schema an editor checks it with; `target` is a path of the project."""

    path: str
    line: int
    target: str


def _dangling(tree: Tree) -> list[_Pointer]:
    """The first line that points to each schema that is not there. Addresses are not looked at."""
    dangling: dict[str, _Pointer] = {}
    for path in [MARKER, *tree.listing(PROMPTS)[0], *tree.listing(EVALSETS)[0]]:
        if not path.endswith((".yaml", ".yml")):
            continue
        try:
            text = tree.read(path)
            match = _LINE.search(text)
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), match[1])) if match else ""
            if match is None or "://" in match[1] or target.startswith(("/", "../")) or tree.has(target):
                continue
        except InputError:
            continue  # what cannot be read is told by who reads it
        dangling.setdefault(target, _Pointer(path, text.count("\n", 0, match.start()) + 1, target))
    return list(dangling.values())
