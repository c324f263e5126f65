"""`llmops eval --changed`: the suites that a change reaches, and no others."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import words
from tests.cli.changed import BOTH, GREETING, MORE, append, explained, refused, suites, two_suites
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    commit,
    edit,
    evaluated,
    git,
    lines,
    llmops,
    project,
    repository,
    write,
)
from tests.snapshots import assert_snapshot

if TYPE_CHECKING:
    from tests.servers.provider import Provider

SNAPSHOTS = Path(__file__).parent / "snapshots"


pytestmark = pytest.mark.usefixtures("idle")  # a provider that could answer, were it asked


def test_staged_and_committed_changes_count_and_reverted_ones_do_not(tmp_path: Path) -> None:
    root = two_suites(tmp_path)
    append(root, PROMPT_PATH)
    git(root, "add", "-A")
    assert suites(root) == ["capitals"]
    commit(root)
    assert suites(root) == ["capitals"]
    git(root, "revert", "--no-edit", "HEAD")
    found = explained(root)
    assert (found["suites"]["run"], found["files"]) == ([], [])
    said = llmops(root, "eval", "--changed")
    assert said.code == 0
    assert said.out.startswith("UNAFFECTED: no file changed since main (")


def test_what_happened_on_main_since_does_not_count(tmp_path: Path) -> None:
    root = two_suites(tmp_path)
    append(root, PROMPT_PATH)
    commit(root)
    git(root, "checkout", "-q", "main")
    append(root, "scorers/tone.py")
    commit(root)
    git(root, "checkout", "-q", "topic")
    assert suites(root) == ["capitals"]


def test_a_project_in_a_folder_of_its_repository(tmp_path: Path) -> None:
    top = tmp_path / "re po"
    root = project(top / "pro[j]ect", MORE)
    write(top / "app/main.py", "")
    repository(top)
    git(top, "checkout", "-qb", "topic")
    write(top / "app/main.py", "other")
    write(top / "llmops.yaml.bak", "not known to git, and not of the project")
    found = explained(root)
    assert (found["suites"]["run"], found["files"], found["outside_files"]) == ([], [], 1)
    said = llmops(root, "eval", "--changed")
    assert said.code == 0
    assert "UNAFFECTED: 1 changed file reaches no suite; nothing was judged" in said.out
    assert "1 changed file outside of the project's folder" in words(said.out)
    append(root, "prompts/_tone.j2")
    assert suites(root) == ["greetings"]


def test_nothing_reached_asks_nothing_and_says_so(
    tmp_path: Path, idle: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    root = two_suites(tmp_path)
    write(root / "README.md", "other")
    write(root / "prompts/spare.yaml", GREETING.replace("id: greeting", "id: spare").replace("kind", "odd"))
    said = llmops(root, "eval", "--changed", "-o", str(tmp_path / "report.md"))
    assert said.code == 0
    assert idle.count == 0
    assert said.out.startswith("UNAFFECTED: 2 changed files reach no suite; nothing was judged\n")
    assert said.err.startswith("affected: none of 2 suites, by 2 changed files since main (")
    assert (tmp_path / "report.md").read_text("utf-8").startswith("## UNAFFECTED: 2 changed files reach")
    assert not (root / ".llmops/runs").exists()
    data = evaluated(root, "--changed").data
    assert (data["verdict"], data["exit_code"], data["subjects"], data["run"]["id"]) == (
        "UNAFFECTED",
        0,
        [],
        None,
    )
    assert data["changed"]["suites"] == {"run": [], "skipped": BOTH}


def test_only_what_is_reached_is_asked(tmp_path: Path, provider: Provider) -> None:
    root = two_suites(tmp_path)
    append(root, "evalsets/people/second.jsonl", lines({"id": "cy", "name": "Cy"}))
    said = llmops(root, "eval", "--changed")
    assert said.code == 0
    assert provider.count == 3
    assert "affected: 1 of 2 suites, by 1 changed file since main (" in said.err
    assert said.err.splitlines()[0].endswith("): greetings")
    found = words(said.out)
    assert "• greetings: evalsets/people/second.jsonl (cases) • not reached: capitals" in found
    asked = evaluated(root)
    assert len(asked.data["subjects"]) == 2
    assert asked.data["changed"] is None


def test_suites_that_are_asked_for_run_where_they_are_reached(tmp_path: Path) -> None:
    root = two_suites(tmp_path)
    append(root, PROMPT_PATH)
    assert suites(root, "capitals") == ["capitals"]
    assert suites(root, "greetings") == []
    assert suites(root, "--filter", "id:a*") == []
    assert suites(root, "--filter", "id:peru") == ["capitals"]
    assert suites(root, "--prompt", "greeting") == []
    said = llmops(root, "eval", "--changed", "greetings")
    assert said.code == 0
    assert said.out.startswith("UNAFFECTED: 1 changed file reaches no suite that was asked for; nothing")
    assert "reached, and not asked for: capitals" in said.out
    assert "no suite has the id `other`" in refused(root, "other").err
    assert "matches none" in refused(root, "--filter", "id:nobody").err


def test_explain_is_about_changed(tmp_path: Path) -> None:
    said = llmops(two_suites(tmp_path), "eval", "--explain")
    assert said.code == 2
    assert "llmops eval --changed --explain" in said.err


def test_explain_runs_nothing(tmp_path: Path, idle: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    root = two_suites(tmp_path)
    for path in (
        "prompts/_tone.j2",
        PROMPT_PATH,
        "README.md",
        "data/lookup.bin",
        "evalsets/people/a\nb.jsonl",
    ):
        write(
            root / path, (root / path).read_text() + "\n" if (root / path).exists() else lines({"name": "Di"})
        )
    said = llmops(root, "eval", "--changed", "--explain")
    assert said.code == 0
    assert not said.err
    assert idle.count == 0
    assert not (root / ".llmops/runs").exists()
    start = git(root, "rev-parse", "main")[:10]
    assert_snapshot(said.out.replace(start, "0123456789"), SNAPSHOTS / "changed-explain.txt")


def test_many_files_are_counted(tmp_path: Path) -> None:
    root = two_suites(tmp_path)
    for number in range(150):
        write(root / f"evalsets/people/p{number:03}.jsonl", lines({"id": f"p{number}", "name": "Di"}))
    said = llmops(root, "eval", "--changed", "--explain")
    assert said.out.startswith("1 of 2 suites, by 150 changed files since main (")
    assert "50 more" in said.out
    assert "evalsets/people/p002.jsonl (cases), and 147 more" in words(said.out)
    assert "p003.jsonl (cases)" not in words(said.out)
    assert len(explained(root)["files"]) == 150


def test_without_a_change_every_suite_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = two_suites(tmp_path)
    found = explained(root)
    assert (found["everything"], found["suites"]["run"]) == (True, BOTH)
    said = llmops(root, "eval", "--changed")
    assert "affected: every suite (2) runs: HEAD is part of main, so there is no change to go by" in said.err
    assert "every suite (2) runs: HEAD is part of main, so there is no change to go by" in words(said.out)
    # A push to main: what the job wrote into the tree is not the change.
    write(root / "coverage.md", "99%")
    assert suites(root) == []
    monkeypatch.setenv("CI", "true")
    assert suites(root) == BOTH


def test_a_lowered_baseline_is_seen_though_no_suite_runs(tmp_path: Path) -> None:
    root = two_suites(tmp_path, {PROJECT_PATH: "policy: {accept: [grace@example.com]}\n"})
    write(root / PROJECT_PATH, "name: demo\n")
    accepted(root)
    git(root, "checkout", "-q", PROJECT_PATH)
    commit(root)
    git(root, "branch", "-f", "main")
    git(root, "rm", "-qr", "baselines/capitals", SUITE_PATH, CASES_PATH)
    commit(root, "Away with it")
    said = llmops(root, "eval", "--changed", "--base", "main")
    assert said.code == 1
    assert said.out.startswith("REFUSED: capitals baseline removed against the policy")
    assert "(the change reaches no suite)" in words(said.out)
    assert "nothing was judged" not in said.out
    data = evaluated(root, "--changed", "--base", "main").data
    assert (data["verdict"], data["exit_code"], data["base"]["refused"]) == ("UNAFFECTED", 1, True)
    assert llmops(root, "eval", "--changed").code == 0, "without --base baselines are not compared"


def test_a_baseline_reaches_its_suite(tmp_path: Path) -> None:
    root = two_suites(tmp_path)
    accepted(root)
    commit(root)
    git(root, "branch", "-f", "main")
    git(root, "rm", "-q", BASELINE_PATH)
    assert suites(root) == ["capitals"]


def test_no_suite_at_all_is_an_error(tmp_path: Path) -> None:
    root = two_suites(tmp_path)
    shutil.rmtree(root / "evalsets")
    assert "no suites in evalsets/" in refused(root).err


def test_a_broken_project_is_refused_first(tmp_path: Path) -> None:
    root = two_suites(tmp_path)
    edit(root, PROMPT_PATH, "{{ country }}", "{{ country }")
    assert PROMPT_PATH in refused(root).err


def test_outside_git(tmp_path: Path) -> None:
    assert "is not inside a git repository" in refused(project(tmp_path, MORE)).err


def test_git_will_not_read_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = two_suites(tmp_path)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    said = refused(root)
    assert "git will not read the repository: detected dubious ownership" in said.err
    assert f"git config --global --add safe.directory {root}" in said.err


def test_an_empty_repository(tmp_path: Path) -> None:
    root = project(tmp_path, MORE)
    git(root, "init", "-q")
    assert "git has no commit yet, so nothing says what changed" in refused(root).err


def test_no_base_can_be_found(tmp_path: Path) -> None:
    root = two_suites(tmp_path)
    git(root, "branch", "-D", "main")
    said = refused(root)
    assert "nothing says what the change is compared with" in said.err
    assert "--base" in said.err
    assert "git knows no commit `nowhere`" in refused(root, "--base", "nowhere").err
    assert "--base is empty" in refused(root, "--base", "").err


def test_no_merge_base(tmp_path: Path) -> None:
    root = two_suites(tmp_path)
    git(root, "checkout", "-q", "--orphan", "alone")
    commit(root, "Another beginning")
    said = refused(root)
    assert "HEAD and `main` have no commit in common" in said.err
    assert "fetch-depth: 0" in said.err


class TestCheckouts:
    """What CI systems check out: clones of a server's repository, merge commits, cut histories."""

    @pytest.fixture
    def origin(self, tmp_path: Path) -> Path:
        """A server with main, a pull request that changes one prompt, and the merge of both at refs/pull."""
        root = two_suites(tmp_path / "origin")
        append(root, PROMPT_PATH)
        commit(root, "The change")
        git(root, "checkout", "-q", "main")
        append(root, "scorers/tone.py")
        commit(root, "Meanwhile on main")
        git(root, "checkout", "-q", "--detach")
        git(root, "merge", "-q", "--no-ff", "--no-gpg-sign", "-m", "Merge", "topic")
        git(root, "update-ref", "refs/pull/7/merge", "HEAD")
        git(root, "checkout", "-q", "main")
        return root

    def clone(self, origin: Path, folder: Path, *specs: str, depth: int = 0) -> Path:
        """Fetch as actions/checkout does, and check out the last one, detached."""
        git(origin.parent, "init", "-q", str(folder))
        git(folder, "remote", "add", "origin", f"file://{origin}")
        cut = [f"--depth={depth}"] if depth else []
        git(folder, "fetch", "-q", "--no-tags", *cut, "origin", *specs)
        git(folder, "checkout", "-q", "--detach", specs[-1].partition(":")[2])
        return folder

    PULL = "+refs/pull/7/merge:refs/remotes/pull/7/merge"
    ALL = "+refs/heads/*:refs/remotes/origin/*"

    def test_the_merge_of_a_pull_request(
        self, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root = self.clone(origin, tmp_path / "clone", self.ALL, self.PULL)
        monkeypatch.setenv("CI", "true")
        monkeypatch.setenv("GITHUB_BASE_REF", "main")
        found = explained(root)
        assert found["base"] == "origin/main"
        assert found["commit"] == git(origin, "rev-parse", "main").strip()
        assert found["suites"]["run"] == ["capitals"]

    def test_a_cut_history(self, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        root = self.clone(origin, tmp_path / "clone", self.PULL, depth=1)
        monkeypatch.setenv("GITHUB_BASE_REF", "main")
        said = refused(root)
        assert "git knows no commit `origin/main`, the base of the change by GITHUB_BASE_REF" in said.err
        assert "fetch-depth: 0" in said.err
        monkeypatch.delenv("GITHUB_BASE_REF")
        assert "nothing says what the change is compared with" in refused(root).err

    def test_a_cut_history_without_the_merge_base(self, origin: Path, tmp_path: Path) -> None:
        topic = "+refs/heads/topic:refs/remotes/origin/topic"
        main = "+refs/heads/main:refs/remotes/origin/main"
        root = self.clone(origin, tmp_path / "clone", main, topic, depth=1)
        said = refused(root)
        assert "HEAD and `origin/main` have no commit in common" in said.err
        assert "fetch-depth: 0" in said.err

    def test_a_push_to_main(self, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        main = "+refs/heads/main:refs/remotes/origin/main"
        root = self.clone(origin, tmp_path / "clone", main, depth=1)
        monkeypatch.setenv("CI", "true")
        monkeypatch.setenv("GITHUB_BASE_REF", "")
        found = explained(root)
        assert (found["base"], found["suites"]["run"]) == ("origin/main", BOTH)
        assert found["no_change"] == "HEAD is part of origin/main, so there is no change to go by"

    def test_what_gitlab_and_jenkins_say(
        self, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        topic = "+refs/heads/topic:refs/remotes/origin/topic"
        root = self.clone(origin, tmp_path / "clone", self.ALL, topic)
        commit_hash = git(root, "merge-base", "origin/main", "origin/topic").strip()
        git(root, "update-ref", "-d", "refs/remotes/origin/main")
        monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", commit_hash)
        assert suites(root) == ["capitals"]
        assert f"since {commit_hash[:10]}\n" in llmops(root, "eval", "--changed", "--explain").out
        monkeypatch.delenv("CI_MERGE_REQUEST_DIFF_BASE_SHA")
        git(root, "branch", "release", commit_hash)
        monkeypatch.setenv("CHANGE_TARGET", "release")
        assert explained(root)["base"] == "release"
        monkeypatch.setenv("CHANGE_TARGET", "gone")
        assert "`origin/gone`, the base of the change by CHANGE_TARGET" in refused(root).err
        assert suites(root, "--base", commit_hash) == ["capitals"], "--base is said by a person, and wins"

    def test_an_ordinary_clone(self, origin: Path, tmp_path: Path) -> None:
        git(tmp_path, "clone", "-q", str(origin), "clone")
        root = tmp_path / "clone"
        git(root, "checkout", "-q", "topic")
        found = explained(root)
        assert (found["base"], found["suites"]["run"]) == ("origin/HEAD", ["capitals"])
