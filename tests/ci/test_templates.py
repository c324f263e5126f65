"""The files that a repository copies: they are valid, they call what exists, and their scripts run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.ci.runner import ACTION
from tests.cli.projects import SUITE_PATH, Said, commit, edit, git, llmops, write
from tests.docs.command_line import fault
from tests.docs.pages import DOCS, ROOT, blocks
from tests.servers.forge import ADA, BOT, GITLAB_BOT, NUMBER, REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ci.checkout import Checkout
    from tests.servers.forge import ForgeServer
    from tests.servers.provider import Provider

pytestmark = pytest.mark.workflows

TEMPLATES = ROOT / "templates"
WORKFLOWS = sorted(TEMPLATES.glob("github*.yml"))
GITLAB, JENKINS = TEMPLATES / "gitlab-ci.yml", TEMPLATES / "Jenkinsfile"
SCRIPTS = sorted((ROOT / "ci").glob("*.sh"))
OURS = "llmops-cli/llmops-cli"
USES = {
    "actions/cache": "v5", "actions/cache/restore": "v5", "actions/cache/save": "v5",
    "actions/checkout": "v6", "actions/download-artifact": "v8", "actions/setup-python": "v6",
    "actions/upload-artifact": "v7", OURS: "main",
}  # fmt: skip
"""Versions that run on Node 24."""
SHA = "0123456789" * 4


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = loaded(path)["jobs"]
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    if path == ACTION:
        found: list[dict[str, Any]] = loaded(path)["runs"]["steps"]
        return found
    return [step for job in jobs(path).values() for step in job["steps"]]


def triggers(path: Path) -> dict[str, Any]:
    """What a workflow runs on; YAML 1.1 reads its key as a boolean."""
    found: dict[str, Any] = loaded(path)[True]
    return found


def jenkins_scripts() -> list[str]:
    return re.findall(r"sh '''\n(.*?)'''", JENKINS.read_text("utf-8"), re.DOTALL)


def scripts() -> Iterator[tuple[str, str]]:
    """Every script of the templates and of the action, with the file that it is in."""
    for path in [*WORKFLOWS, ACTION]:
        yield from ((path.name, step["run"]) for step in steps(path) if "run" in step)
    for part in ("before_script", "script", "after_script"):
        yield from ((GITLAB.name, line) for line in loaded(GITLAB)["llmops"][part])
    yield from ((JENKINS.name, script) for script in jenkins_scripts())
    yield from ((path.name, path.read_text("utf-8")) for path in SCRIPTS)


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.github-actions", [ACTION]),
        ("vendor.gitlab-ci", [GITLAB]),
    ],
)
def test_files_are_valid(schema: str, paths: list[Path]) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_used_action_has_the_version_that_is_meant() -> None:
    found = {step["uses"] for path in [*WORKFLOWS, ACTION] for step in steps(path) if "uses" in step}
    assert found == {f"{name}@{version}" for name, version in USES.items()}


def test_every_input_of_the_action_that_a_workflow_gives_is_one() -> None:
    known = loaded(ACTION)["inputs"].keys()
    given = [
        step.get("with", {}).keys()
        for path in WORKFLOWS
        for step in steps(path)
        if step.get("uses", "").startswith(OURS)
    ]
    assert given
    assert all(names <= known for names in given)


def test_inputs_and_outputs_are_documented_and_used() -> None:
    action, text = loaded(ACTION), (DOCS / "ci.md").read_text("utf-8")
    body = ACTION.read_text("utf-8").partition("\nruns:")[2]
    for name, one in action["inputs"].items():
        assert one["description"].endswith((".", "`")), name
        assert f"inputs.{name}" in body, f"no step uses `{name}`"
        assert f"| `{name}` |" in text, f"docs/ci.md does not describe the input `{name}`"
    for name in action["outputs"]:
        assert f"| `{name}` |" in text, f"docs/ci.md does not describe the output `{name}`"


def test_no_script_has_an_expression_in_it() -> None:
    """GitHub would fill it in before the shell reads it, whatever a pull request has written there."""
    assert len(list(scripts())) > 10
    assert not [(name, script) for name, script in scripts() if "${{" in script]


def command_lines(script: str) -> list[str]:
    """The calls of llmops in a script, without the options that it puts together itself."""
    text = re.sub(r"\\\n\s*", " ", script)
    text = re.sub(r'"[^"\n]*/bin/llmops"|"\$LLMOPS"', "llmops", text)
    text = re.sub(r'"\$@"|"\$\{\w+\[@\]\}"|\$\{options\[@\]\S*', "", text).replace('"$CHANGE_ID"', "7")
    return re.findall(r"\b(llmops (?:check|eval|merge|comment) [^|)>\n]*)", text)


def test_every_command_line_in_a_script_exists() -> None:
    found = [(name, line) for name, script in scripts() for line in command_lines(script)]
    assert {name for name, _ in found} >= {"github-comment.yml", "gitlab-ci.yml", "Jenkinsfile", "judge.sh"}
    faults = [f"{name}: {line}: {said}" for name, line in found if (said := fault(line))]
    assert not faults, "\n".join(faults)


def test_rights_are_the_least() -> None:
    for path in WORKFLOWS:
        assert loaded(path)["permissions"] in (
            {},
            {"contents": "read"},
            {"contents": "read", "pull-requests": "write"},
        ), path.name
    assert triggers(TEMPLATES / "github.yml").keys() == {"pull_request", "merge_group", "push"}
    assert triggers(TEMPLATES / "github-shards.yml").keys() == {"pull_request", "push"}
    comment = TEMPLATES / "github-comment.yml"
    (job,) = jobs(comment).values()
    assert job["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert not [step for step in job["steps"] if "checkout" in step.get("uses", "")]
    assert "secrets" not in comment.read_text("utf-8")


def test_the_history_is_there_and_the_token_is_not() -> None:
    for path in WORKFLOWS:
        for step in steps(path):
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"] == {"fetch-depth": 0, "persist-credentials": False}


def test_the_workflow_that_comments_follows_the_one_that_judges() -> None:
    comment = TEMPLATES / "github-comment.yml"
    names = triggers(comment)["workflow_run"]["workflows"]
    assert names == [loaded(TEMPLATES / "github.yml")["name"]]
    (download, *_) = steps(comment)
    assert download["with"]["name"] == loaded(ACTION)["inputs"]["artifact"]["default"]


def test_a_shard_that_failed_does_not_skip_the_judge() -> None:
    shard, judge = jobs(TEMPLATES / "github-shards.yml").values()
    assert judge["needs"] == "shard"
    assert judge["if"] == "!cancelled()"
    numbers = shard["strategy"]["matrix"]["shard"]
    given = shard["steps"][-1]["with"]
    assert given["shard"] == f"${{{{ matrix.shard }}}}/{len(numbers)}"
    download = judge["steps"][1]["with"]
    assert given["artifact"].startswith(download["pattern"].removesuffix("*"))
    assert judge["steps"][2]["with"]["merge"] == download["path"]


def test_pages_show_the_templates_as_they_are() -> None:
    shown = [
        (page.name, info, block.text)
        for page in (ROOT / "README.md", DOCS / "ci.md")
        for block in blocks(page)
        for info in block.info
        if info.startswith("templates/")
    ]
    names = {f"templates/{path.name}" for path in [*WORKFLOWS, GITLAB]}
    assert {info for _, info, _ in shown} == names
    assert ("README.md", "templates/github.yml") in {(page, info) for page, info, _ in shown}
    for page, name, text in shown:
        assert text == (ROOT / name).read_text("utf-8"), f"{page} shows another {name}"


def test_scripts_pass_shellcheck(tmp_path: Path) -> None:
    paths = [str(path) for path in SCRIPTS]
    for number, (name, script) in enumerate(scripts()):
        if not name.endswith(".sh"):
            path = tmp_path / f"{name}-{number}.sh"
            path.write_text(f"#!/bin/{'sh' if name == GITLAB.name else 'bash'}\n{script}\n", "utf-8")
            paths.append(str(path))
    done = subprocess.run(
        ["shellcheck", *paths], capture_output=True, text=True, check=False, env=with_tools()
    )
    assert done.returncode == 0, done.stdout + done.stderr


def with_tools() -> dict[str, str]:
    folder = Path(sys.executable).parent
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def shell(checkout: Checkout, script: str, **env: str) -> Said:
    """Run a script as a CI system does, in the checkout, with `llmops` on the PATH."""
    path = f"{checkout.bin}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=env.get("PWD", checkout.root),
        env={**os.environ, "CI": "true", "PATH": path, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def gitlab(checkout: Checkout, **env: str) -> Said:
    """The script of GitLab's job. GitLab gives every variable of the file to it."""
    job = loaded(GITLAB)["llmops"]
    checkout.install("pip", "exit 0")
    variables = {name: str(value) for name, value in job["variables"].items()}
    return shell(checkout, "\n".join([*job["before_script"], *job["script"]]), **variables, **env)


def merge_request(checkout: Checkout, source: str = "11") -> dict[str, str]:
    return {
        "GITLAB_CI": "true",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_PROJECT_ID": "11",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": source,
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(checkout.root, "rev-parse", "main").strip(),
    }


def accept_from_kept(checkout: Checkout, provider: Provider, kept: list[str], archive: Path) -> None:
    """Accept, after the job, from a .zip of the folders that it keeps; nothing is asked."""
    asked = provider.count
    with zipfile.ZipFile(archive, "w") as zipped:
        for folder in kept:
            for path in sorted((checkout.root / folder).rglob("*")):
                zipped.write(path, path.relative_to(checkout.root))
    shutil.rmtree(checkout.root / ".llmops")
    said = llmops(checkout.root, "baseline", "accept", "--from", str(archive), "--reason", "LOUD")
    assert (said.code, provider.count) == (0, asked), said.both


def test_gitlab_judges_a_merge_request(checkout: Checkout, provider: Provider, tmp_path: Path) -> None:
    checkout.shout()
    job = "https://gitlab.example/shop/-/jobs/7"
    said = gitlab(checkout, **merge_request(checkout), CI_JOB_URL=job)
    assert said.code == 1, said.both
    assert "1 of 1 suite, by 2 changed files" in said.both
    report = checkout.root / loaded(GITLAB)["llmops"]["variables"]["REPORT"]
    assert sorted(path.name for path in report.iterdir()) == ["report.html", "report.junit.xml", "report.md"]
    kept = loaded(GITLAB)["llmops"]["artifacts"]["paths"]
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
    install, judge, _ = jenkins_scripts()
    assert 'rm -rf "$REPORT" .llmops/runs\n' in install
    write(checkout.root / ".llmops/runs/of-an-earlier-build/run.json", "{}")
    clean = next(line.strip() for line in install.splitlines() if "rm -rf" in line)
    build = "https://ci.example/job/shop/job/PR-7/3/"
    env = {"REPORT": ".llmops/report", "WORKSPACE_TMP": str(tmp_path), "CHANGE_TARGET": "main"}
    env |= {"BUILD_URL": build, "LLMOPS_ARTIFACT": "llmops"}
    said = shell(checkout, f'{clean}\nmkdir -p "$REPORT"\n{judge}', **env)
    assert said.code == 1, said.both
    report = (checkout.root / ".llmops/report/report.md").read_text("utf-8")
    assert f"first download it: `{build}artifact/*zip*/archive.zip`" in report
    assert "`llmops baseline accept capitals --from archive.zip --reason" in report
    (patterns,) = re.findall(r"archiveArtifacts artifacts: '([^']*)'", JENKINS.read_text("utf-8"))
    kept = [pattern.rstrip("*/") for pattern in patterns.split(",")]
    accept_from_kept(checkout, provider, kept, tmp_path / "archive.zip")


REPORT = "## PASSED: 1 suite, 10 cases\n"


def test_gitlab_comments(checkout: Checkout, forge: ForgeServer) -> None:
    write(checkout.root / ".llmops/report/report.md", REPORT)
    (script,) = loaded(GITLAB)["llmops"]["after_script"]
    env = {
        **merge_request(checkout),
        "REPORT": ".llmops/report",
        "CI_API_V4_URL": forge.gitlab_url,
        "CI_MERGE_REQUEST_PROJECT_ID": "5",
        "CI_PROJECT_ID": "5",
    }
    without = shell(checkout, script, **env)
    assert (without.code, forge.comments) == (0, []), without.both
    said = shell(checkout, script, **env, GITLAB_TOKEN=GITLAB_BOT)
    assert said.code == 0, said.both
    assert forge.bodies == [f"<!-- llmops:comment . -->\n{REPORT.strip()}"]


def test_jenkins_comments(checkout: Checkout, forge: ForgeServer, tmp_path: Path) -> None:
    write(checkout.root / ".llmops/report/report.md", REPORT)
    *_, script = jenkins_scripts()
    (tmp_path / "llmops/bin").mkdir(parents=True)
    (tmp_path / "llmops/bin/llmops").symlink_to(checkout.bin / "llmops")
    env = {
        "REPORT": ".llmops/report",
        "WORKSPACE_TMP": str(tmp_path),
        "REPOSITORY": REPOSITORY,
        "CHANGE_ID": str(NUMBER),
        "GITHUB_API_URL": forge.github_url,
    }
    said = shell(checkout, script, **env, GITHUB_TOKEN=ADA)
    assert said.code == 0, said.both
    assert forge.bodies == [f"<!-- llmops:comment . -->\n{REPORT.strip()}"]
    refused = shell(checkout, script, **env, GITHUB_TOKEN="ghp_unknown")
    assert (refused.code, refused.out) == (0, "no comment\n")


def fork_comment(checkout: Checkout, forge: ForgeServer, temp: Path) -> Said:
    """The last step of the second workflow, after a fork's run, without a checkout."""
    script = steps(TEMPLATES / "github-comment.yml")[-1]["run"]
    installed = temp / "llmops/bin/llmops"
    if not installed.exists():
        installed.parent.mkdir(parents=True)
        installed.symlink_to(checkout.bin / "llmops")
    head = {"full_name": "bob/app", "owner": {"login": "bob"}}
    run = {"event": "pull_request", "head_branch": "better", "head_sha": SHA, "head_repository": head}
    write(temp / "event.json", json.dumps({"workflow_run": run}))
    elsewhere = temp / "work"
    elsewhere.mkdir(exist_ok=True)
    return shell(
        checkout,
        script,
        PWD=str(elsewhere),
        RUNNER_TEMP=str(temp),
        GITHUB_EVENT_PATH=str(temp / "event.json"),
        GITHUB_EVENT_NAME="workflow_run",
        GITHUB_REPOSITORY=REPOSITORY,
        GITHUB_API_URL=forge.github_url,
        GITHUB_TOKEN=BOT,
    )


def test_the_report_of_a_fork_is_posted_as_the_forks(
    checkout: Checkout, forge: ForgeServer, tmp_path: Path
) -> None:
    forge.pulls = [{"number": NUMBER, "head": {"sha": SHA, "ref": "better", "user": {"login": "bob"}}}]
    write(tmp_path / "report/report.md", REPORT)
    said = fork_comment(checkout, forge, tmp_path)
    assert said.code == 0, said.both
    (body,) = forge.bodies
    assert body.startswith("<!-- llmops:comment . -->\n> Written by the run of a fork")
    assert body.endswith(REPORT.strip())


def test_a_report_of_a_fork_that_is_a_link_is_not_followed(
    checkout: Checkout, forge: ForgeServer, tmp_path: Path
) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report/report.md").symlink_to("/etc/passwd")
    said = fork_comment(checkout, forge, tmp_path)
    assert said.code == 1
    assert forge.seen == []
