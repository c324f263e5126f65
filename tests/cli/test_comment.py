"""`llmops comment`: one comment for each project, on GitHub, GitHub Enterprise and GitLab."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.forges.patience import LONGEST_S
from tests.cli.projects import Said, git, llmops, process, project, said, write
from tests.servers.forge import ADA, BOT, GITLAB_BOT, NUMBER, REPOSITORY, Account, ForgeServer, in_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = "<!-- llmops:comment . -->"
REPORT = (
    "## PASSED: nothing that the gate forbids\n\n| metric | now |\n| :--- | ---: |\n| pass_rate | 90% |\n"
)
SHA = "0123456789abcdef0123456789abcdef01234567"
TOKENS = (BOT, ADA, GITLAB_BOT)


@pytest.fixture
def forge() -> Iterator[ForgeServer]:
    with ForgeServer() as running:
        yield running


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project that is the whole repository, with a report."""
    made = project(tmp_path / "app")
    git(made, "init", "-q")
    write(made / "report.md", REPORT)
    return made


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


@pytest.fixture
def on_github(forge: ForgeServer, root: Path, monkeypatch: pytest.MonkeyPatch) -> ForgeServer:
    github_job(forge, root, monkeypatch)
    return forge


@pytest.fixture
def on_gitlab(forge: ForgeServer, monkeypatch: pytest.MonkeyPatch) -> ForgeServer:
    gitlab_job(forge, monkeypatch)
    forge.longest = 1_000_000
    return forge


# One comment, edited in place


def test_created_then_unchanged_then_updated(root: Path, on_github: ForgeServer) -> None:
    first = commented(root)
    assert (first.code, first.out, first.err) == (0, f"created {page(on_github, 1001)}\n", "")
    assert on_github.bodies == [f"{TOP}\n{REPORT.strip()}"]
    again = commented(root)
    assert (again.code, again.out, again.err) == (0, f"unchanged {page(on_github, 1001)}\n", "")
    write(root / "report.md", "## REGRESSED")
    changed = commented(root)
    assert (changed.code, changed.out, changed.err) == (0, f"updated {page(on_github, 1001)}\n", "")
    assert on_github.bodies == [f"{TOP}\n## REGRESSED"]
    assert {seen.token for seen in on_github.seen} == {BOT}


def test_gitlab(root: Path, on_gitlab: ForgeServer) -> None:
    on_gitlab.write(f"{TOP}\nby a person", ADA)
    on_gitlab.write(f"{TOP}\nassigned to @ada", GITLAB_BOT, system=True)
    url = f"{on_gitlab.base_url}/acme/app/-/merge_requests/7#note_1003"
    assert commented(root).out == f"created {url}\n"
    assert commented(root).out == f"unchanged {url}\n"
    write(root / "report.md", "## REGRESSED")
    assert commented(root).out == f"updated {url}\n"
    assert on_gitlab.bodies[2] == f"{TOP}\n## REGRESSED"
    assert len(on_gitlab.comments) == 3


def test_github_enterprise(root: Path, on_github: ForgeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", f"{on_github.enterprise_url}/")
    assert commented(root).out == f"created {page(on_github, 1001)}\n"
    assert all(seen.path.startswith("/api/v3/repos/acme/app/") for seen in on_github.seen)


def test_by_hand_without_a_job(root: Path, forge: ForgeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_TOKEN", f"{ADA}\n")
    by_hand = ("--on", "github", "--repository", REPOSITORY, "--number", "7", "--api-url", forge.github_url)
    assert commented(root, *by_hand).out == f"created {page(forge, 1001)}\n"
    monkeypatch.setenv("GITLAB_TOKEN", GITLAB_BOT)
    on_gitlab = ("--on", "gitlab", "--repository", REPOSITORY, "--number", "7", "--api-url", forge.gitlab_url)
    found = commented(root, *on_gitlab)
    assert found.out.startswith("created "), found.both
    assert "/api/v4/projects/acme%2Fapp/merge_requests/7/notes" in {seen.path for seen in forge.seen}


def test_json_and_markdown(root: Path, on_github: ForgeServer) -> None:
    assert commented(root, "--format", "json").data == {
        "action": "created",
        "url": page(on_github, 1001),
        "why": "",
        "left_out": {"parts": 0, "characters": 0},
    }
    assert commented(root, "--format", "markdown").out.startswith("## unchanged http")
    assert commented(root, "--format", "jsn").err == "unknown format `jsn`\n    did you mean `json`?\n"


def test_from_stdin(root: Path, on_github: ForgeServer) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "llmops_cli", "comment", "-"],
        cwd=root,
        input="one\r\ntwo é\r\n".encode(),
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == f"created {page(on_github, 1001)}\n"
    assert on_github.bodies == [f"{TOP}\none\ntwo é"]


# Whose comment


def test_each_project_of_a_repository_has_its_own(
    tmp_path: Path, forge: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "-q")
    names = ("apps/bot", "apps/my--odd> -->é")
    for name in names:
        made = project(tmp_path / name)
        write(made / "report.md", name)
        github_job(forge, tmp_path / "x", monkeypatch)
        assert commented(made).out.startswith("created ")
        assert commented(made).out.startswith("unchanged ")
    assert forge.bodies == [
        "<!-- llmops:comment apps/bot -->\napps/bot",
        "<!-- llmops:comment apps/my%2D%2Dodd%3E%20%2D%2D%3E%C3%A9 -->\napps/my--odd> -->é",
    ]
    assert commented(tmp_path / names[0], "--marker", "other").out.startswith("created ")


def test_without_a_project_it_is_that_of_the_top_and_says_so(
    root: Path, on_github: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root.parent)
    found = said("comment", "app/report.md")
    assert (found.code, found.out) == (0, f"created {page(on_github, 1001)}\n")
    assert found.err == (
        "no project here: this is the comment of the repository's top; --marker names another project\n"
    )
    assert commented(root).out.startswith("unchanged ")
    assert said("comment", "app/report.md", "--marker", ".").err == ""
    wrong = said("comment", "app/report.md", "-C", str(root.parent))
    assert wrong.code == 2
    assert "no llmops.yaml in " in wrong.err


def test_what_a_stranger_wrote_below_the_marker_is_left_alone(root: Path, on_github: ForgeServer) -> None:
    on_github.accounts["x" * 20] = Account(666, "mallory")
    theirs = on_github.write(f"{TOP}\nall is well", "x" * 20)
    assert commented(root).out == f"created {page(on_github, theirs.id + 1)}\n"
    write(root / "report.md", "## REGRESSED")
    assert commented(root).out == f"updated {page(on_github, theirs.id + 1)}\n"
    assert theirs.body == f"{TOP}\nall is well"


def test_a_marker_further_down_or_inside_another_is_none(root: Path, on_github: ForgeServer) -> None:
    for body in (f"look:\n{TOP}", f"> {TOP}", "<!-- llmops:comment ./x -->\na", f"{TOP} and more", ""):
        on_github.write(body)
    assert commented(root).out.startswith("created ")


def test_with_a_personal_token_only_comments_of_that_person(
    root: Path, on_github: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_github.write(f"{TOP}\nold", BOT)
    monkeypatch.setenv("GH_TOKEN", ADA)
    assert commented(root).out == f"created {page(on_github, 1002)}\n"
    assert commented(root).out == f"unchanged {page(on_github, 1002)}\n"
    assert on_github.count("user") == 2


def test_doubles_are_removed(root: Path, on_github: ForgeServer) -> None:
    for text in ("a", "b", "c"):
        on_github.write(f"{TOP}\n{text}")
    on_github.accounts["y" * 20] = Account(5, "other[bot]", app=True)
    on_github.write(f"{TOP}\nof another app", "y" * 20)
    on_github.comments.insert(0, on_github.comments.pop())
    on_github.comments[0].id = 1
    assert commented(root).out == f"updated {page(on_github, 1003)}\n"
    assert on_github.bodies == [f"{TOP}\nof another app", f"{TOP}\n{REPORT.strip()}"]


def test_a_double_that_stays_is_no_failure(root: Path, on_github: ForgeServer) -> None:
    on_github.write(f"{TOP}\na")
    on_github.write(f"{TOP}\nb")
    on_github.misbehave("delete", 403, body={"message": "no"})
    found = commented(root)
    assert (found.code, found.out) == (0, f"updated {page(on_github, 1002)}\n")
    assert found.err == "an older comment could not be removed: GitHub: 403: no\n"


def test_a_comment_that_is_gone_in_between_is_written_anew(root: Path, on_github: ForgeServer) -> None:
    on_github.write(f"{TOP}\na")
    on_github.misbehave("update", 404, body={"message": "Not Found"})
    assert commented(root).out.startswith("created ")


def test_two_processes_at_once_leave_one_comment(root: Path, on_github: ForgeServer) -> None:
    on_github.together = {"list": threading.Barrier(2), "create": threading.Barrier(2)}
    for name in ("one", "two"):
        write(root / f"{name}.md", name)
    with ThreadPoolExecutor(2) as pool:
        ran = list(pool.map(lambda name: process("comment", f"{name}.md", cwd=root), ("one", "two")))
    assert [found.code for found in ran] == [0, 0], [found.both for found in ran]
    assert sorted(found.out.split()[0] for found in ran) == ["created", "updated"]
    assert len(on_github.bodies) == 1
    assert on_github.count("create") == 2
    updated = next(name for name, found in zip(("one", "two"), ran, strict=True) if "updated" in found.out)
    assert on_github.bodies == [f"{TOP}\n{updated}"]


def test_without_a_repository_it_says_so(
    tmp_path: Path, forge: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = project(tmp_path / "apps/bot")
    write(made / "report.md", REPORT)
    github_job(forge, made, monkeypatch)
    assert commented(made).err == (
        "no git repository here: this is the comment of its top; --marker names another project\n"
    )
    assert forge.bodies[0].startswith(f"{TOP}\n")


def test_no_line_is_a_command(root: Path, on_gitlab: ForgeServer) -> None:
    report = "/merge\n\nan answer:\n  /approve\n\n```\n/close\n```\n\n    /code\n\n/ and //x\n/usr/bin"
    write(root / "report.md", report)
    assert commented(root).out.startswith("created ")
    assert on_gitlab.bodies == [
        (
            f"{TOP}\n&#47;merge\n\nan answer:\n  &#47;approve\n\n```\n/close\n```\n\n    /code\n\n/ and //x\n"
            "&#47;usr/bin"
        )
    ]
    assert commented(root).out.startswith("unchanged ")


# Many comments


@pytest.mark.parametrize("links", [True, False], ids=["Link", "x-next-page"])
def test_a_comment_among_hundreds(
    links: bool, root: Path, forge: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    if links:
        github_job(forge, root, monkeypatch)
    else:
        gitlab_job(forge, monkeypatch)
    forge.link_headers = links
    token = BOT if links else GITLAB_BOT
    for number in range(430):
        forge.write(f"{TOP}\nours" if number == 350 else f"comment {number}", token)
    assert commented(root).out.startswith("updated ")
    assert forge.count("list") == 5
    assert forge.comments[350].body == f"{TOP}\n{REPORT.strip()}"


def test_the_token_follows_no_link_to_another_host(root: Path, on_github: ForgeServer) -> None:
    for number in range(150):
        on_github.write(f"comment {number}")
    with ForgeServer() as elsewhere:
        on_github.links_to = elsewhere.base_url
        assert commented(root).code == 0
        assert elsewhere.seen == []
    assert [seen.query["page"] for seen in on_github.seen if "page" in seen.query] == [["2"], ["2"]]


def test_a_list_without_an_end(root: Path, on_github: ForgeServer) -> None:
    on_github.misbehave(
        "list", 200, body=[], headers={"link": '<https://x/?page=2&per_page=100>; rel="next"'}, times=None
    )
    found = commented(root)
    assert (found.code, found.err) == (
        3,
        "GitHub: the list at /repos/acme/app/issues/7/comments has no end\n",
    )


# Too long


def long_report(parts: int) -> str:
    return "## REGRESSED\n\n" + "\n\n".join(f"<details>\n\n{'é' * 1000}\n\n</details>" for _ in range(parts))


def test_a_long_report_is_cut_and_says_where_the_rest_is(
    root: Path, on_github: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", "4711")
    write(root / "report.md", long_report(100))
    found = commented(root, "--format", "json")
    assert found.code == 0
    (body,) = on_github.bodies
    assert len(body) <= 65_536
    assert body.count("<details>") == body.count("</details>") == 63
    assert body.endswith(
        "**Cut to fit a comment:** 37 of 101 parts (37,923 of 102,512 characters) are left out. The whole "
        "report is in [this job](https://github.example/acme/app/actions/runs/4711)."
    )
    assert found.err == "longer than a comment may be: 37 parts at the end are left out\n"
    assert found.data["left_out"] == {"parts": 37, "characters": 37_923}
    assert on_github.count("create") == 1
    assert commented(root).out.startswith("unchanged ")


@pytest.mark.parametrize("on", ["github", "gitlab"])
def test_a_server_that_takes_less(
    on: str, root: Path, forge: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    if on == "github":
        github_job(forge, root, monkeypatch)
    else:
        gitlab_job(forge, monkeypatch)
    write(root / "report.md", long_report(30))
    forge.longest = 10_000
    assert commented(root).out.startswith("created ")
    (body,) = forge.bodies
    assert 8_500 < len(body) <= 10_000
    assert forge.count("create") == 2
    write(root / "report.md", long_report(29))
    assert commented(root).out.startswith("updated ")


def test_a_server_that_takes_nothing(root: Path, on_github: ForgeServer) -> None:
    on_github.longest = -1
    on_github.misbehave("create", 413, body={"message": "Payload Too Large"}, times=None)
    found = commented(root)
    assert (found.code, found.err) == (3, "GitHub: 413: Payload Too Large\n    shorten the report\n")


# The pull request


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


# What is wrong with the arguments

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


# A forge that refuses

FORK = (
    "GitHub gives a run for a pull request from a fork a token that can only read. The report is in the "
    "job's summary and artifacts; docs/ci.md has the second workflow that posts it\n"
)


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


# Trouble that passes, and trouble that does not


def test_a_server_in_trouble_is_asked_again(root: Path, on_github: ForgeServer) -> None:
    for route in ("list", "user", "create"):
        on_github.misbehave(route, 502, headers={"retry-after": "0"}, body="<html>Bad gateway")
    on_github.write(f"{TOP}\nold", ADA)
    found = commented(root)
    assert (found.code, found.out) == (0, f"created {page(on_github, 1002)}\n")
    assert re.sub(r"0\.\d s", "0.1 s", found.err) == "GitHub: 502; asking again in 0.1 s\n" * 3


def test_a_server_that_stays_in_trouble(root: Path, on_github: ForgeServer) -> None:
    on_github.misbehave("list", 500, headers={"retry-after": "0"}, times=None)
    found = commented(root)
    assert (found.code, on_github.count("list")) == (3, 4)
    assert found.err.endswith(
        "\nGitHub: 500: told to fail (asked 4 times)\n    GitHub has trouble; run the command again later\n"
    )


@pytest.mark.parametrize("how", ["done-then-drop", "502 and done", "drop"])
def test_a_comment_whose_answer_got_lost_is_not_written_twice(
    how: str, root: Path, on_github: ForgeServer
) -> None:
    if how == "502 and done":
        # A gateway gives up while the server behind it writes.
        on_github.misbehave("create", 502, headers={"retry-after": "0"})
        on_github.misbehave("list", 200, body=[])
        on_github.write(f"{TOP}\n{REPORT}")
    else:
        on_github.misbehave("create", fault="drop" if how == "drop" else "done-then-drop")
    found = commented(root)
    assert (found.code, found.out) == (0, f"created {page(on_github, 1001)}\n")
    assert len(on_github.bodies) == 1
    assert on_github.count("create") == (2 if how == "drop" else 1)
    assert "asking again in " in found.err


def test_no_server(root: Path, on_github: ForgeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert commented(root).code == 0  # a server on this machine is never behind a proxy
    found = commented(root, "--api-url", "http://127.0.0.1:1/api/v3")
    assert found.code == 3
    assert found.err.endswith(
        "GitHub: no connection to http://127.0.0.1:1: [Errno 111] Connection refused (asked 4 times)\n"
        "    check the network, the address (--api-url) and the proxy variables\n"
    )


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (429, {"retry-after": "0"}, {"message": "Retry later"}),
        (403, {"retry-after": "0"}, {"message": "You have exceeded a secondary rate limit."}),
        (403, in_seconds(-5), {"message": "API rate limit exceeded for installation ID 1."}),
        (429, {"ratelimit-remaining": "0", "ratelimit-reset": "1"}, None),
    ],
    ids=["429", "secondary", "primary", "gitlab"],
)
@pytest.mark.parametrize("route", ["list", "create"])
def test_a_limit_is_waited_for(
    route: Any, status: int, headers: dict[str, str], body: Any, root: Path, on_github: ForgeServer
) -> None:
    on_github.misbehave(route, status, headers=headers, body=body)
    found = commented(root)
    assert (found.code, found.out) == (0, f"created {page(on_github, 1001)}\n")
    kind = "the secondary rate limit" if body and "secondary" in body["message"] else "the rate limit"
    assert re.fullmatch(rf"GitHub: {status}: {kind} is used up; asking again in 0\.\d s\n", found.err)


def test_a_limit_that_takes_too_long_says_until_when(root: Path, on_github: ForgeServer) -> None:
    on_github.misbehave(
        "create", 403, headers=in_seconds(42 * 60), body={"message": "API rate limit exceeded"}
    )
    found = commented(root)
    assert (found.code, found.out) == (3, "")
    assert LONGEST_S < 42 * 60
    assert found.err == ("GitHub: 403: the rate limit is used up\n    run the command again in 42 min\n")


def test_a_secondary_limit_without_a_time_is_a_minute_and_can_be_interrupted(
    root: Path, on_github: ForgeServer
) -> None:
    on_github.misbehave("create", 403, body={"message": "You have exceeded a secondary rate limit."})
    running = subprocess.Popen(
        [sys.executable, "-m", "llmops_cli", "comment", "report.md"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    watchdog = threading.Timer(30, running.kill)
    watchdog.start()
    line = running.stderr.readline()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    watchdog.cancel()
    assert re.fullmatch(r"GitHub: 403: the secondary rate limit is used up; asking again in 60\.\d s\n", line)
    assert (running.returncode, out, err) == (130, "", "")
    assert on_github.bodies == []


def test_a_limit_that_stays(root: Path, on_github: ForgeServer) -> None:
    on_github.misbehave("create", 429, headers={"retry-after": "0"}, times=None)
    found = commented(root)
    assert (found.code, on_github.count("create")) == (3, 4)
    assert found.err.endswith(
        "\nGitHub: 429: the rate limit is used up (asked 4 times)\n    run the command again later\n"
    )


def test_through_a_proxy(root: Path, on_github: ForgeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", on_github.base_url)
    found = commented(root, "--api-url", "http://github.invalid/api/v3")
    assert found.out == f"created {page(on_github, 1001)}\n"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_a_certificate_that_nobody_trusts(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = tmp_path / "pair.pem"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    names = [
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(pair),
        "-out",
        str(tmp_path / "cert.pem"),
    ]
    subprocess.run(["openssl", "req", *options, *names], check=True, capture_output=True)
    write(pair, pair.read_bytes() + (tmp_path / "cert.pem").read_bytes())
    with ForgeServer(certificate=pair) as forge:
        github_job(forge, root, monkeypatch)
        found = commented(root)
        assert forge.seen == []
        assert (found.code, found.out) == (3, "")
        assert found.err.startswith(
            f"GitHub: {forge.base_url} is not trusted: [SSL: CERTIFICATE_VERIFY_FAILED]"
        )
        assert "\n    SSL_CERT_FILE names the certificates to trust" in found.err
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert commented(root).out.startswith("created ")


def test_nothing_heavy_is_loaded(root: Path, on_github: ForgeServer) -> None:
    script = (
        "import json, sys\nfrom llmops_cli.cli.app import run\nassert run(['comment', 'report.md']) == 0\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert loaded.isdisjoint({"aiohttp", "asyncio", "git", "jsonschema", "numpy", "rich"})


def test_the_last_line_leads_to_the_job(
    root: Path, on_github: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", "4711")
    assert commented(root).code == 0
    url = "https://github.example/acme/app/actions/runs/4711"
    assert on_github.bodies[0].endswith(f"\n\n<sub>[Log and reports of this run]({url})</sub>\n")
    assert commented(root).out.startswith("unchanged")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example/x) [y](https://e.vil")
    assert commented(root).out.startswith("updated")
    assert "e.vil" not in on_github.bodies[0]


def test_only_edit_creates_none(root: Path, on_github: ForgeServer) -> None:
    found = commented(root, "--only-edit")
    assert (found.code, found.out) == (0, "skipped: the pull request has no comment to edit\n")
    assert on_github.bodies == []
    assert commented(root).code == 0
    write(root / "report.md", "## UNAFFECTED: nothing was judged\n")
    assert commented(root, "--only-edit").out.startswith("updated")
    assert "UNAFFECTED" in on_github.bodies[0]


def test_what_a_stranger_wrote_can_do_nothing(root: Path, on_github: ForgeServer) -> None:
    text = (
        "## PASSED by @acme/team, @dependabot merge\n\n"
        "[x](https://e.vil) ![p](//e.vil/p.png) [a][b] www.e.vil\n\n"
        "[b]: https://e.vil\n\n<img src=x><a href=y>z</a><DETAILS OPEN>fixes #12, GH-3\n\n"
        "<details><summary>more</summary>\n\n| a<br><sub>b</sub> |\n| --- |\n\n</details>\n"
    )
    write(root / "report.md", text)
    assert commented(root, "--untrusted").code == 0
    (body,) = on_github.bodies
    for bad in ("@acme", "@dep", "](", "][", "]:", "://", "www.", "<img", "<a ", "<DETAILS", "#12", "GH-3"):
        assert bad not in body, bad
    for kept in ("<details><summary>more</summary>", "</details>", "| a<br><sub>b</sub> |"):
        assert kept in body


def test_a_report_of_llmops_looks_the_same_as_a_strangers(root: Path, on_github: ForgeServer) -> None:
    report = Path(__file__).parents[1] / "story/snapshots/03-regression.md"
    write(root / "report.md", report.read_text("utf-8"))
    assert commented(root).code == 0
    assert commented(root, "--untrusted").out.startswith("unchanged")
