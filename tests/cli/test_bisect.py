"""`llmops bisect`: the commit that made a suite regress, in real repositories."""

from __future__ import annotations

import _thread
import json
import math
import signal
from typing import TYPE_CHECKING

import pytest

from llmops_cli.core.git import Repository
from tests.cli.answering import asking
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    MODEL,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    capital,
    changed,
    commit,
    edit,
    evaluated,
    git,
    llmops,
    point_at,
    project,
    repository,
    write,
)
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.projects import Said
    from tests.servers.provider import Call

GOOD_WORDS, BAD_WORDS = "Answer with one word.", "Answer with a riddle."


def riddler(call: Call) -> str:
    """What a model answers that does as it is told."""
    said = str(call.body["messages"][0]["content"])
    return f"It begins with {capital(call)[0]}" if "riddle" in said else capital(call)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with asking(riddler) as running:
        yield running


def grown(root: Path, *, bad: int, commits: int, broken: tuple[int, ...] = ()) -> list[str]:
    """An accepted baseline and commits on top, one of which asks for riddles; their hashes, oldest first."""
    accepted(root)
    commit(root, "accept")
    good_text = (root / PROMPT_PATH).read_text("utf-8")
    text = good_text
    for number in range(commits):
        if number == bad:
            text = text.replace(GOOD_WORDS, BAD_WORDS)
        text += f"# {number}\n"
        write(root / PROMPT_PATH, text.replace("messages:", "mesages:") if number in broken else text)
        git(root, "commit", "-q", "--no-gpg-sign", "-am", f"edit {number}")
    return git(root, "log", "--reverse", "--format=%H", f"-{commits}").split()


def worktrees(root: Path) -> int:
    return len(git(root, "worktree", "list").splitlines())


def probes(said: Said) -> int:
    return said.err.count("\nprobe ") + said.err.startswith("probe ")


def test_the_commit_is_found_with_few_probes_and_then_for_nothing(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    hashes = grown(root, bad=5, commits=9)
    provider.calls.clear()
    said = llmops(root, "bisect", "capitals")
    day = git(root, "log", "-1", "--format=%cs").strip()
    bad, before = hashes[5][:10], hashes[4][:10]
    assert said.code == 1
    assert said.out.startswith(
        f"""\
REGRESSED: first bad commit {bad} by Ada, {day}: "edit 5"

What it did
  • against the baseline: REGRESSED (pass_rate 100.0% → 0.0%)
  • the last good commit, {before}: PASSED (pass_rate 100.0% → 100.0%)
  • changed since then: prompt text (system message)
  • files: {PROMPT_PATH}

Prompt changes
  system message
    - {GOOD_WORDS}
    + {BAD_WORDS}

capitals · capital@1.0.0 · {MODEL}
"""
    )
    assert said.out.endswith(
        f"\n\nNext\n  • look at it: git show {bad}\n"
        f"  • take it back and see: git revert {bad}, then llmops eval capitals\n"
    )
    good = git(root, "rev-parse", "HEAD~9")[:10]
    first, second, *_ = said.err.split("\n")
    assert first == f"9 commits that changed the project between {good} (good) and HEAD (bad)"
    assert second == (
        f'probe 1 of about 6: {hashes[8][:10]} "edit 8" … REGRESSED (pass_rate 100.0% → 0.0%), '
        "10 live calls, 0 from the cache"
    )
    assert probes(said) <= math.ceil(math.log2(9)) + 2
    assert provider.count == 10
    assert worktrees(root) == 1
    assert git(root, "status", "--porcelain") == ""
    provider.calls.clear()
    again = llmops(root, "bisect", "capitals", "--format", "json")
    assert (again.code, provider.count) == (1, 0)
    assert again.data["first_bad"]["commit"] == hashes[5]
    assert again.data["first_bad"]["author"] == "Ada <ada@example.com>"
    assert again.data["last_good"]["commit"] == hashes[4]
    assert again.data["files"] == [PROMPT_PATH]
    assert again.data["causes"] == ["prompt text (system message)"]
    assert again.data["subjects"][0]["metrics"]["pass_rate"]["now"] == 0.0
    dates = [probe["date"] for probe in again.data["probes"]]
    assert dates == sorted(dates, reverse=True)
    assert all(len(probe["commit"]) == 40 for probe in again.data["probes"])


@pytest.mark.usefixtures("provider")
def test_the_table_of_probes(tmp_path: Path) -> None:
    root = repository(project(tmp_path))
    hashes = [name[:10] for name in grown(root, bad=1, commits=3, broken=(0,))]
    good, day = git(root, "rev-parse", "HEAD~3")[:10], git(root, "log", "-1", "--format=%cs").strip()
    said = llmops(root, "bisect", "capitals")
    assert (
        f"""
Commits judged: 4, newest first
  commit      date        subject  verdict    pass_rate  live calls
  ──────────  ──────────  ───────  ─────────  ─────────  ──────────
  {hashes[2]}  {day}  edit 2   REGRESSED       0.0%          10
  {hashes[1]}  {day}  edit 1   REGRESSED       0.0%           0
  {hashes[0]}  {day}  edit 0   skipped            –           –
  {good}  {day}  accept   PASSED        100.0%           0

  • {hashes[0]} cannot be judged: {PROMPT_PATH}:10:1: unknown key `mesages`
"""
        in said.out
    )


@pytest.mark.usefixtures("provider")
def test_a_commit_that_cannot_be_judged_is_passed_over(tmp_path: Path) -> None:
    root = repository(project(tmp_path))
    hashes = grown(root, bad=6, commits=9, broken=(3, 4))
    said = llmops(root, "bisect", "capitals", "--format", "json")
    assert said.code == 1
    assert said.data["first_bad"]["commit"] == hashes[6]
    assert "cannot be judged: " in said.err
    assert worktrees(root) == 1


@pytest.mark.usefixtures("provider")
def test_where_none_before_can_be_judged_the_suspects_are_named(tmp_path: Path) -> None:
    root = repository(project(tmp_path))
    hashes = grown(root, bad=3, commits=5, broken=(2, 3))
    said = llmops(root, "bisect", "capitals")
    assert said.code == 1
    assert said.out.startswith(
        "REGRESSED: the first bad commit is one of 3: those before the last cannot be judged\n\n"
        "The suspects\n"
    )
    assert said.out.index(hashes[4][:10]) < said.out.index(hashes[3][:10]) < said.out.index(hashes[2][:10])
    data = llmops(root, "bisect", "capitals", "--format", "json").data
    assert data["first_bad"] is None
    assert [suspect["commit"] for suspect in data["suspects"]] == hashes[2:]
    assert data["last_good"]["commit"] == hashes[1]


def test_nothing_regressed(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    grown(root, bad=99, commits=3)
    provider.calls.clear()
    said = llmops(root, "bisect", "capitals")
    assert said.code == 0
    assert said.out.startswith("HEAD is PASSED (pass_rate 100.0% → 100.0%): nothing to find\n\ncapitals · ")
    assert probes(said) == 1
    assert provider.count == 0


@pytest.mark.usefixtures("provider")
def test_a_good_end_that_is_bad_is_refused(tmp_path: Path) -> None:
    root = repository(project(tmp_path))
    hashes = grown(root, bad=1, commits=4)
    said = llmops(root, "bisect", "capitals", "--good", "HEAD~1")
    assert said.code == 2
    assert said.err.endswith(
        f"the good end {hashes[2][:10]} is bad already: REGRESSED (pass_rate 100.0% → 0.0%)\n"
        "    name a commit that was good with --good REF\n"
    )
    assert said.out == ""
    assert worktrees(root) == 1


@pytest.mark.usefixtures("provider")
def test_a_bad_end_that_cannot_be_judged_is_refused_with_its_faults(tmp_path: Path) -> None:
    root = repository(project(tmp_path))
    grown(root, bad=1, commits=3, broken=(2,))
    edit(root, PROMPT_PATH, "mesages:", "messages:")  # `eval` works on the disk, and HEAD is asked about
    said = llmops(root, "bisect", "capitals")
    assert said.code == 2
    assert "unknown key `mesages`" in said.err


@pytest.mark.usefixtures("shortest_waits")
def test_calls_that_fail_stop_it_and_it_goes_on_later(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    hashes = grown(root, bad=2, commits=8)
    provider.misbehave(500, times=None, headers={"retry-after": "0"})
    said = llmops(root, "bisect", "capitals")
    assert said.code == 3
    assert f"{hashes[7][:10]}: 10 of 10 answers failed: server: " in said.err
    assert "the same command again goes on from there" in said.err
    assert said.out == ""
    assert worktrees(root) == 1
    provider.behave()
    assert llmops(root, "bisect", "capitals", "--format", "json").data["first_bad"]["commit"] == hashes[2]


def test_an_interruption_leaves_no_worktree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(project(tmp_path))

    pressed: list[Call] = []

    def impatient(call: Call) -> str:
        if "riddle" in str(call.body["messages"][0]["content"]) and not pressed:
            pressed.append(call)
            _thread.interrupt_main()
        return riddler(call)

    with Provider(impatient) as provider:
        point_at(provider, monkeypatch)
        grown(root, bad=2, commits=4)
        said = llmops(root, "bisect", "capitals")
    assert said.code == 130
    assert "interrupted: 0 of about 4 probes are done; no worktree is left\n" in said.err
    assert llmops(root, "eval", "--resume").err.startswith("there is no unfinished run")
    assert worktrees(root) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_a_checkout_is_gone_after_any_error(tmp_path: Path, error: type[BaseException]) -> None:
    root = repository(project(tmp_path / "deep/er"))
    found = Repository(root)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(error), found.checkout(found.resolve("HEAD"), without="baselines/capitals") as folder:  # noqa: PT012
        assert (folder / PROMPT_PATH).is_file()
        assert worktrees(root) == 2
        write(folder / "left behind", "x")
        raise error
    assert not folder.exists()
    assert signal.getsignal(signal.SIGINT) is handler
    assert worktrees(root) == 1


@pytest.mark.usefixtures("provider")
def test_a_project_in_a_subfolder_and_commits_that_are_no_suspects(tmp_path: Path) -> None:
    root = project(tmp_path / "apps/[bot]")
    repository(tmp_path)
    accepted(root)
    commit(tmp_path, "accept")
    steps = {
        "outside": (tmp_path / "README.md", "x"),
        "cassette": (root / "cassettes/capitals/x.jsonl", ""),
        "notes": (root / "notes.md", "x"),
        "other baseline": (root / "baselines/other/x.jsonl", ""),
        "neighbour": (tmp_path / "apps/b/llmops.yaml", ""),
    }
    for name, (path, text) in steps.items():
        write(path, text)
        commit(tmp_path, name)
    edit(root, PROMPT_PATH, GOOD_WORDS, BAD_WORDS)
    commit(tmp_path, "riddles")
    write(tmp_path / "README.md", "y")
    commit(tmp_path, "outside again")
    said = llmops(root, "bisect", "capitals", "--format", "json")
    assert "2 commits that changed the project" in said.err
    assert said.data["first_bad"]["subject"] == "riddles"
    assert said.data["files"] == [PROMPT_PATH]
    assert worktrees(tmp_path) == 1


@pytest.mark.usefixtures("provider")
def test_a_merge_is_one_suspect(tmp_path: Path) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    commit(root, "accept")
    git(root, "checkout", "-q", "-b", "side")
    edit(root, PROMPT_PATH, GOOD_WORDS, BAD_WORDS)
    commit(root, "riddles")
    write(root / "notes.md", "x")
    commit(root, "notes")
    git(root, "checkout", "-q", "main")
    write(root / "other.md", "x")
    commit(root, "other")
    git(root, "merge", "-q", "--no-ff", "-m", "merge the side", "side")
    said = llmops(root, "bisect", "capitals", "--format", "json")
    assert said.data["first_bad"]["subject"] == "merge the side"
    assert said.data["files"] == ["notes.md", PROMPT_PATH]


def test_the_baseline_on_the_disk_is_the_yardstick(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    first, second = "openai/gpt-4o-2024-05-13", MODEL
    edit(root, PROMPT_PATH, second, first)
    commit(root, "an older model")
    accepted(root)
    commit(root, "accept for the older model")
    edit(root, PROMPT_PATH, first, second)
    (root / f"baselines/capitals/{first}.jsonl").unlink()
    commit(root, "the newer model")
    accepted(root)  # not committed: nothing in git is the good end by itself
    edit(root, PROMPT_PATH, GOOD_WORDS, BAD_WORDS)
    git(root, "commit", "-q", "--no-gpg-sign", "-am", "riddles")
    provider.calls.clear()
    none = llmops(root, "bisect", "capitals")
    assert none.code == 2
    assert "no commit up to HEAD holds a baseline of `capitals`" in none.err
    said = llmops(root, "bisect", "capitals", "--good", "HEAD~1", "--format", "json")
    assert said.err.startswith("uncommitted changes take no part; only the baseline is taken as it lies on")
    assert said.data["first_bad"]["subject"] == "riddles"
    older = llmops(root, "bisect", "capitals", "--good", "HEAD~2")
    assert older.code == 2
    assert "cannot be judged: there is no baseline for what it judges" in older.err
    (root / BASELINE_PATH).unlink()
    gone = llmops(root, "bisect", "capitals", "--good", "HEAD~1")
    assert gone.code == 2
    assert "HEAD cannot be judged: there is no baseline for what it judges" in gone.err


@pytest.mark.usefixtures("provider")
def test_other_scorers_cannot_be_judged(tmp_path: Path) -> None:
    root = repository(project(tmp_path, {PROJECT_PATH: "store_outputs: false\n"}))
    accepted(root)
    commit(root, "accept")
    edit(root, SUITE_PATH, 'equals: "{{ expected }}"', 'contains: "{{ expected }}"\n    metric: equals')
    commit(root, "another scorer")
    edit(root, SUITE_PATH, 'contains: "{{ expected }}"\n    metric: equals', 'equals: "{{ expected }}"')
    edit(root, PROMPT_PATH, GOOD_WORDS, BAD_WORDS)
    commit(root, "riddles")
    said = llmops(root, "bisect", "capitals", "--format", "json")
    assert said.code == 1
    assert [suspect["subject"] for suspect in said.data["suspects"]] == ["another scorer", "riddles"]
    (skipped,) = [probe["skipped"] for probe in said.data["probes"] if probe["skipped"]]
    assert skipped.startswith("INCOMPARABLE, ")


@pytest.mark.usefixtures("provider")
def test_a_case_that_went_is_found_too(tmp_path: Path) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    commit(root, "accept")
    kept = (root / CASES_PATH).read_text("utf-8").splitlines(keepends=True)[1:]
    write(root / CASES_PATH, "".join(kept))
    commit(root, "without France")
    said = llmops(root, "bisect", "capitals")
    assert said.code == 1
    assert "against the baseline: INCOMPARABLE (pass_rate 100.0% → 100.0%, 1 case of the base" in said.out
    assert "changed since then: cases" in said.out


@pytest.mark.usefixtures("provider")
def test_a_model_of_the_command_line(tmp_path: Path) -> None:
    other = "openai/gpt-4o-2024-08-06"
    both = changed(SUITE_PATH, "prompt: capital\n", f"prompt: capital\nmodels: [{MODEL}, {other}]\n")
    root = repository(project(tmp_path, both))
    hashes = grown(root, bad=0, commits=2)
    said = llmops(root, "bisect", "capitals", "--model", other, "--format", "json")
    assert said.data["first_bad"]["commit"] == hashes[0]
    assert [subject["model"] for subject in said.data["subjects"]] == [other]


@pytest.mark.usefixtures("provider")
def test_the_users_hooks_stay_out_of_it(tmp_path: Path) -> None:
    root = repository(project(tmp_path))
    hashes = grown(root, bad=0, commits=2)
    hook = root / ".git/hooks/post-checkout"
    write(hook, "#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    said = llmops(root, "bisect", "capitals", "--format", "json")
    assert said.data["first_bad"]["commit"] == hashes[0]


@pytest.mark.usefixtures("provider")
def test_runs_and_answers_are_those_of_the_project(tmp_path: Path) -> None:
    root = repository(project(tmp_path))
    grown(root, bad=0, commits=2)
    before = len(list((root / ".llmops/runs").iterdir()))
    said = llmops(root, "bisect", "capitals")
    assert len(list((root / ".llmops/runs").iterdir())) == before + probes(said)
    ran = evaluated(root)
    assert json.loads(ran.out)["verdict"] == "REGRESSED"


@pytest.mark.usefixtures("provider")
def test_nothing_in_the_project_changed(tmp_path: Path) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    commit(root, "accept")
    with Provider(lambda _: "no idea") as other:
        point_to_other = pytest.MonkeyPatch()
        point_at(other, point_to_other)
        (root / ".llmops/answers.sqlite").unlink()
        said = llmops(root, "bisect", "capitals")
        point_to_other.undo()
    assert said.code == 2
    good = git(root, "rev-parse", "HEAD")[:10]
    assert (
        f"HEAD is REGRESSED (pass_rate 100.0% → 0.0%), and no commit since {good} changed the project"
        in said.err
    )
