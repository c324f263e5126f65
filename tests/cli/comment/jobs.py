"""Jobs that `llmops comment` runs in, and what it leaves in a pull request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.cli.projects import Said, llmops, write
from tests.servers.forge import ADA, BOT, GITLAB_BOT, NUMBER, REPOSITORY, ForgeServer

if TYPE_CHECKING:
    import pytest

TOP = "<!-- llmops:comment . -->"
REPORT = (
    "## PASSED: nothing that the gate forbids\n\n| metric | now |\n| :--- | ---: |\n| pass_rate | 90% |\n"
)


SHA = "0123456789abcdef0123456789abcdef01234567"
TOKENS = (BOT, ADA, GITLAB_BOT)


def github_job(
    forge: ForgeServer, root: Path, monkeypatch: pytest.MonkeyPatch, event: Any = None, token: str = BOT
) -> None:
    """The environment of a job of GitHub Actions for a pull request."""
    if event is None:
        repository = {"full_name": REPOSITORY}
        event = {"pull_request": {"number": NUMBER, "head": {"repo": repository}}, "repository": repository}
    write(root.parent / "event.json", event if isinstance(event, str) else json.dumps(event))
    for name, value in {
        "GITHUB_API_URL": forge.github_url,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_EVENT_PATH": str(root.parent / "event.json"),
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_TOKEN": token,
    }.items():
        monkeypatch.setenv(name, value)


def gitlab_job(forge: ForgeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a job of a merge request pipeline."""
    for name, value in {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": forge.gitlab_url,
        "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": str(NUMBER),
        "CI_JOB_TOKEN": "glcbt-a-job-token",
        "GITLAB_TOKEN": GITLAB_BOT,
    }.items():
        monkeypatch.setenv(name, value)


def commented(root: Path, *arguments: str) -> Said:
    """`llmops comment report.md`; no output may show a token."""
    found = llmops(root, "comment", str(root / "report.md"), *arguments)
    assert not any(token in found.both for token in TOKENS)
    return found


def page(forge: ForgeServer, number: int) -> str:
    return f"{forge.base_url}/acme/app/pull/7#issuecomment-{number}"


def long_report(parts: int) -> str:
    return "## REGRESSED\n\n" + "\n\n".join(f"<details>\n\n{'é' * 1000}\n\n</details>" for _ in range(parts))


def run_event(**changes: Any) -> dict[str, Any]:
    """A `workflow_run` event of a fork's pull request: it names no pull request."""
    run = {
        "event": "pull_request",
        "head_branch": "better",
        "head_sha": SHA,
        "head_repository": {"full_name": "bob/app", "owner": {"login": "Bob"}},
        "html_url": "https://github.example/acme/app/actions/runs/1",
        "pull_requests": [],
    }
    return {"action": "completed", "workflow_run": {**run, **changes}}


def pull(number: int = NUMBER, sha: str = SHA, branch: str = "better", owner: str = "bob") -> dict[str, Any]:
    return {"number": number, "head": {"sha": sha, "ref": branch, "user": {"login": owner}, "repo": None}}


FORK = (
    "GitHub gives a run for a pull request from a fork a token that can only read. The report is in the "
    "job's summary and artifacts; docs/ci.md has the second workflow that posts it\n"
)
