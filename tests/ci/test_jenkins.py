"""The Jenkinsfile: its scripts run as Jenkins runs them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.ci.incomplete import LEFT, ends_well
from tests.ci.template_files import JENKINS, accept_from_kept, jenkins_scripts, shell
from tests.cli.projects import write
from tests.servers.forge import ADA, NUMBER, REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.checkout import Checkout
    from tests.servers.forge import ForgeServer
    from tests.servers.provider import Provider

pytestmark = pytest.mark.workflows

REPORT = "## PASSED: 1 suite, 10 cases\n"


def cleaning() -> str:
    """What the first script removes."""
    install, *_ = jenkins_scripts()
    return "\n".join(line.strip() for line in install.splitlines() if "rm -rf" in line)


def test_jenkins_judges_a_pull_request(checkout: Checkout, provider: Provider, tmp_path: Path) -> None:
    checkout.shout()
    _, judge, _ = jenkins_scripts()
    (checkout.root / ".llmops/report").mkdir(parents=True)
    env = {"REPORT": ".llmops/report", "WORKSPACE_TMP": str(tmp_path), "CHANGE_TARGET": "main"}
    said = shell(checkout, judge, **env)
    assert said.code == 1, said.both
    assert "1 of 1 suite, by 2 changed files since origin/main" in said.both
    asked = provider.count
    said = shell(checkout, judge, **env, CHANGE_FORK="stranger")
    assert provider.count == asked, said.both


def test_jenkins_keeps_the_run_of_its_build_alone(
    checkout: Checkout, provider: Provider, tmp_path: Path
) -> None:
    checkout.shout()
    _, judge, _ = jenkins_scripts()
    write(checkout.root / ".llmops/runs/of-an-earlier-build/run.json", "{}")
    build = "https://ci.example/job/shop/job/PR-7/3/"
    env = {"REPORT": ".llmops/report", "WORKSPACE_TMP": str(tmp_path), "CHANGE_TARGET": "main"}
    env |= {"BUILD_URL": build, "LLMOPS_ARTIFACT": "llmops"}
    said = shell(checkout, f'{cleaning()}\nmkdir -p "$REPORT"\n{judge}', **env)
    assert said.code == 1, said.both
    report = (checkout.root / ".llmops/report/report.md").read_text("utf-8")
    assert f"first download it: `{build}artifact/*zip*/archive.zip`" in report
    assert "`llmops baseline accept capitals --from archive.zip --reason" in report
    (patterns,) = re.findall(r"archiveArtifacts artifacts: '([^']*)'", JENKINS.read_text("utf-8"))
    kept = [pattern.rstrip("*/") for pattern in patterns.split(",")]
    accept_from_kept(checkout, provider, kept, tmp_path / "archive.zip")


def test_jenkins_comments(checkout: Checkout, forge: ForgeServer, tmp_path: Path) -> None:
    folder = tmp_path / "another agent"
    write(folder / ".llmops/report/report.md", f"{REPORT}cc @ada\n")
    *_, script = jenkins_scripts()
    checkout.makes_environments("python3")
    write(tmp_path / "llmops/bin/llmops", "what an earlier build has left there")
    env = {
        "PWD": str(folder),
        "REPORT": ".llmops/report",
        "WORKSPACE_TMP": str(tmp_path),
        "REPOSITORY": REPOSITORY,
        "CHANGE_ID": str(NUMBER),
        "GITHUB_API_URL": forge.github_url,
    }
    said = shell(checkout, script, **env, GITHUB_TOKEN=ADA)
    assert said.code == 0, said.both
    (body,) = forge.bodies
    assert body.startswith(f"<!-- llmops:comment . -->\n{REPORT}")
    assert "@ada" not in body
    refused = shell(checkout, script, **env, GITHUB_TOKEN="ghp_unknown")
    assert (refused.code, refused.out) == (0, "no comment\n")
    (folder / ".llmops/report/report.md").unlink()
    (folder / ".llmops/report/report.md").symlink_to("/etc/passwd")
    assert shell(checkout, script, **env, GITHUB_TOKEN=ADA).out == ""


def test_jenkins_gives_the_token_to_another_machine() -> None:
    text = JENKINS.read_text("utf-8")
    judging, _, after = text.partition("\n  post {\n")
    assert "agent { label 'llmops' }" in judging
    assert "github-token" not in judging
    assert after.index("node('llmops-comment')") < after.index("github-token")


@pytest.mark.parametrize("change", ["7", ""])
def test_jenkins_keeps_answers_for_builds_of_a_branch_only(
    checkout: Checkout, tmp_path: Path, change: str
) -> None:
    write(checkout.root / ".llmops/answers.sqlite", "of an earlier build")
    write(tmp_path / "answers/answers.sqlite", "of an earlier build")
    write(tmp_path / "llmops/bin/llmops", "of an earlier build")
    said = shell(checkout, cleaning(), WORKSPACE_TMP=str(tmp_path), CHANGE_ID=change)
    assert said.code == 0, said.both
    assert not (checkout.root / ".llmops").exists()
    assert not (tmp_path / "llmops").exists()
    assert (tmp_path / "answers/answers.sqlite").exists() == (change == "")


@pytest.mark.parametrize("left", LEFT)
def test_jenkins_believes_no_0_without_a_report(checkout: Checkout, tmp_path: Path, left: str) -> None:
    checkout.install("llmops", ends_well(left))
    _, judge, _ = jenkins_scripts()
    (checkout.root / ".llmops/report").mkdir(parents=True)
    env = {"REPORT": ".llmops/report", "WORKSPACE_TMP": str(tmp_path), "CHANGE_TARGET": "main"}
    said = shell(checkout, judge, **env)
    assert said.code == 3, said.both
    assert "left no complete report" in said.both
