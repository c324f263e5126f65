"""A forge that refuses, or answers what cannot be read: said once, with the next step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.comment.jobs import FORK, TOP, commented, github_job
from tests.servers.forge import BOT, GITLAB_BOT, Account, ForgeServer


def test_the_token_of_a_fork_can_only_read(
    root: Path, forge: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = {"pull_request": {"number": 7, "head": {"repo": {"full_name": "bob/app"}}}}
    github_job(forge, root, monkeypatch, event)
    forge.accounts[BOT] = Account(41898282, "github-actions[bot]", app=True, read_only=True)
    forge.write(f"{TOP}\nold")
    found = commented(root)
    assert (found.code, found.out) == (3, "")
    assert found.err == (
        f"GitHub: 403: Resource not accessible by integration\n    the change comes from bob/app. {FORK}"
    )


def test_a_token_that_can_only_read(root: Path, on_github: ForgeServer) -> None:
    on_github.accounts[BOT] = Account(41898282, "github-actions[bot]", app=True, read_only=True)
    found = commented(root)
    assert (found.code, found.out) == (3, "")
    assert found.err == (
        "GitHub: 403: Resource not accessible by integration\n"
        "    give the job `permissions: {pull-requests: write}`, or a token of your own that right. " + FORK
    )


def test_a_locked_conversation(root: Path, on_github: ForgeServer) -> None:
    on_github.locked = True
    found = commented(root)
    assert (found.code, found.err) == (
        3,
        (
            "GitHub: 403: Unable to create comment because issue is locked.\n"
            "    the conversation is locked; unlock it to have comments\n"
        ),
    )


def test_a_token_that_is_not_accepted(
    root: Path, on_github: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "ghp_loopbackexpiredtoken000001"
    monkeypatch.setenv("GH_TOKEN", token)
    on_github.misbehave("list", 401, body={"message": f"Bad credentials: {token}"})
    found = commented(root)
    assert (found.code, found.err) == (
        3,
        (
            "GitHub: 401: Bad credentials: [redacted]\n"
            f"    the token in GH_TOKEN was not accepted; is it one of {on_github.github_url}?\n"
        ),
    )


def test_no_such_pull_request(root: Path, on_github: ForgeServer) -> None:
    found = commented(root, "--number", "8")
    assert (found.code, found.err) == (
        3,
        (
            "GitHub: 404: Not Found\n"
            "    is there a pull request 8 in acme/app, and may the token in GITHUB_TOKEN see it?\n"
        ),
    )


def test_gitlab_refuses(root: Path, on_gitlab: ForgeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert commented(root, "--number", "8").err == (
        "GitLab: 404: 404 Project Not Found\n"
        "    is there a merge request 8 in project 5, and may the token in GITLAB_TOKEN see it?\n"
    )
    on_gitlab.accounts[GITLAB_BOT] = Account(77, "project_5_bot", read_only=True)
    found = commented(root)
    assert (found.code, found.err) == (
        3,
        (
            "GitLab: 403: The request requires higher privileges than provided by the access token.\n"
            "    the token in GITLAB_TOKEN needs the scope `api` and the role Reporter or higher\n"
        ),
    )
    monkeypatch.setenv("GITLAB_TOKEN", "glpat-another-token-0001")
    assert (
        "GitLab: 401: 401 Unauthorized\n    the token in GITLAB_TOKEN was not accepted" in commented(root).err
    )


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_follows_no_redirect(status: int, root: Path, on_github: ForgeServer) -> None:
    with ForgeServer() as elsewhere:
        on_github.misbehave("list", status, headers={"location": f"{elsewhere.base_url}/x"}, times=None)
        found = commented(root)
        assert elsewhere.seen == []
    assert (found.code, found.err) == (
        3,
        (
            f"GitHub: {status}: the address redirects to {elsewhere.base_url}; it is not followed, "
            "the token would go along\n"
            "    write the final address (--api-url), or the repository's name as it is now (--repository)\n"
        ),
    )


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("html", "the answer is not JSON; it begins: '<!DOCTYPE html><title>Sign in</title>'"),
        ("cut", 'the answer is not JSON; it begins: \'[{"id": 1, "bo\''),
    ],
)
def test_an_answer_that_cannot_be_read(fault: Any, said: str, root: Path, on_github: ForgeServer) -> None:
    on_github.misbehave("list", fault=fault)
    found = commented(root)
    assert (found.code, found.err) == (
        3,
        f"GitHub: {said}\n    is {on_github.github_url} right, and does it speak GitHub's API? (--api-url)\n",
    )


@pytest.mark.parametrize("body", [{"hello": "world"}, "text", 3, None])
def test_an_answer_of_another_shape(body: Any, root: Path, on_github: ForgeServer) -> None:
    on_github.misbehave("list", 200, body={"x": 1} if body is None else body)
    assert commented(root).code == 3
    on_github.misbehave("create", 201, body=[body])
    found = commented(root)
    assert (found.code, "the answer has no `id`" in found.err) == (3, True)
