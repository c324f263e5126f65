"""`llmops comment`: one comment for each project, edited in place, on each forge."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.comment.jobs import REPORT, TOP, commented, github_job, page
from tests.cli.projects import git, process, project, said, write
from tests.servers.forge import ADA, BOT, GITLAB_BOT, REPOSITORY, Account, ForgeServer

if TYPE_CHECKING:
    import pytest


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
    report = Path(__file__).parents[2] / "story/snapshots/03-regression.md"
    write(root / "report.md", report.read_text("utf-8"))
    assert commented(root).code == 0
    assert commented(root, "--untrusted").out.startswith("unchanged")
