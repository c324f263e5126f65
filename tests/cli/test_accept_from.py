"""Accepting the scores of a run that CI made: the same bytes as there, and no call."""

from __future__ import annotations

import json
import shutil
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import words
from tests.cli.artifacts import (
    KNOWS,
    PULL_REQUEST,
    REASON,
    calling,
    environment,
    merge_as_github,
    pull_request,
)
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    PROJECT_PATH,
    SUITE,
    commit,
    edit,
    git,
    lines,
    llmops,
    project,
    repository,
    said,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.artifacts import PullRequest
    from tests.servers.provider import Provider


@pytest.fixture
def made(tmp_path: Path) -> PullRequest:
    return pull_request(tmp_path)


def accepted_in_ci(made: PullRequest) -> bytes:
    said = llmops(made.ci, "baseline", "accept", "capitals", *REASON)
    assert said.code == 0, said.both
    return (made.ci / BASELINE_PATH).read_bytes()


@pytest.mark.parametrize("form", ["folder", "run folder", "zip", "tar", "tar.gz"])
def test_an_artifact_gives_the_bytes_of_accepting_in_ci(made: PullRequest, form: str) -> None:
    assert made.judge().code == 1
    there = accepted_in_ci(made)
    artifact = made.kept
    if form == "run folder":
        artifact = made.run
    elif form == "zip":
        artifact = made.zipped()
    elif form != "folder":
        artifact = made.kept.with_suffix(f".{form}")
        with tarfile.open(artifact, "w:gz" if form == "tar.gz" else "w") as tar:
            tar.add(made.kept, ".")
    run = made.run.name
    shutil.rmtree(made.root / ".llmops")
    said = made.accept("capitals", "--from", artifact, *REASON)
    assert said.code == 0, said.both
    assert f"pass_rate 100.0% → 66.7%, run {run}" in words(said.out)
    assert made.baseline() == there
    accepted = json.loads(there.split(b"\n")[0])["accepted"]
    assert accepted["by"] == "Ada <ada@example.com>"
    assert (accepted["reason"], accepted["verdict"]) == (REASON[1], "REGRESSED")
    assert accepted["previous"]["pass_rate"] == 1
    assert llmops(made.root, "baseline", "verify").code == 0


def test_a_run_of_this_checkout_is_named_the_same_way(made: PullRequest) -> None:
    with calling(KNOWS):
        assert llmops(made.root, "eval").code == 0
        first = max(path.name for path in (made.root / ".llmops/runs").iterdir())
        assert llmops(made.root, "eval").code == 0
    said = made.accept("--from", first)
    assert said.code == 0, said.both
    assert json.loads(made.accept("--run", first, "--format", "json").out)["accepted"][0]["run"] == first
    path = made.root / ".llmops/runs" / first
    (path / "cases.jsonl").write_text("", "utf-8")
    refused = made.accept("--from", first)
    assert (refused.code, "cases.jsonl was cut short or edited" in refused.err) == (2, True), refused.both


def test_the_suites_are_those_of_the_run(made: PullRequest) -> None:
    write(made.root / "evalsets/second.yaml", SUITE.replace("id: capitals", "id: second"))
    commit(made.root, "another suite")
    git(made.ci, "pull", "-q")
    made.judge("capitals")
    said = made.accept("--from", made.kept, *REASON)
    assert (said.code, said.out.split("\n")[0]) == (0, "OK: accepted 1 baseline"), said.both
    refused = made.accept("second", "--from", made.kept, *REASON)
    assert (refused.code, "did not judge second · capital@1.0.0" in refused.err) == (2, True), refused.both


def test_a_drop_still_needs_its_reason(made: PullRequest) -> None:
    made.judge()
    before = made.baseline()
    said = made.accept("--from", made.kept)
    assert (said.code, "accepting it needs a reason" in said.err) == (2, True), said.both
    assert made.baseline() == before


def test_who_may_accept_is_asked_here(made: PullRequest) -> None:
    edit(made.root, PROJECT_PATH, "name: demo", "name: demo\npolicy: {accept: [bo@example.com]}")
    commit(made.root)
    git(made.ci, "pull", "-q")
    made.judge()
    said = made.accept("--from", made.kept, *REASON)
    assert (said.code, "may not accept baselines of capitals" in said.err) == (2, True), said.both


def test_a_second_person_approves_from_the_same_artifact(made: PullRequest) -> None:
    edit(made.root, PROJECT_PATH, "name: demo", "name: demo\npolicy: {author_may_accept: false}")
    commit(made.root)
    git(made.ci, "pull", "-q")
    made.judge()
    assert made.accept("--from", made.kept, *REASON).code == 0
    commit(made.root, "accepted")
    git(made.root, "config", "user.name", "Bo")
    git(made.root, "config", "user.email", "bo@example.com")
    said = made.accept("--from", made.kept)
    assert (said.code, "approved, the scores are the ones that are there" in words(said.out)) == (0, True)
    header = json.loads(made.baseline().split(b"\n")[0])
    assert header["accepted"]["approved_by"] == ["Bo <bo@example.com>"]


def test_new_cases_alone_are_taken_from_an_artifact(made: PullRequest) -> None:
    new = lines({"id": "land-060", "country": "Land 060", "expected": "City 060"})
    path = made.root / CASES_PATH
    path.write_text(path.read_text("utf-8") + new, "utf-8")
    git(made.root, "checkout", "-q", "main", "--", "prompts")
    commit(made.root, "one more case, the old prompt")
    git(made.ci, "pull", "-q")
    assert made.judge(answer=KNOWS).code == 0
    before = made.baseline().splitlines()[1:]
    said = made.accept("--from", made.zipped(), "--new-cases")
    assert (said.code, "1 new case" in said.out) == (0, True), said.both
    after = made.baseline().splitlines()[1:]
    assert (after[:60], len(after)) == (before, 61)


def test_the_merge_that_github_judges_is_known_by_the_commit_of_the_branch(made: PullRequest) -> None:
    git(made.root, "checkout", "-q", "main")
    (made.root / "NOTES.md").write_text("something else on main\n", "utf-8")
    commit(made.root, "notes")
    git(made.root, "checkout", "-q", "topic")
    merge = merge_as_github(made)
    made.judge(job={"GITHUB_SHA": merge, **PULL_REQUEST})
    head = git(made.root, "rev-parse", "topic").strip()
    assert (made.header()["commit"], made.header()["head"]) == (merge, head)
    there = accepted_in_ci(made)
    said = made.accept("--from", made.kept, *REASON)
    assert said.code == 0, said.both
    assert made.baseline() == there


@pytest.mark.parametrize("system", ["GitLab", "Jenkins", "GitHub, another commit", "nothing said"])
def test_the_commit_of_the_change_is_what_the_system_says(made: PullRequest, system: str) -> None:
    git(made.root, "checkout", "-q", "main")
    write(made.root / "NOTES.md", "something else on main\n")
    commit(made.root, "notes")
    git(made.root, "checkout", "-q", "topic")
    head = git(made.root, "rev-parse", "topic").strip()
    merge_as_github(made)
    job, says_it = {}, system in ("GitLab", "Jenkins")
    if system == "GitLab":
        job = {"GITLAB_CI": "true", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": head}
    elif system == "Jenkins":
        git(made.ci, "checkout", "-q", "--detach", "origin/topic")
        git(made.ci, "merge", "-q", "--no-ff", "--no-gpg-sign", "-m", "Merge main", "origin/main")
        job = {"CHANGE_ID": "7"}
    elif system == "GitHub, another commit":
        job = {"GITHUB_SHA": head, **PULL_REQUEST}
    made.judge(job=job)
    assert made.header()["head"] == (head if says_it else None)
    said = made.accept("--from", made.kept, *REASON)
    assert said.code == (0 if says_it else 2), said.both


def test_merged_shards_are_accepted_from_an_artifact(made: PullRequest, tmp_path: Path) -> None:
    for number in (1, 2):
        assert made.judge("--shard", f"{number}/2").code == 0
        shutil.copytree(made.run, tmp_path / "shards" / str(number))
    assert llmops(made.ci, "merge", str(tmp_path / "shards")).code == 1
    made.keep(max((made.ci / ".llmops/runs").iterdir()))
    there = accepted_in_ci(made)
    said = made.accept("--from", made.kept, *REASON)
    assert said.code == 0, said.both
    assert made.baseline() == there


def test_a_path_begins_here_or_at_the_project(made: PullRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    made.judge()
    shutil.copytree(made.kept, made.root / ".llmops/ci-77")
    said = made.accept("--from", ".llmops/ci-77", *REASON)
    assert said.code == 0, said.both
    monkeypatch.chdir(made.kept.parent)
    assert made.accept("--from", made.kept.name, *REASON).code == 0


def test_the_llmops_that_scored_is_the_one_of_ci(made: PullRequest) -> None:
    made.judge()
    made.forge(llmops="0.0.9")
    assert made.accept("--from", made.kept, *REASON).code == 0
    assert json.loads(made.baseline().split(b"\n")[0])["llmops"] == "0.0.9"


def test_the_line_in_the_report_is_the_one_that_accepts(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path / "repository/shop")
    repository(root.parent)
    job = {"CI": "true", "GITHUB_RUN_ID": "77", "LLMOPS_ARTIFACT": "llmops report"}
    with environment(job):
        report = llmops(root, "eval", "--format", "markdown").out
        partial = llmops(root, "eval", "--format", "markdown", "--filter", "id:france").out
    line = "llmops -C shop baseline accept capitals --from shop/.llmops/ci-77"
    assert f"`gh run download 77 -n 'llmops report' -D shop/.llmops/ci-77 && {line}`" in report
    assert "--from" not in partial
    run = min((root / ".llmops/runs").iterdir())
    run.rename(root / ".llmops/ci-77")
    monkeypatch.chdir(root.parent)
    accepted = said(*line.split()[1:])
    assert accepted.code == 0, accepted.both
