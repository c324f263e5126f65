"""GitLab's file: its scripts run as GitLab runs them, and what its jobs are given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.ci.incomplete import LEFT, ends_well
from tests.ci.template_files import GITLAB, accept_from_kept, gitlab_jobs, shell
from tests.cli.projects import SUITE_PATH, commit, edit, git, write
from tests.servers.forge import GITLAB_BOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.checkout import Checkout
    from tests.cli.projects import Said
    from tests.servers.forge import ForgeServer
    from tests.servers.provider import Provider

pytestmark = pytest.mark.workflows

REPORT = "## PASSED: 1 suite, 10 cases\n"


def filled(text: object, variables: dict[str, str]) -> str:
    """A value with the variables in it, as GitLab fills them in."""
    return re.sub(r"\$(\w+)", lambda match: variables.get(match[1], ""), str(text))


def gitlab(checkout: Checkout, **env: str) -> Said:
    """The script of GitLab's job. GitLab gives every variable of the file to it."""
    job = gitlab_jobs()["llmops"]
    checkout.install("pip", "exit 0")
    places = {"CI_PROJECT_DIR": str(checkout.root)}
    variables = {name: filled(value, places) for name, value in job["variables"].items()}
    return shell(checkout, "\n".join([*job["before_script"], *job["script"]]), **variables, **env)


def merge_request(checkout: Checkout, source: str = "11") -> dict[str, str]:
    return {
        "GITLAB_CI": "true",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_PROJECT_ID": "11",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": source,
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(checkout.root, "rev-parse", "main").strip(),
    }


def test_gitlab_judges_a_merge_request(checkout: Checkout, provider: Provider, tmp_path: Path) -> None:
    checkout.shout()
    job = "https://gitlab.example/shop/-/jobs/7"
    said = gitlab(checkout, **merge_request(checkout), CI_JOB_URL=job)
    assert said.code == 1, said.both
    assert "1 of 1 suite, by 2 changed files" in said.both
    report = checkout.root / gitlab_jobs()["llmops"]["variables"]["REPORT"]
    assert sorted(path.name for path in report.iterdir()) == [
        "report.html", "report.json", "report.junit.xml", "report.md",
    ]  # fmt: skip
    kept = gitlab_jobs()["llmops"]["artifacts"]["paths"]
    assert str(report.relative_to(checkout.root)) in kept[0]
    address = "https://gitlab.example/shop/-/jobs/7/artifacts/download"
    said_there = (report / "report.md").read_text("utf-8")
    assert f"first download it: `{address}`" in said_there
    assert "`llmops baseline accept capitals --from artifacts.zip --reason" in said_there
    accept_from_kept(checkout, provider, kept, tmp_path / "artifacts.zip")


def test_gitlab_calls_no_provider_for_a_fork(checkout: Checkout, provider: Provider) -> None:
    asked = provider.count
    edit(checkout.root, SUITE_PATH, "max_drop: 0.5", "max_drop: 0.4")
    commit(checkout.root)
    said = gitlab(checkout, **merge_request(checkout, source="99"))
    assert said.code == 0, said.both
    assert provider.count == asked


def test_gitlab_judges_everything_on_the_main_branch(checkout: Checkout, provider: Provider) -> None:
    git(checkout.root, "checkout", "-q", "main")
    asked = provider.count
    said = gitlab(checkout)
    assert said.code == 0, said.both
    assert provider.count > asked


def comment(checkout: Checkout, forge: ForgeServer, folder: Path, **env: str) -> Said:
    """The script of the job that comments, in a folder with what the job before has kept."""
    job = gitlab_jobs()["llmops-comment"]
    (script,) = job["script"]
    checkout.makes_environments("python")
    script = script.replace("/tmp/llmops", str(checkout.bin / "venv"))
    api = {"CI_API_V4_URL": forge.gitlab_url, "CI_MERGE_REQUEST_PROJECT_ID": "5", "CI_PROJECT_ID": "5"}
    given = {**merge_request(checkout), **api, "REPORT": job["variables"]["REPORT"], "PWD": str(folder)}
    return shell(checkout, script, **given, **env)


def test_gitlab_comments_from_a_job_without_the_checkout(
    checkout: Checkout, forge: ForgeServer, tmp_path: Path
) -> None:
    write(tmp_path / "builds/.llmops/report/report.md", f"{REPORT}cc @ada <img src=x>\n")
    without = comment(checkout, forge, tmp_path / "builds")
    assert (without.code, forge.comments) == (0, []), without.both
    said = comment(checkout, forge, tmp_path / "builds", GITLAB_TOKEN=GITLAB_BOT)
    assert said.code == 0, said.both
    (body,) = forge.bodies
    assert body.startswith(f"<!-- llmops:comment . -->\n{REPORT}")
    assert "@ada" not in body
    assert "<img" not in body


def test_gitlab_follows_no_link_in_what_the_job_before_kept(
    checkout: Checkout, forge: ForgeServer, tmp_path: Path
) -> None:
    (tmp_path / "builds/.llmops/report").mkdir(parents=True)
    (tmp_path / "builds/.llmops/report/report.md").symlink_to("/etc/passwd")
    said = comment(checkout, forge, tmp_path / "builds", GITLAB_TOKEN=GITLAB_BOT)
    assert (said.code, forge.comments) == (0, []), said.both


def test_gitlab_has_the_token_in_no_job_that_runs_scorers() -> None:
    judge, commenting = gitlab_jobs().values()
    assert "environment" not in judge
    assert "GITLAB_TOKEN" not in "".join(judge["script"]).replace("unset OPENAI_API_KEY GITLAB_TOKEN", "")
    assert commenting["environment"] == {"name": "llmops-comment", "action": "access"}
    assert commenting["variables"]["GIT_STRATEGY"] == "none"
    assert f"environment `{commenting['environment']['name']}`" in GITLAB.read_text("utf-8")
    assert "OPENAI_API_KEY" not in str(commenting)


def test_gitlab_saves_answers_of_the_main_branch_only() -> None:
    job = gitlab_jobs()["llmops"]
    change, main = job["rules"]
    cache, variables = job["cache"], job["variables"]
    assert (cache["key"], cache["policy"]) == ("llmops-$CACHE_KEY", "$CACHE_POLICY")
    assert (main.get("variables"), variables["CACHE_POLICY"]) == (None, "pull-push")
    assert change["variables"] == {"CACHE_KEY": "merge-request-$CI_MERGE_REQUEST_IID", "CACHE_POLICY": "pull"}
    (place,) = cache["paths"]
    assert variables["LLMOPS_ANSWERS_DIR"] == f"$CI_PROJECT_DIR/{place.rstrip('/')}"
    assert place.startswith(".llmops/"), "what git tracks there is refused"


def test_gitlab_keeps_the_answers_where_its_cache_is(checkout: Checkout, provider: Provider) -> None:
    git(checkout.root, "checkout", "-q", "main")
    assert gitlab(checkout).code == 0
    asked = provider.count
    (place,) = gitlab_jobs()["llmops"]["cache"]["paths"]
    assert (checkout.root / place / "answers.sqlite").is_file()
    assert gitlab(checkout).code == 0
    assert provider.count == asked


def test_gitlab_has_no_answers_for_a_fork(checkout: Checkout, provider: Provider) -> None:
    """Neither where a member runs its pipeline here, whose runner has restored some."""
    checkout.shout()
    assert gitlab(checkout, **merge_request(checkout)).code == 1
    said = gitlab(checkout, **merge_request(checkout, source="99"))
    assert said.code == 3, said.both
    assert "was recorded for another prompt" in said.both


@pytest.mark.parametrize("left", LEFT)
def test_gitlab_believes_no_0_without_a_report(checkout: Checkout, left: str) -> None:
    checkout.install("llmops", ends_well(left))
    said = gitlab(checkout, **merge_request(checkout))
    assert said.code == 3, said.both
    assert "left no complete report" in said.both
