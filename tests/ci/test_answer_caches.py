"""The answer cache in CI: outside of the checkout, restored from the base, and saved by branches only."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.ci.runner import Runner
from tests.ci.shop import pull_request
from tests.cli.projects import capital, commit, git, llmops, point_at, write
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.shop import Shop

pytestmark = pytest.mark.workflows


def test_a_push_saves_what_it_asked_and_the_next_asks_nothing(shop: Shop, provider: Provider) -> None:
    ran = shop.job("push", {})
    assert ran.code == 0, ran.log
    saved = ran.uses["actions/cache/save"]
    assert saved["key"] == "llmops-answers-llmops-report-77-1"
    assert saved["path"] == str(shop.answers())
    assert (shop.answers() / "answers.sqlite").is_file()
    assert not (shop.root / ".llmops/answers.sqlite").exists()
    asked = provider.count
    again = shop.job("push", {})
    assert (again.code, provider.count) == (0, asked), again.log
    assert "actions/cache/save" not in again.uses  # nothing new to keep


def test_a_pull_request_restores_from_where_a_push_saves_and_saves_nothing(
    shop: Shop, provider: Provider
) -> None:
    push = shop.job("push", {})
    shop.checkout.better()
    ran = shop.pull_request()
    restored, saved = ran.uses["actions/cache/restore"], push.uses["actions/cache/save"]
    assert restored["path"] == saved["path"]
    assert saved["key"].startswith(restored["restore-keys"])
    assert "actions/cache/save" not in ran.uses
    assert "actions/cache" not in ran.uses  # which would save at the end of the job


def test_what_an_earlier_commit_left_in_the_checkout_answers_nothing(
    shop: Shop, provider: Provider, tmp_path: Path
) -> None:
    """The forged cache: good answers to what the bad prompt asks, kept where llmops keeps its own."""
    shop.checkout.shout()
    forged = tmp_path / "forged"
    shutil.copytree(shop.root, forged)
    with Provider(capital) as good, pytest.MonkeyPatch.context() as patch:
        point_at(good, patch)
        assert llmops(forged, "eval").code == 0
    asked = provider.count
    assert llmops(forged, "eval").code == 0
    assert provider.count == asked, "they would answer where they are believed"
    shutil.copytree(forged / ".llmops", shop.root / ".llmops")
    ran = shop.pull_request()
    assert (ran.code, ran.outputs["verdict"]) == (1, "REGRESSED"), ran.log


def test_answers_that_are_committed_stop_the_job(shop: Shop, provider: Provider) -> None:
    write(shop.root / ".llmops/answers.sqlite", "answers")
    git(shop.root, "add", "--force", ".llmops/answers.sqlite")
    commit(shop.root, "Speed up CI")
    asked = provider.count
    ran = shop.pull_request()
    assert (ran.code, ran.outputs["exit-code"]) == (2, "2"), ran.log
    assert "git tracks local state" in ran.log
    assert provider.count == asked


def test_answers_of_a_run_that_was_cancelled_are_kept(tmp_path: Path) -> None:
    write(tmp_path / "temp/llmops-answers/llmops-report/answers.sqlite", "answers")
    write(tmp_path / "reports.answers", "none before")
    runner = Runner(tmp_path, tmp_path / "temp", "push", {})
    runner.cancelled = True
    before = {"prepare": {"save": "true", "folder": str(tmp_path / "reports")}, "install": {}, "judge": {}}
    ran = runner.run(before)
    assert list(ran.uses) == ["actions/cache/save"]


@pytest.mark.parametrize("event_name", ["push", "pull_request"])
def test_weights_are_saved_by_branches_only(tmp_path: Path, event_name: str) -> None:
    event = pull_request() if event_name == "pull_request" else {}
    runner = Runner(tmp_path, tmp_path / "temp", event_name, event)
    skip = {"install": {"llmops": "true", "weights": "1"}, "judge": {}, "keep": {}}
    ran = runner.run(skip, extras="local", offline="false")
    assert "actions/cache" not in ran.uses
    assert ("actions/cache/save" in ran.uses) == (event_name == "push")
