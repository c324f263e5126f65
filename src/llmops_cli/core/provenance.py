"""What a run was made with: commit, versions, machine; and that no state came with the files."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

from llmops_cli import __version__
from llmops_cli.core.environment import head_of_change, in_ci
from llmops_cli.core.errors import InputError
from llmops_cli.core.head import head_state
from llmops_cli.core.problem import Problem
from llmops_cli.core.project import KEPT
from llmops_cli.core.tree import STATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.core.head import HeadState
    from llmops_cli.core.project import Project

NAMED = 5
"""Tracked files of the state that are named one by one."""


def provenance(project: Project) -> dict[str, Any]:
    """Where results come from: commit and dirty flag (None outside git), versions, system, CI or not.

    `head` is the commit of the change, where CI judges a merge of it that only CI has.

    Raises InputError as `require_own_state` does: answers of others would come with the files.
    """
    state = require_own_state(project)
    return {
        "llmops": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "commit": state.commit,
        "head": head_of_change(state.commit or "", state.parents),
        "dirty": state.dirty,
        "ci": in_ci(),
    }


def require_own_state(project: Project) -> HeadState:
    """HEAD as git has it.

    Raises InputError where git tracks the state that a run of the project uses, and where a link leads what
    llmops writes out of the repository.
    """
    for folder in KEPT:
        project.on_disk(folder)
    state = head_state(project.root, STATE)
    if state.tracked and project.state_root is None:
        raise InputError(problems=_tracked_problems(state.tracked))
    return state


def _tracked_problems(tracked: Sequence[str]) -> list[Problem]:
    folder = tracked[0].partition("/")[0]
    hint = f"`git rm -r --cached {folder}`, add `{STATE}/` to .gitignore, and commit"
    more = f" (and {len(tracked) - NAMED} more)" if len(tracked) > NAMED else ""
    whose = "answers and runs of another machine would be taken for this one's"
    return [
        Problem(path, 0, 0, f"git tracks local state{more}: {whose}", hint, "state")
        for path in tracked[:NAMED]
    ]
