"""What a change is compared with where nobody names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.environment import named_bases
from llmops_cli.core.errors import InputError

if TYPE_CHECKING:
    from llmops_cli.core.git import Repository

_MAIN = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


def base_reference(repository: Repository) -> str:
    """The ref that a change is compared with where nobody names one: what CI says, else the main branch.

    Raises InputError where git does not know what CI names, or there is no main branch.
    """
    for variable, references in named_bases():
        for reference in references:
            if repository.knows(reference):
                return reference
        raise InputError(
            f"git knows no commit `{references[0]}`, the base of the change by {variable}",
            "check out the whole history (GitHub: fetch-depth: 0, GitLab: GIT_DEPTH: 0), or name another "
            "commit with --base",
        )
    for reference in _MAIN:
        if repository.knows(reference):
            return reference
    raise InputError(
        "nothing says what the change is compared with: git knows none of " + ", ".join(_MAIN),
        "name it with --base; in CI, check out the whole history (fetch-depth: 0)",
    )
