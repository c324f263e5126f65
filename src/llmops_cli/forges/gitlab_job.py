"""A job of GitLab CI: its variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.environment import GitLab
from llmops_cli.core.errors import InputError
from llmops_cli.forges.job import Job

if TYPE_CHECKING:
    from collections.abc import Mapping

API_URL = "https://gitlab.com/api/v4"
_NEXT_STEP = "run it in a merge request pipeline (rules: if: $CI_PIPELINE_SOURCE == 'merge_request_event')"
_FROM_WHERE = (
    "make a project access token with the scope `api` and the role Reporter, and keep it as the masked "
    "variable GITLAB_TOKEN"
)


def read_job(environ: Mapping[str, str], number: int | None) -> Job:
    """What the environment says; the user may say the number.

    Raises InputError when the variable of the number holds none.
    """
    text = environ.get(GitLab.NUMBER, "") if number is None else str(number)
    if text and not (text.isascii() and text.isdigit() and int(text[:10])):
        raise InputError(f"{GitLab.NUMBER} is not a number: {text!r}", "name it with --number")
    # A pipeline for a fork runs in the fork; the merge request is in the project that it goes to.
    here, source = environ.get(GitLab.PROJECT, ""), environ.get(GitLab.SOURCE, "")
    project = environ.get(GitLab.TARGET) or here
    fork = environ.get(GitLab.SOURCE_PATH) or source
    fork = fork if source and source != project else ""
    return Job(
        environ.get(GitLab.API_URL) or API_URL,
        GitLab.TOKENS,
        _token_hint(environ, fork),
        _NEXT_STEP,
        project,
        number=int(text) if text else None,
        fork=fork,
        url=environ.get(GitLab.JOB_URL, ""),
        why_none="" if text else "this pipeline is about no merge request",
    )


def _token_hint(environ: Mapping[str, str], fork: str) -> str:
    hint = _FROM_WHERE
    if environ.get(GitLab.JOB_TOKEN):
        hint = f"a job's own token ({GitLab.JOB_TOKEN}) cannot write notes: {hint}"
    if fork:
        hint += (
            f"; a pipeline of the fork {fork} does not get it, the report is in the job's log and artifacts"
        )
    return hint
