"""The variables around the process: the one place that reads them, and what they mean to llmops.

A name that is read here stands in one of the lists below, so that `is_read` knows it.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

JOB = ("CI", "GITHUB_", "GH_", "GITLAB_", "JENKINS_", "CHANGE_", "BUILD_", "RUNNER_")
"""How names begin with which GitHub Actions, GitLab CI and Jenkins describe a job; it holds tokens, too."""
GIT = ("GIT_",)
"""How names begin that tell git where a repository is, who commits and when; git itself reads them."""
OWN = ("LLMOPS_",)
"""How names begin that are llmops' own."""
PROVIDERS = ("_API_KEY", "_APIKEY", "_BASE_URL", "_API_BASE", "_TOKEN")
"""How names end that hold a provider's key or address; llmops.yaml may name others."""
PROXIES = ("_PROXY",)
"""How names end, in capitals or not, that send requests through a proxy; libraries read them."""
TERMINAL = ("COLUMNS", "LINES", "TERM", "NO_COLOR", "FORCE_COLOR", "TERMINAL_WIDTH")
"""What decides how something is drawn; libraries read some of them."""

COMPLETION = (
    "_LLMOPS_COMPLETE",
    "_TYPER_COMPLETE_ARGS",
    "_TYPER_COMPLETE_FISH_ACTION",
    "COMP_WORDS",
    "COMP_CWORD",
)
"""By which a shell asks how a line may go on; the first says that it does."""

CACHE_FOLDER = "LLMOPS_CACHE_DIR"
"""Where weights are kept."""
ANSWERS_FOLDER = "LLMOPS_ANSWERS_DIR"
"""Where the answer cache is kept, in CI outside of the checkout."""
ARTIFACT = "LLMOPS_ARTIFACT"
"""The name by which a job keeps its run, for `llmops baseline accept --from`."""


class GitHub:
    """What a job of GitHub Actions is told."""

    ACTIONS = "GITHUB_ACTIONS"
    API_URL = "GITHUB_API_URL"
    BASE_REF = "GITHUB_BASE_REF"
    EVENT_NAME = "GITHUB_EVENT_NAME"
    EVENT_PATH = "GITHUB_EVENT_PATH"
    REF = "GITHUB_REF"
    REPOSITORY = "GITHUB_REPOSITORY"
    RUN_ID = "GITHUB_RUN_ID"
    SHA = "GITHUB_SHA"
    SERVER_URL = "GITHUB_SERVER_URL"
    STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
    TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")


class GitLab:
    """What a job of GitLab CI is told."""

    CI = "GITLAB_CI"
    API_URL = "CI_API_V4_URL"
    BASE_COMMIT = "CI_MERGE_REQUEST_DIFF_BASE_SHA"
    JOB_TOKEN = "CI_JOB_TOKEN"  # noqa: S105 - its name
    JOB_URL = "CI_JOB_URL"
    NUMBER = "CI_MERGE_REQUEST_IID"
    PROJECT = "CI_PROJECT_ID"
    HEAD = "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"
    SOURCE = "CI_MERGE_REQUEST_SOURCE_PROJECT_ID"
    SOURCE_PATH = "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH"
    TARGET = "CI_MERGE_REQUEST_PROJECT_ID"
    TOKENS = ("GITLAB_TOKEN",)


class Jenkins:
    """What a job of Jenkins is told."""

    BUILD_URL = "BUILD_URL"
    NUMBER = "CHANGE_ID"


_SAYS_CI = ("CI", GitHub.ACTIONS, GitLab.CI, "JENKINS_URL")
_NO = ("", "0", "false")
_NAMES_BASE = {
    GitHub.BASE_REF: ("origin/{}", "{}"),
    GitLab.BASE_COMMIT: ("{}",),
    "CHANGE_TARGET": ("origin/{}", "{}"),
}
"""Variables of GitHub, GitLab and Jenkins that name what a change goes to -> how git may know it here."""
_PULL_REQUEST = re.compile(r"refs/pull/\d+/merge", re.ASCII)


def variables() -> dict[str, str]:
    """Every variable as it is now: llmops.yaml may name any of them as that of a key."""
    return dict(os.environ)


def is_read(name: str) -> bool:
    """Whether a variable of this name may change what llmops does; tests run without them."""
    return (
        name.startswith((*JOB, *GIT, *OWN))
        or name.upper().endswith((*PROVIDERS, *PROXIES))
        or name in TERMINAL
        or name in COMPLETION
    )


def completion_asked() -> dict[str, str]:
    """What a shell wants completed, by the names of its variables; empty where none asks."""
    if not os.environ.get(COMPLETION[0]):
        return {}
    return {name: os.environ[name] for name in COMPLETION if name in os.environ}


def in_ci() -> bool:
    """Whether a CI system runs this: `CI` or a system's own variable says something else than no."""
    return any(says_yes(os.environ, name) for name in _SAYS_CI)


def says_yes(environ: Mapping[str, str], name: str) -> bool:
    """Whether a variable is set to something else than no."""
    return environ.get(name, "").lower() not in _NO


def head_of_change(commit: str, parents: Sequence[str]) -> str | None:
    """The commit of the change itself, where CI judges a merge of it that only CI has; None elsewhere.

    GitHub merges the change into the branch that it goes to, Jenkins that branch into the change; GitLab
    says which commit it is.
    """
    if len(parents) < 2:
        return None
    if head := os.environ.get(GitLab.HEAD):
        return head
    if os.environ.get(GitHub.SHA) == commit and _PULL_REQUEST.fullmatch(os.environ.get(GitHub.REF, "")):
        return parents[1]
    return parents[0] if os.environ.get(Jenkins.NUMBER) else None


def answers_folder() -> str:
    """The folder that is to hold the answer cache; "" for the project's own state."""
    return os.environ.get(ANSWERS_FOLDER, "")


def in_github_actions() -> bool:
    """Whether a job of GitHub Actions reads what is printed."""
    return says_yes(os.environ, GitHub.ACTIONS)


def job_summary() -> str:
    """The file that a job of GitHub Actions shows as its summary; "" where there is none."""
    return os.environ.get(GitHub.STEP_SUMMARY, "")


def named_bases() -> Iterator[tuple[str, tuple[str, ...]]]:
    """What CI says a change goes to: each variable that says it, and how git may know that commit here."""
    for name, forms in _NAMES_BASE.items():
        base = os.environ.get(name, "").strip()
        if base:
            yield name, tuple(form.format(base) for form in forms)


def has_columns() -> bool:
    """Whether the user says how wide to draw, whoever reads it."""
    return "COLUMNS" in os.environ


def wants_colour() -> bool:
    """Whether a terminal shall and can show colours."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def settle(name: str, value: str) -> None:
    """Set a variable that a library reads while it is imported, unless the user has."""
    os.environ.setdefault(name, value)
