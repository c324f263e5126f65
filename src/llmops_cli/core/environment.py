"""The variables around the process: the one place that reads them, and what they mean to llmops.

A name that is read here stands in one of the lists below, so that `is_read` knows it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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

CACHE_FOLDER = "LLMOPS_CACHE_DIR"
"""Where weights are kept."""
_SAYS_CI = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL")
_NO = ("", "0", "false")
_NAMES_BASE = {
    "GITHUB_BASE_REF": ("origin/{}", "{}"),
    "CI_MERGE_REQUEST_DIFF_BASE_SHA": ("{}",),
    "CHANGE_TARGET": ("origin/{}", "{}"),
}
"""Variables of GitHub, GitLab and Jenkins that name what a change goes to -> how git may know it here."""


def variables() -> dict[str, str]:
    """Every variable as it is now: llmops.yaml may name any of them as that of a key."""
    return dict(os.environ)


def is_read(name: str) -> bool:
    """Whether a variable of this name may change what llmops does; tests run without them."""
    return (
        name.startswith((*JOB, *GIT, *OWN))
        or name.upper().endswith((*PROVIDERS, *PROXIES))
        or name in TERMINAL
    )


def in_ci() -> bool:
    """Whether a CI system runs this: `CI` or a system's own variable says something else than no."""
    return any(os.environ.get(name, "").lower() not in _NO for name in _SAYS_CI)


def in_github_actions() -> bool:
    """Whether a job of GitHub Actions reads what is printed."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def job_summary() -> str:
    """The file that a job of GitHub Actions shows as its summary; "" where there is none."""
    return os.environ.get("GITHUB_STEP_SUMMARY", "")


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
