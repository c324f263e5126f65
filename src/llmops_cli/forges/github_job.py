"""A job of GitHub Actions: its variables, and the file with the event that started it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.core.environment import GitHub
from llmops_cli.core.errors import InputError
from llmops_cli.forges.job import Job
from llmops_cli.forges.target import Head

if TYPE_CHECKING:
    from collections.abc import Mapping

API_URL = "https://api.github.com"
_FROM_WHERE = (
    "in a workflow: `env: {GITHUB_TOKEN: ${{ github.token }}}` and `permissions: {pull-requests: write}`"
)
_NEXT_STEP = "run it in a workflow `on: pull_request`"
_EVENT_HINT = f"{GitHub.EVENT_PATH} names it; name the pull request with --number to do without"


def read_job(environ: Mapping[str, str], number: int | None) -> Job:
    """What the environment says; where the user says the number, the event is not looked at.

    Raises InputError when the event's file is not what GitHub writes.
    """
    repository = environ.get(GitHub.REPOSITORY, "")
    server, run = environ.get(GitHub.SERVER_URL, ""), environ.get(GitHub.RUN_ID, "")
    job = Job(
        environ.get(GitHub.API_URL) or API_URL,
        GitHub.TOKENS,
        _FROM_WHERE,
        _NEXT_STEP,
        repository,
        number,
        url=f"{server}/{repository}/actions/runs/{run}" if server and run else "",
    )
    if number is not None:
        return job
    path = environ.get(GitHub.EVENT_PATH, "")
    event = _event(path) if path else {}
    if "workflow_run" in event:
        return _after_another(job, event["workflow_run"])
    name = environ.get(GitHub.EVENT_NAME, "")
    number = _number(event, environ.get(GitHub.REF, ""))
    why = f"a run for the event `{name}` is about no pull request" if name else "no pull request is known"
    return replace(job, number=number, fork=_fork(event, repository), why_none="" if number else why)


def _event(path: str) -> dict[str, Any]:
    try:
        event = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise InputError(f"the event's file {path} cannot be read: {error.strerror}", _EVENT_HINT) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"the event's file {path} is not JSON: {error}", _EVENT_HINT) from None
    if not isinstance(event, dict):
        raise InputError(f"the event's file {path} holds no event", _EVENT_HINT)
    return event


def _number(event: dict[str, Any], ref: str) -> int | None:
    """The number that the event says, of a pull request or of a comment in one; else that of the ref."""
    issue = event.get("issue")
    if isinstance(issue, dict) and not issue.get("pull_request"):
        return None
    for subject in (event.get("pull_request"), issue):
        if isinstance(subject, dict):
            number = subject.get("number")
            if not isinstance(number, int) or isinstance(number, bool) or number < 1:
                raise InputError(f"the event's file says that the pull request is {number!r}", _EVENT_HINT)
            return number
    match = re.fullmatch(r"refs/pull/([1-9]\d{0,9})/\w+", ref, re.ASCII)
    return int(match[1]) if match else None


def _fork(event: dict[str, Any], repository: str) -> str:
    source = _at(event, "pull_request", "head", "repo", "full_name")
    return source if isinstance(source, str) and source.lower() != repository.lower() else ""


def _after_another(job: Job, run: Any) -> Job:
    """A workflow that runs after one for a pull request, with a token that can write.

    Such a run names no pull request of a fork: it is looked up by its head.
    """
    started_by = _at(run, "event")
    if started_by not in ("pull_request", "pull_request_target"):
        return replace(job, why_none=f"the workflow before ran for the event `{started_by}`, no pull request")
    owner, branch = _at(run, "head_repository", "owner", "login"), _at(run, "head_branch")
    commit, page = _at(run, "head_sha"), _at(run, "html_url")
    if not all(isinstance(value, str) and value for value in (owner, branch, commit)):
        return replace(job, why_none="the event does not say whose branch the workflow before was about")
    named = run.get("pull_requests")
    numbers = [_at(entry, "number") for entry in (named if isinstance(named, list) else [])]
    head = Head(owner, branch, commit, tuple(number for number in numbers if isinstance(number, int)))
    source = str(_at(run, "head_repository", "full_name") or owner)
    fork = source if source.lower() != job.repository.lower() else ""
    return replace(job, head=head, fork=fork, url=str(page or job.url))


def _at(data: Any, *keys: str) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data
