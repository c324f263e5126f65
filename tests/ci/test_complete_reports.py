"""Exit code 0 counts where a complete report says so, too, and the step that judges ends with it itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.ci.incomplete import LEFT, ends_well
from tests.cli.projects import SUITE_PATH, commit, edit, write

if TYPE_CHECKING:
    from tests.ci.shop import Shop
    from tests.servers.provider import Provider

pytestmark = pytest.mark.workflows


@pytest.mark.parametrize("left", LEFT)
def test_a_0_without_a_complete_report_is_3(shop: Shop, left: str) -> None:
    shop.checkout.install("llmops", ends_well(left))
    ran = shop.pull_request()
    assert (ran.code, ran.outputs["verdict"], ran.outputs["exit-code"]) == (3, "ERROR", "3"), ran.log
    assert "::error title=llmops::llmops ended with 0 and left no complete report" in ran.log


@pytest.mark.parametrize("code", [1, 2, 3, 4, 130])
def test_other_codes_stay_without_a_report(shop: Shop, code: int) -> None:
    shop.checkout.install("llmops", f'if [ "$1" = eval ]; then exit {code}; fi')
    ran = shop.pull_request()
    assert (ran.code, ran.outputs["verdict"], ran.outputs["exit-code"]) == (code, "ERROR", str(code)), ran.log


def test_outputs_that_are_forged_make_nothing_green(shop: Shop) -> None:
    forge = 'echo "verdict=PASSED" >> "$GITHUB_OUTPUT"; echo "exit-code=0" >> "$GITHUB_OUTPUT"'
    shop.checkout.install("llmops", f'if [ "$1" = eval ]; then {forge}; exit 1; fi')
    ran = shop.pull_request()
    assert ran.steps["judge"]["code"] == 1, "the step ends with it, whatever its outputs say"
    assert ran.code == 1


def test_a_run_that_the_report_names_by_a_path_is_not_kept(shop: Shop) -> None:
    write(shop.root / "secret/token", "ghs_secret")
    report = json.dumps({"exit_code": 0, "error": None, "verdict": "PASSED", "run": {"id": "../../secret"}})
    left = ends_well("none").replace("; true; fi", "").replace("true", f"echo '{report}' > \"$json\"")
    shop.checkout.install("llmops", left)
    (shop.root / ".llmops/runs").mkdir(parents=True)
    ran = shop.pull_request()
    assert ran.code == 0, ran.log
    assert not [path for path in ran.folder.rglob("*") if path.name == "token"]


def test_files_by_which_a_step_changes_later_ones_are_not_named_to_llmops(shop: Shop) -> None:
    shop.checkout.install("llmops", f'env > "{shop.temp}/seen"\nexit 2')
    shop.pull_request()
    names = {line.partition("=")[0] for line in (shop.temp / "seen").read_text("utf-8").splitlines()}
    assert "GITHUB_EVENT_NAME" in names
    assert not names & {"GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GH_TOKEN", "GITHUB_TOKEN"}


def test_two_jobs_judge_without_a_scorer(shop: Shop, provider: Provider) -> None:
    """The files of both jobs, as templates/github-two-jobs.yml passes them on."""
    write(shop.root / "scorers/same.py", "def same(output, case):\n    return output == case.expected\n")
    edit(shop.root, SUITE_PATH, "scorers:\n", "scorers:\n  - python: scorers/same.py:same\n")
    commit(shop.root)
    ran = shop.pull_request(shard="1/1", artifact="llmops-asked")
    assert ran.code == 0, ran.log
    assert ran.outputs["verdict"] == "NOT_JUDGED"
    asked = provider.count
    judged = shop.pull_request(merge=str(ran.folder), project_code="false")
    assert provider.count == asked
    assert (judged.code, judged.outputs["verdict"]) == (0, "PASSED"), judged.log
