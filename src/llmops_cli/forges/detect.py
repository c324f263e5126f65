"""Which pull request a job is about: what the user says, and for the rest what the environment says."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from llmops_cli.core.environment import GitHub, GitLab, says_yes
from llmops_cli.core.errors import InputError
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.forges import FORGES, github_job, gitlab_job
from llmops_cli.forges.target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.forges.job import Job

_JOBS = {"github": github_job, "gitlab": gitlab_job}
_REPOSITORIES = {
    "github": r"(?!\.+/)[A-Za-z0-9_.-]+/(?!\.+$)[A-Za-z0-9_.-]+",
    "gitlab": r"\d+|[\w.-]+(?:/[\w.-]+)+",
}
_WANTED = {"github": "OWNER/NAME", "gitlab": "the project's id or its path, GROUP/NAME"}
_BY_HAND = {
    "github": "or name it: --on github --repository OWNER/NAME --number N",
    "gitlab": "or name it: --on gitlab --repository GROUP/NAME --number N",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user says of the pull request; what is empty is taken from the environment."""

    on: str = ""
    repository: str = ""
    number: int | None = None
    api_url: str = ""


def find_target(wanted: Wanted, environ: Mapping[str, str]) -> Target:
    """The pull request. Raises InputError where it, or a token, is not known."""
    forge = wanted.on or _forge_of(environ)
    if forge not in FORGES:
        raise InputError(f"--on {forge}: no such forge", did_you_mean(forge, FORGES, noun="forges"))
    job = _JOBS[forge].read_job(environ, wanted.number)
    if wanted.repository and wanted.repository != job.repository:
        # The job's own number counts for its own repository only.
        job = replace(job, repository=wanted.repository, number=wanted.number, head=None, fork="")
    api_url = _address(wanted.api_url or job.api_url)
    if not job.repository:
        raise InputError(
            "no repository is known: this is no job of a pull request",
            f"run it in one, {_BY_HAND[forge]}",
        )
    if not re.fullmatch(_REPOSITORIES[forge], job.repository):
        raise InputError(
            f"`{job.repository}` is not the name of a repository", f"--repository takes {_WANTED[forge]}"
        )
    if job.number is None and job.head is None:
        raise InputError(job.why_none or "no pull request is known", f"{job.next_step}, {_BY_HAND[forge]}")
    token, token_from = _token(job, environ)
    return Target(
        forge, api_url, job.repository, token, token_from, job.number, job.head, job.fork, _page(job.url)
    )


def _forge_of(environ: Mapping[str, str]) -> str:
    if says_yes(environ, GitLab.CI):
        return "gitlab"
    if environ.get(GitHub.REPOSITORY):
        return "github"
    raise InputError(
        "this is neither a job of GitHub Actions nor one of GitLab CI",
        "name the pull request: --on github --repository OWNER/NAME --number N",
    )


def _address(url: str) -> str:
    hint = "it looks like https://api.github.com, https://HOST/api/v3 or https://HOST/api/v4"
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
        parts = urlsplit("")
    if usable and "@" in parts.netloc:
        raise InputError("the address of the API has a user name in it", "the token's variable is the place")
    if (
        not usable
        or not url.isascii()
        or parts.query
        or parts.fragment
        or re.search(r"[\s\x00-\x1f\x7f]", url.strip())
    ):
        raise InputError("the address of the API is not one", hint)
    return url.strip().rstrip("/")


def _token(job: Job, environ: Mapping[str, str]) -> tuple[str, str]:
    for name in job.token_names:
        token = environ.get(name, "").strip()
        if token:
            if not re.fullmatch(r"[\x21-\x7e]+", token):
                raise InputError(f"{name} holds what no token is: white space or letters beyond ASCII")
            return token, name
    names = " and ".join(job.token_names)
    raise InputError(f"no token: {names} {'are' if ' ' in names else 'is'} empty", job.token_hint)


def _page(url: str) -> str:
    """The address of a page, if it is one that a Markdown link can hold."""
    return url if re.fullmatch(r"https?://[\w.:/~%+-]+", url) else ""
