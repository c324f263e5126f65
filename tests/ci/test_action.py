"""The GitHub Action, run step by step in a real repository: what a job ends with, shows, keeps and posts."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.ci.runner import Runner
from tests.cli.projects import KEY, SUITE_PATH, commit, edit, llmops, write
from tests.servers.forge import NUMBER, REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.runner import Ran
    from tests.ci.shop import Shop
    from tests.servers.provider import Provider

pytestmark = pytest.mark.workflows

REPORTS = ["report.html", "report.json", "report.junit.xml", "report.md", "report.sarif"]


def reports(ran: Ran) -> list[str]:
    return sorted(path.name for path in ran.folder.iterdir() if path.is_file())


def run_in(folder: Path) -> Path:
    """The one run below a folder of what a job keeps."""
    (header,) = folder.rglob("run.json")
    return header.parent


def test_a_pull_request_that_changes_nothing_for_the_worse_is_green(shop: Shop, provider: Provider) -> None:
    shop.checkout.better()
    ran = shop.pull_request()
    assert (ran.code, ran.outputs["verdict"], ran.outputs["exit-code"]) == (0, "PASSED", "0"), ran.log
    assert reports(ran) == REPORTS
    assert ran.summary.count("PASSED:") == 1
    assert "OK: 1 prompt" not in ran.summary  # the check has nothing to say there
    assert "1 of 1 suite, by" in ran.log
    upload = ran.uses["actions/upload-artifact"]
    assert upload["path"] == str(ran.folder)
    assert upload["name"] == "llmops-report"
    assert not ran.folder.is_relative_to(shop.root)  # it would be a change that nobody can place


def test_a_regression_ends_with_1_after_everything_is_said(shop: Shop, provider: Provider) -> None:
    shop.checkout.shout()
    ran = shop.pull_request()
    assert (ran.code, ran.outputs["verdict"], ran.outputs["exit-code"]) == (1, "REGRESSED", "1"), ran.log
    assert reports(ran) == REPORTS
    assert ran.summary.startswith("## REGRESSED: ")
    assert "::error" in ran.log
    assert list(ran.uses)[-1] == "actions/upload-artifact"
    assert ran.steps["judge"]["code"] == 1  # the step itself, whatever those after it are told
    assert ran.log.rstrip().endswith("REGRESSED, exit code 1")


def test_the_scores_of_a_job_are_accepted_from_what_it_uploads(shop: Shop, provider: Provider) -> None:
    shop.checkout.shout()
    ran = shop.pull_request()
    assert ran.uses["actions/upload-artifact"]["path"] == str(ran.folder)
    line = (
        "if the change is right, accept it; no model is called: `gh run download 77 -n llmops-report "
        '-D .llmops/ci-77 && llmops baseline accept capitals --from .llmops/ci-77 --reason "…"`'
    )
    assert line in (ran.folder / "report.md").read_text("utf-8")
    files = [path for path in ran.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
    asked = provider.count
    shutil.rmtree(shop.root / ".llmops")
    shutil.copytree(ran.folder, shop.root / ".llmops/ci-77")
    said = llmops(shop.root, "baseline", "accept", "capitals", "--from", ".llmops/ci-77", "--reason", "LOUD")
    assert (said.code, provider.count) == (0, asked), said.both
    assert f"run {run_in(ran.folder).name}" in " ".join(said.out.split())
    commit(shop.root, "accepted")
    again = shop.pull_request()
    assert again.outputs["verdict"] == "PASSED", again.log
    assert "nobody but its author accepted it" in again.log  # a drop needs somebody else, from wherever it is


@pytest.mark.parametrize("why", ["nothing is uploaded", "the checkout is dirty"])
def test_where_nobody_could_accept_it_the_line_is_the_plain_one(
    shop: Shop, provider: Provider, why: str
) -> None:
    shop.checkout.shout()
    if why == "the checkout is dirty":
        write(shop.root / "coverage.xml", "<coverage/>")
        ran = shop.pull_request()
    else:
        ran = shop.pull_request(artifact="")
    report = (ran.folder / "report.md").read_text("utf-8")
    assert "if the change is right, accept it: `llmops baseline accept capitals --reason" in report
    assert "--from" not in report


def test_a_broken_file_is_the_report_and_nothing_is_asked(shop: Shop, provider: Provider) -> None:
    edit(shop.root, SUITE_PATH, "equals", "equalz")
    commit(shop.root)
    asked = provider.count
    ran = shop.pull_request()
    assert (ran.code, ran.outputs["verdict"], ran.outputs["exit-code"]) == (2, "ERROR", "2"), ran.log
    assert provider.count == asked
    assert reports(ran) == REPORTS
    assert "did you mean" in (ran.folder / "report.md").read_text("utf-8")
    assert ran.summary.count("WRONG: 1 problem") == 1
    assert ran.log.count("::error file=evalsets/capitals.yaml") == 1


@pytest.mark.parametrize("leave", ["os._exit(0)", "ctypes.CDLL(None)._exit(0)"], ids=["seen", "unseen"])
def test_a_scorer_that_ends_the_process_is_never_green(shop: Shop, provider: Provider, leave: str) -> None:
    scorer = f"import ctypes, os\n\n\ndef leave(output, case):\n    {leave}\n"
    write(shop.root / "scorers/leave.py", scorer)
    edit(shop.root, SUITE_PATH, "scorers:\n", "scorers:\n  - python: scorers/leave.py:leave\n")
    commit(shop.root)
    ran = shop.pull_request()
    assert (ran.code, ran.outputs["verdict"], ran.outputs["exit-code"]) == (1, "INCOMPARABLE", "1"), ran.log
    assert reports(ran) == REPORTS
    assert " answers without a score::python: scorers/leave.py:" in ran.log


def test_a_provider_that_is_down_is_not_a_no(shop: Shop, provider: Provider) -> None:
    shop.checkout.better()
    provider.misbehave(400, times=None, message="the service is closed")
    ran = shop.pull_request()
    assert (ran.code, ran.outputs["verdict"], ran.outputs["exit-code"]) == (3, "ERROR", "3"), ran.log
    assert reports(ran) == REPORTS
    assert "the service is closed" in ran.summary


def test_a_fork_is_judged_from_recorded_answers_only(shop: Shop, provider: Provider) -> None:
    asked = provider.count
    ran = shop.pull_request(head="stranger/app")
    assert (ran.code, ran.outputs["verdict"]) == (0, "PASSED"), ran.log
    assert provider.count == asked
    assert "comes from a fork, so no provider is called" in ran.log
    assert not [name for name in ran.uses if name.startswith("actions/cache")]
    assert "actions/upload-artifact" in ran.uses


def test_a_fork_whose_change_is_not_recorded_is_red(shop: Shop, provider: Provider) -> None:
    shop.checkout.shout()
    asked = provider.count
    ran = shop.pull_request(head="stranger/app")
    assert (ran.code, ran.outputs["verdict"]) == (3, "ERROR"), ran.log
    assert provider.count == asked


def test_a_push_judges_everything(shop: Shop, provider: Provider) -> None:
    write(shop.root / "notes.md", "nothing\n")
    commit(shop.root)
    asked = provider.count
    ran = shop.job("push", {})
    assert (ran.code, ran.outputs["verdict"]) == (0, "PASSED"), ran.log
    assert provider.count > asked
    assert "affected" not in ran.log


def test_a_pull_request_that_reaches_no_suite_asks_nothing(shop: Shop, provider: Provider) -> None:
    write(shop.root / "notes.md", "nothing\n")
    commit(shop.root)
    asked = provider.count
    ran = shop.pull_request()
    assert ran.code == 0
    assert "UNAFFECTED" in ran.summary
    assert provider.count == asked
    assert "actions/cache/save" not in ran.uses  # nothing new to keep


def test_words_with_spaces_stay_together_and_nothing_is_run(
    shop: Shop, provider: Provider, tmp_path: Path
) -> None:
    trap = tmp_path / "trap"
    ran = shop.pull_request(
        changed="false",
        suites="capitals\n",
        arguments=f"--filter 'id:fr*' --filter \"tag:$(touch {trap})`touch {trap}`; touch {trap}\"",
    )
    assert not trap.exists()
    assert ran.code == 2
    assert f"$(touch {trap})" in ran.log  # it is the name of a tag, and no case has it


def test_an_input_that_cannot_be_split_is_refused(shop: Shop, provider: Provider) -> None:
    ran = shop.pull_request(arguments="--filter 'id:fr*")
    assert ran.code != 0
    assert "the input `arguments` cannot be read" in ran.log
    assert "Nothing was judged" in ran.log
    assert ran.outputs["exit-code"] == ""


def test_a_branch_with_a_hostile_name_is_only_a_name(shop: Shop, provider: Provider, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    head = {"repo": {"full_name": REPOSITORY}}
    event = {"pull_request": {"number": NUMBER, "head": head, "base": {"ref": f"x$(touch${{IFS}}{trap})"}}}
    ran = shop.job("pull_request", event)
    assert ran.code == 2
    assert not trap.exists()


def test_a_command_that_is_not_there_is_red(tmp_path: Path) -> None:
    runner = Runner(tmp_path, tmp_path / "temp", "push", {})
    ran = runner.run({"install": {"llmops": str(tmp_path / "nowhere/llmops")}})
    assert (ran.code, ran.outputs["verdict"]) == (127, "ERROR"), ran.log


def test_shards_are_asked_apart_and_judged_together(shop: Shop, provider: Provider, tmp_path: Path) -> None:
    shop.checkout.shout()
    parts = []
    for number in (1, 2):
        ran = shop.pull_request(shard=f"{number}/2", artifact=f"llmops-shard-{number}")
        assert ran.code == 0, ran.log
        parts.append(ran.folder)
    asked = provider.count
    shards = tmp_path / "shards"
    shards.mkdir()
    parts[0].rename(shards / "llmops-shard-1")
    missing = shop.pull_request(merge=str(shards))
    assert (missing.code, missing.outputs["verdict"]) == (2, "ERROR"), missing.log
    assert "shard 2 of 2 is missing" in missing.summary
    parts[1].rename(shards / "llmops-shard-2")
    merged = shop.pull_request(merge=str(shards))
    assert (merged.code, merged.outputs["verdict"]) == (1, "REGRESSED"), merged.log
    assert provider.count == asked
    assert not [name for name in merged.uses if name.startswith("actions/cache")]
