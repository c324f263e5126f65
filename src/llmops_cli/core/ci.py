"""What the CI system around a command says of the change that is judged."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError

if TYPE_CHECKING:
    from llmops_cli.core.git import Repository

_SAYS_CI = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL")
_NAMES_BASE = {
    "GITHUB_BASE_REF": ("origin/{}", "{}"),
    "CI_MERGE_REQUEST_DIFF_BASE_SHA": ("{}",),
    "CHANGE_TARGET": ("origin/{}", "{}"),
}
"""Variables of GitHub, GitLab and Jenkins that name what a change goes to -> how git may know it here."""
_MAIN = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


def in_ci() -> bool:
    """Whether a CI system runs this."""
    return any(os.environ.get(name, "").lower() not in ("", "0", "false") for name in _SAYS_CI)


def base_reference(repository: Repository) -> str:
    """The ref that a change is compared with where nobody names one: what CI says, else the main branch.

    Raises InputError where git does not know what CI names, or there is no main branch.
    """
    for variable, forms in _NAMES_BASE.items():
        named = os.environ.get(variable, "").strip()
        if not named:
            continue
        for form in forms:
            if repository.knows(form.format(named)):
                return form.format(named)
        raise InputError(
            f"git knows no commit `{forms[0].format(named)}`, the base of the change by {variable}",
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
