"""Which pull request a job is about, and what is said where it is about none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.comment.jobs import commented, github_job, long_report, page, pull, run_event
from tests.cli.projects import write
from tests.servers.forge import ADA, BOT, ForgeServer


def test_after_the_run_of_a_fork(root: Path, forge: ForgeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    github_job(forge, root, monkeypatch, run_event())
    forge.pulls = [pull(3, owner="eve"), pull(4, branch="other"), pull()]
    write(root / "report.md", long_report(100))
    assert commented(root).out == f"created {page(forge, 1001)}\n"
    assert "[this job](https://github.example/acme/app/actions/runs/1)" in forge.bodies[0]
    (asked,) = (seen.query for seen in forge.seen if seen.route == "pulls")
    assert (asked["state"], asked["head"]) == (["open"], ["Bob:better"])


def test_a_pull_request_that_moved_on_is_left_alone(
    root: Path, forge: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    github_job(forge, root, monkeypatch, run_event())
    gone = commented(root)
    assert (gone.code, gone.err) == (0, "")
    assert gone.out == "skipped: no open pull request has Bob:better as its head any more\n"
    forge.pulls = [pull(sha="f" * 40)]
    moved = commented(root)
    assert (moved.code, moved.err) == (0, "")
    assert moved.out == (
        "skipped: pull request 7 is at ffffffffff now and the report is about 0123456789; the run for the "
        "newer commit comments\n"
    )
    assert forge.bodies == []
    assert commented(root, "--format", "json").data["action"] == "skipped"


def test_one_head_of_several_pull_requests(
    root: Path, forge: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    github_job(forge, root, monkeypatch, run_event())
    forge.pulls = [pull(8), pull()]
    found = commented(root)
    assert (found.code, found.err) == (
        2,
        (
            "Bob:better is the head of several pull requests: 7, 8\n"
            "    name the one to comment in with --number\n"
        ),
    )
    github_job(forge, root, monkeypatch, run_event(pull_requests=[{"number": 7}, {"number": 99}]))
    assert commented(root).out.startswith("created ")
    github_job(forge, root, monkeypatch, run_event())
    assert commented(root, "--number", "7").code == 0
    assert len(forge.bodies) == 1


def test_a_comment_in_a_pull_request_and_a_ref(
    root: Path, forge: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    github_job(forge, root, monkeypatch, {"issue": {"number": 7, "pull_request": {"url": "…"}}})
    assert commented(root).out.startswith("created ")
    github_job(forge, root, monkeypatch, {})
    monkeypatch.setenv("GITHUB_REF", "refs/pull/7/merge")
    assert commented(root).out.startswith("unchanged ")


NOT_ONE = ", or name it: --on github --repository OWNER/NAME --number N\n"


EVENTS: dict[str, tuple[Any, str]] = {
    "push": (
        {"ref": "refs/heads/main"},
        (
            "a run for the event `pull_request` is about no pull request\n"
            f"    run it in a workflow `on: pull_request`{NOT_ONE}"
        ),
    ),
    "issue": (
        {"issue": {"number": 7}},
        (
            "a run for the event `pull_request` is about no pull request\n"
            f"    run it in a workflow `on: pull_request`{NOT_ONE}"
        ),
    ),
    "run after a push": (
        run_event(event="push"),
        (
            "the workflow before ran for the event `push`, no pull request\n"
            f"    run it in a workflow `on: pull_request`{NOT_ONE}"
        ),
    ),
    "run of a fork that is gone": (
        run_event(head_repository=None),
        (
            "the event does not say whose branch the workflow before was about\n"
            f"    run it in a workflow `on: pull_request`{NOT_ONE}"
        ),
    ),
    "no JSON": ("{", "the event's file PATH is not JSON: "),
    "deep": ("[" * 100_000, "the event's file PATH is not JSON: "),
    "list": ("[]", "the event's file PATH holds no event\n    GITHUB_EVENT_PATH names it; "),
    "text": (
        {"pull_request": {"number": "7; rm -rf /"}},
        "the event's file says that the pull request is '7; rm -rf /'\n    GITHUB_EVENT_PATH names it; ",
    ),
    "negative": ({"pull_request": {"number": -7}}, "the event's file says that the pull request is -7\n"),
    "true": ({"pull_request": {"number": True}}, "the event's file says that the pull request is True\n"),
}


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_that_names_no_pull_request(
    event: str, root: Path, forge: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, wanted = EVENTS[event]
    github_job(forge, root, monkeypatch, data)
    found = commented(root)
    assert (found.code, found.out) == (2, "")
    assert found.err.replace(str(root.parent / "event.json"), "PATH").startswith(wanted)
    assert forge.seen == []
    assert commented(root, "--number", "7").out.startswith("created ")


def test_another_repository_needs_its_number(root: Path, on_github: ForgeServer) -> None:
    found = commented(root, "--repository", "acme/other")
    assert found.code == 2
    assert "--number N" in found.err
    assert on_github.seen == []


def test_gitlab_of_a_fork_comments_where_the_merge_request_is(
    root: Path, on_gitlab: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI_PROJECT_ID", "66")
    monkeypatch.setenv("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "66")
    monkeypatch.setenv("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "bob/app")
    assert commented(root).out.startswith("created ")
    monkeypatch.delenv("GITLAB_TOKEN")
    found = commented(root)
    assert found.code == 2
    assert found.err == (
        "no token: GITLAB_TOKEN is empty\n"
        "    a job's own token (CI_JOB_TOKEN) cannot write notes: make a project access token with the scope "
        "`api` and the role Reporter, and keep it as the masked variable GITLAB_TOKEN; a pipeline of the "
        "fork bob/app does not get it, the report is in the job's log and artifacts\n"
    )


WRONG: dict[str, tuple[tuple[str, ...], dict[str, str], str]] = {
    "no token": (
        (),
        {"GITHUB_TOKEN": ""},
        (
            "no token: GH_TOKEN and GITHUB_TOKEN are empty\n"
            "    in a workflow: `env: {GITHUB_TOKEN: ${{ github.token }}}` "
            "and `permissions: {pull-requests: write}`\n"
        ),
    ),
    "a token with a line end inside": (
        (),
        {"GITHUB_TOKEN": f"{BOT[:9]}\r\nx-evil: {BOT[9:]}"},
        "GITHUB_TOKEN holds what no token is: white space or letters beyond ASCII\n",
    ),
    "an unknown forge": (
        ("--on", "gitub"),
        {},
        "--on gitub: no such forge\n    did you mean `github`?\n",
    ),
    "an empty marker": (
        ("--marker", " "),
        {},
        "--marker is empty\n    name the project, as in --marker apps/bot\n",
    ),
    "an endless marker": (
        ("--marker", "é" * 100),
        {},
        "--marker is longer than a line of 400 characters can hold\n    shorten it\n",
    ),
    "an address that is none": (
        ("--api-url", "ftp://x"),
        {},
        (
            "the address of the API is not one\n"
            "    it looks like https://api.github.com, https://HOST/api/v3 or https://HOST/api/v4\n"
        ),
    ),
    "an address with a password": (
        ("--api-url", f"https://ada:{ADA}@github.example"),
        {},
        "the address of the API has a user name in it\n    the token's variable is the place\n",
    ),
    "a repository that is none": (
        ("--repository", "acme/app/issues/1?x", "--number", "7"),
        {},
        "`acme/app/issues/1?x` is not the name of a repository\n    --repository takes OWNER/NAME\n",
    ),
    "a repository that leads elsewhere": (
        ("--repository", "acme/..", "--number", "7"),
        {},
        "`acme/..` is not the name of a repository\n    --repository takes OWNER/NAME\n",
    ),
    "no job of GitLab": (
        (),
        {"GITHUB_REPOSITORY": "", "GITLAB_CI": "false", "CI_MERGE_REQUEST_IID": "7"},
        (
            "this is neither a job of GitHub Actions nor one of GitLab CI\n"
            "    name the pull request: --on github --repository OWNER/NAME --number N\n"
        ),
    ),
    "no job": (
        (),
        {"GITHUB_REPOSITORY": ""},
        (
            "this is neither a job of GitHub Actions nor one of GitLab CI\n"
            "    name the pull request: --on github --repository OWNER/NAME --number N\n"
        ),
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_arguments(
    wrong: str, root: Path, on_github: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments, environ, err = WRONG[wrong]
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    found = commented(root, *arguments)
    assert (found.code, found.out, found.err) == (2, "", err)
    assert on_github.seen == []


def test_a_pipeline_without_a_merge_request(
    root: Path, on_gitlab: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI_MERGE_REQUEST_IID")
    assert commented(root).err == (
        "this pipeline is about no merge request\n"
        "    run it in a merge request pipeline (rules: if: $CI_PIPELINE_SOURCE == 'merge_request_event'), "
        "or name it: --on gitlab --repository GROUP/NAME --number N\n"
    )
    monkeypatch.setenv("CI_MERGE_REQUEST_IID", "7/../8")
    assert (
        commented(root).err == "CI_MERGE_REQUEST_IID is not a number: '7/../8'\n    name it with --number\n"
    )


@pytest.mark.parametrize(
    ("data", "err"),
    [
        (None, "FILE: no such file\n    llmops eval -o report.md writes one\n"),
        (b" \n\n", "FILE is empty: there is nothing to post\n    llmops eval -o report.md writes one\n"),
        (b"a\xffb", "FILE:1:2: not UTF-8 text: 0xff 0x62\n    save the file as UTF-8\n"),
        (b"a\0b", "FILE:1: a NUL character: this is not a text file\n"),
    ],
    ids=["missing", "empty", "bytes", "NUL"],
)
def test_a_file_that_is_no_report(data: bytes | None, err: str, root: Path, on_github: ForgeServer) -> None:
    (root / "report.md").unlink()
    if data is not None:
        write(root / "report.md", data)
    found = commented(root)
    assert found.code == 2
    assert found.err.replace(str(root / "report.md"), "FILE").startswith(err)
    assert on_github.seen == []
