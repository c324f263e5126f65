"""The action that comments: a job of its own, with a token, that believes nothing of what it posts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.ci.runner import COMMENT, Ran, Runner
from tests.cli.projects import SUITE_PATH, commit, edit, write
from tests.servers.forge import NUMBER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.checkout import Checkout
    from tests.ci.shop import Shop
    from tests.servers.forge import ForgeServer
    from tests.servers.provider import Provider

pytestmark = pytest.mark.workflows

REPORT = "## PASSED: 1 suite, 10 cases\n"
LOG = "<sub>[Log and reports of this run](https://github.com/acme/app/actions/runs/77)</sub>"
SHA = "0123456789" * 4


def test_the_comment_is_written_once_and_edited(shop: Shop, provider: Provider, forge: ForgeServer) -> None:
    shop.api_url = forge.github_url
    edit(shop.root, SUITE_PATH, "equals", "equalz")
    broken = shop.pull_request()
    assert broken.code == 2
    shop.comment(broken)
    (comment,) = forge.comments
    assert "did you mean" in comment.body
    edit(shop.root, SUITE_PATH, "equalz", "equals")
    shop.checkout.shout()
    ran = shop.comment(shop.pull_request())
    assert ran.code == 0, ran.log
    (comment,) = forge.comments
    assert "REGRESSED: capitals" in comment.body
    assert ran.outputs["url"] == f"{forge.base_url}/acme/app/pull/7#issuecomment-{comment.id}"
    assert f"comment updated {ran.outputs['url']}" in ran.log


def test_it_looks_as_the_report_does(shop: Shop, provider: Provider, forge: ForgeServer) -> None:
    shop.api_url = forge.github_url
    shop.checkout.shout()
    judged = shop.pull_request()
    shop.comment(judged)
    (body,) = forge.bodies
    shown = body.partition("\n")[2].replace("\u200b", "").strip()
    assert shown == f"{(judged.folder / 'report.md').read_text('utf-8').strip()}\n\n{LOG}"


def test_a_comment_that_is_refused_is_said(shop: Shop, provider: Provider, forge: ForgeServer) -> None:
    shop.api_url = forge.github_url
    forge.misbehave("create", 403, body={"message": "Resource not accessible by integration"}, times=None)
    ran = shop.comment(shop.pull_request())
    assert (ran.code, ran.outputs["url"]) == (0, ""), ran.log
    assert "::warning title=llmops::The comment could not be written" in ran.log
    assert forge.comments == []


def test_a_job_that_left_nothing_is_an_error_there(
    shop: Shop, provider: Provider, forge: ForgeServer
) -> None:
    shop.api_url = forge.github_url
    ran = shop.comment(None)
    assert ran.code == 0, ran.log
    (body,) = forge.bodies
    assert "## ERROR: there is no report; the log of the job that judges says why" in body


def test_no_suite_is_reached_and_nothing_is_said(shop: Shop, provider: Provider, forge: ForgeServer) -> None:
    shop.api_url = forge.github_url
    write(shop.root / "notes.md", "nothing\n")
    commit(shop.root)
    ran = shop.pull_request()
    assert "UNAFFECTED" in ran.summary
    shop.comment(ran)
    assert forge.bodies == []


def test_what_a_scorer_wrote_into_the_report_is_text(
    shop: Shop, provider: Provider, forge: ForgeServer, tmp_path: Path
) -> None:
    shop.api_url = forge.github_url
    ran = shop.pull_request()
    trap = tmp_path / "trap"
    forged = f"## PASSED\n$(touch {trap}) `touch {trap}` @ada [click](https://evil.example) <img src=x>\n"
    write(ran.folder / "report.md", f"{forged}::set-env name=PATH::/tmp\n::error::no\n")
    write(ran.folder / "llmops_cli/__init__.py", f"open({str(trap)!r}, 'w')")
    done = shop.comment(ran)
    assert done.code == 0, done.log
    (body,) = forge.bodies
    body = body.removesuffix(LOG + "\n")
    assert not trap.exists()
    assert "@ada" not in body
    assert "](https" not in body
    assert "<img" not in body
    assert "::set-env" not in done.log


@pytest.mark.parametrize("given", ["apps/bot", "./apps/bot", "apps/bot/"])
def test_each_project_has_a_comment_of_its_own(
    shop: Shop, provider: Provider, forge: ForgeServer, given: str
) -> None:
    shop.api_url = forge.github_url
    judged = shop.pull_request()
    write(judged.folder / "report.md", REPORT)
    shop.comment(judged, directory=given)
    assert forge.bodies == [f"<!-- llmops:comment apps/bot -->\n{REPORT}\n{LOG}\n"]


def after_a_fork(checkout: Checkout, forge: ForgeServer, temp: Path) -> Ran:
    """The second workflow, after a fork's run, without a checkout."""
    head = {"full_name": "bob/app", "owner": {"login": "bob"}}
    run = {
        "id": 12,
        "event": "pull_request",
        "head_branch": "better",
        "head_sha": SHA,
        "head_repository": head,
    }
    (temp / "work").mkdir()
    runner = Runner(temp / "work", temp, "workflow_run", {"workflow_run": run}, COMMENT)
    runner.env["GITHUB_API_URL"] = forge.github_url
    return runner.run({"install": {"llmops": str(checkout.bin / "llmops")}}, run_id="12")


def test_the_report_of_a_fork_is_posted_as_the_forks(
    checkout: Checkout, forge: ForgeServer, tmp_path: Path
) -> None:
    forge.pulls = [{"number": NUMBER, "head": {"sha": SHA, "ref": "better", "user": {"login": "bob"}}}]
    write(tmp_path / "llmops-comment/llmops-report/report.md", REPORT)
    ran = after_a_fork(checkout, forge, tmp_path)
    assert ran.code == 0, ran.log
    (body,) = forge.bodies
    assert body.startswith("<!-- llmops:comment . -->\n> Written by the run of a fork")
    assert body.endswith(f"{REPORT}\n{LOG.replace('77', '12')}\n")
    download = ran.uses["actions/download-artifact"]
    assert (download["run-id"], bool(download["github-token"])) == ("12", True)


def test_a_report_of_a_fork_that_is_a_link_is_not_followed(
    checkout: Checkout, forge: ForgeServer, tmp_path: Path
) -> None:
    folder = tmp_path / "llmops-comment/llmops-report"
    folder.mkdir(parents=True)
    (folder / "report.md").symlink_to("/etc/passwd")
    ran = after_a_fork(checkout, forge, tmp_path)
    assert ran.code == 1
    assert "The run left no report" in ran.log
    assert forge.seen == []


def test_the_report_of_this_run_is_fetched_without_the_token(
    shop: Shop, provider: Provider, forge: ForgeServer
) -> None:
    shop.api_url = forge.github_url
    ran = shop.comment(None)
    download = ran.uses["actions/download-artifact"]
    assert (download["run-id"], download["github-token"]) == ("77", "")
    assert json.loads((shop.elsewhere / "temp/event.json").read_text("utf-8"))["pull_request"]
