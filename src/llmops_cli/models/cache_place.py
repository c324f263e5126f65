"""Where the answer cache lies: where no change can bring answers of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from llmops_cli.core.environment import ANSWERS_FOLDER, answers_folder
from llmops_cli.core.errors import InputError
from llmops_cli.core.tree import STATE, repository_top

if TYPE_CHECKING:
    from llmops_cli.core.project import Project

NAME = "answers.sqlite"


def cache_path(project: Project) -> Path:
    """Where the project's answer cache lies: in its state, or in the folder that `LLMOPS_ANSWERS_DIR` names.

    Raises InputError where a link leads it out of the repository, and for a folder of the repository: a
    change could bring answers of its own there.
    """
    named = answers_folder()
    if not named:
        return project.state_path(NAME)
    folder, state = Path(named).resolve(), project.state
    if folder.is_relative_to(state):
        return project.state_path((folder / NAME).relative_to(state).as_posix())
    if folder.is_relative_to(repository_top(project.root) or project.root):
        raise InputError(
            f"{ANSWERS_FOLDER}: `{named}` lies in the repository, where a change could bring its own answers",
            f"name a folder outside of it, or one below {STATE}/",
        )
    return folder / NAME
