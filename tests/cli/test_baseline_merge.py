"""`llmops baseline merge`: git merges baselines by case, through the driver that --install sets up."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from llmops_cli.baselines.merge.driver import ATTRIBUTE
from tests.cli.answering import asking
from tests.cli.beginnings import IGNORED
from tests.cli.kept import made_once
from tests.cli.projects import (
    BASELINE_PATH,
    CAPITALS,
    CASES_PATH,
    PROMPT_PATH,
    Said,
    accepted,
    capital,
    cases,
    commit,
    edit,
    evaluated,
    git,
    llmops,
    process,
    project,
    repository,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

DRIVER = f"{sys.executable} -m llmops_cli baseline merge %O %A %B %P"
PLACES = ("Spain", "Italy", "Norway", "Japan", "Peru")
NAME = "merge.llmops-baseline"


def some(*countries: str) -> str:
    return cases(**{country: CAPITALS[country] for country in countries})


@pytest.fixture
def root(tmp_path: Path, provider: Provider) -> Path:
    """A repository with an accepted baseline and the driver, whose command is the llmops of these tests."""
    return with_driver(tmp_path)


@made_once
def with_driver(root: Path) -> Path:
    repository(project(root, {CASES_PATH: some(*PLACES), **IGNORED}))
    made = llmops(root, "baseline", "merge", "--install")
    assert made.code == 0, made.both
    git(root, "config", f"{NAME}.driver", DRIVER)
    with asking(capital):
        accepted(root)
    commit(root)
    return root


def branch(root: Path, name: str, path: str, old: str, new: str) -> None:
    """A branch of main that changes one place in one file, judges, accepts and commits."""
    git(root, "checkout", "-q", "-b", name, "main")
    edit(root, path, old, new)
    accept_again(root, name)


def accept_again(root: Path, name: str) -> None:
    assert llmops(root, "eval").code in (0, 1)
    made = llmops(root, "baseline", "accept", "--all", "--reason", f"as {name} says")
    assert made.code == 0, made.both
    commit(root, name)


def merging(root: Path, ours: str, theirs: str) -> Said:
    git(root, "checkout", "-q", ours)
    command = ["git", "merge", "-q", "--no-edit", "--no-gpg-sign", theirs]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return Said(done.returncode, done.stdout, done.stderr)


def text_of(root: Path) -> str:
    return (root / BASELINE_PATH).read_text("utf-8")


def conflicting(root: Path) -> list[str]:
    return git(root, "diff", "--name-only", "--diff-filter=U").split()


FIRST, LAST = some("Spain"), some("Peru")


def test_two_branches_that_accept_different_cases_merge_without_a_conflict(root: Path) -> None:
    branch(root, "ada", CASES_PATH, FIRST, some("France") + FIRST)
    git(root, "config", "user.name", "Bob")
    branch(root, "bob", CASES_PATH, LAST, LAST + some("Kenya"))
    git(root, "branch", "mirror", "ada")
    done = merging(root, "bob", "ada")
    assert (done.code, done.err) == (0, "")
    assert git(root, "status", "--porcelain") == ""
    merged = text_of(root)
    assert json.loads(merged.partition("\n")[0])["accepted"] == {
        "by": "Ada <ada@example.com>; Bob <ada@example.com>",
        "reason": "as ada says; as bob says",
        "verdict": "PASSED",
        "previous": {"equals": 1.0, "pass_rate": 1.0},
        "runs_looked_at": 1,
    }
    ran = evaluated(root)
    assert ran.code == 0, ran.both
    assert "unchanged, the scores are the ones" in llmops(root, "baseline", "accept", "--all").out
    assert text_of(root) == merged
    assert merging(root, "mirror", "bob~1").code == 0
    assert text_of(root) == merged, "the other order gives other bytes"


def test_a_case_that_both_changed_is_a_conflict_that_names_it(root: Path) -> None:
    branch(root, "ada", CASES_PATH, "Oslo", "Bergen")
    edit(root, CASES_PATH, LAST, LAST + some("Kenya"))
    accept_again(root, "ada")
    branch(root, "bob", CASES_PATH, "Oslo", "Molde")
    ours = text_of(root)
    done = merging(root, "bob", "ada")
    assert done.code == 1
    assert done.err == (
        f"{BASELINE_PATH}: conflict in case norway: both sides changed it: inputs\n"
        f"    take one side whole: git checkout --ours {BASELINE_PATH}    (or --theirs)\n"
        '    then accept again: llmops eval capitals && llmops baseline accept capitals --reason "…"\n'
    )
    assert conflicting(root) == [BASELINE_PATH, CASES_PATH]
    lines = [line if line[0] in "<=>" else json.loads(line).get("id") for line in text_of(root).splitlines()]
    marked = ["<<<<<<< ours", "norway", "=======", "norway", ">>>>>>> theirs"]
    assert lines == [None, "italy", "japan", "kenya", *marked, "peru", "spain"]

    # What the message says to do works.
    git(root, "checkout", "--ours", CASES_PATH)
    edit(root, CASES_PATH, LAST, LAST + some("Kenya"))
    refused = llmops(root, "eval")
    assert refused.code == 2
    assert f"{BASELINE_PATH}:5:1: " in refused.err
    git(root, "checkout", "--ours", BASELINE_PATH)
    assert text_of(root) == ours
    accept_again(root, "both")
    assert evaluated(root).code == 0


def test_scores_of_another_prompt_are_not_mixed_in(root: Path) -> None:
    branch(root, "prompt", PROMPT_PATH, "Answer with one word.", "Answer in a word.")
    branch(root, "case", CASES_PATH, LAST, LAST + some("Kenya"))
    done = merging(root, "case", "prompt")
    assert done.code == 1
    assert done.err.startswith(
        f"{BASELINE_PATH}: conflict in case kenya: ours added it, "
        "theirs changed what its score depends on: prompt "
    )
    assert conflicting(root) == [BASELINE_PATH]
    assert text_of(root).count("<<<<<<<") == 1
    git(root, "checkout", "--theirs", BASELINE_PATH)
    accept_again(root, "both")
    assert evaluated(root).code == 0


def test_a_file_that_both_branches_added_merges(root: Path) -> None:
    git(root, "rm", "-q", BASELINE_PATH)
    commit(root, "no baseline")
    branch(root, "ada", CASES_PATH, FIRST, some("France") + FIRST)
    branch(root, "bob", CASES_PATH, LAST, LAST + some("Kenya"))
    assert merging(root, "ada", "bob").code == 0
    assert evaluated(root).code == 0


def test_branches_that_were_merged_both_ways_merge_again(root: Path) -> None:
    branch(root, "ada", CASES_PATH, "Oslo", "Bergen")
    branch(root, "bob", CASES_PATH, "Oslo", "Molde")
    # Each takes the other in and keeps its own case: now git has two common ancestors, which do not agree.
    tips = {name: git(root, "rev-parse", name).strip() for name in ("ada", "bob")}
    for name, other in (("ada", "bob"), ("bob", "ada")):
        git(root, "checkout", "-q", name)
        git(root, "merge", "-q", "-s", "ours", "--no-gpg-sign", "-m", f"{name} stays", tips[other])
    git(root, "checkout", "-q", "ada")
    edit(root, CASES_PATH, FIRST, some("France") + FIRST)
    accept_again(root, "ada")
    done = merging(root, "bob", "ada")
    assert done.code == 1
    assert [line for line in done.err.splitlines() if not line.startswith(" ")] == [
        f"{BASELINE_PATH}: conflict in case norway: both sides changed it: inputs"
    ]


@pytest.mark.parametrize("side", ["base", "ours", "theirs"])
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"id": "italy"', '"id": italy"', "2:8: {side}: not JSON: "),
        ('"schema": 2', '"schema": 99', "1: {side}: the baseline's schema must be 3 or lower, found "),
    ],
)
def test_a_side_that_cannot_be_read_leaves_ours_untouched(
    root: Path, side: str, old: str, new: str, said: str
) -> None:
    sides = {name: root / f"{name}.tmp" for name in ("base", "ours", "theirs")}
    for name, path in sides.items():
        write(path, text_of(root).replace(old, new) if name == side else text_of(root))
    before = sides["ours"].read_bytes()
    ran = llmops(root, "baseline", "merge", *(path.name for path in sides.values()), BASELINE_PATH)
    assert (ran.code, ran.out) == (2, "")
    assert f"{BASELINE_PATH}:{said.format(side='the common ancestor' if side == 'base' else side)}" in ran.err
    assert sides["ours"].read_bytes() == before


def test_git_keeps_ours_where_theirs_cannot_be_read(root: Path) -> None:
    branch(root, "ada", CASES_PATH, LAST, LAST + some("Kenya"))
    git(root, "checkout", "-q", "-b", "broken", "main")
    edit(root, BASELINE_PATH, '"id": "japan"', '"id": japan"')
    commit(root)
    ours = git(root, "show", f"ada:{BASELINE_PATH}")
    done = merging(root, "ada", "broken")
    assert done.code == 1
    assert f"{BASELINE_PATH}:3:8: theirs: not JSON" in done.err
    assert conflicting(root) == [BASELINE_PATH]
    assert text_of(root) == ours


def test_it_needs_no_project_and_nothing_heavy(root: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    for name in ("base", "ours", "theirs"):
        write(away / name, text_of(root))
    script = (
        "import sys\n"
        "from llmops_cli.cli.app import run\n"
        "assert run(['baseline', 'merge', 'base', 'ours', 'theirs']) == 0\n"
        "print(*sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=away, capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded.isdisjoint({"aiohttp", "asyncio", "git", "jinja2", "jsonschema", "numpy", "rich"})


@pytest.mark.parametrize("arguments", [(), ("a", "b"), ("a", "b", "c", "--install"), ("--install", "a")])
def test_it_says_what_it_needs(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ran = llmops(tmp_path, "baseline", "merge", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "name BASE, OURS and THEIRS, or say --install" in ran.err


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    ran = llmops(tmp_path, "baseline", "merge", "a", "b", "c", "baselines/x.jsonl")
    assert ran.code == 2
    for side in ("the common ancestor", "ours", "theirs"):
        assert f"baselines/x.jsonl: {side}: no such file" in ran.err


def test_installing_says_what_it_did_and_twice_changes_nothing(tmp_path: Path) -> None:
    root = repository(project(tmp_path / "top/project", {".gitattributes": "*.png binary"}))
    first = llmops(root, "baseline", "merge", "--install")
    assert first.out == (
        "OK: git merges baselines by case in this clone\n"
        "\n"
        "  • git's settings of this clone: set\n"
        "  • .gitattributes: a line for baselines/ added\n"
        "\n"
        "Next\n"
        "  • commit .gitattributes, if it is new: git add .gitattributes\n"
        "  • in each other clone, once: llmops baseline merge --install\n"
    )
    assert git(root, "config", "--local", f"{NAME}.driver") == "llmops baseline merge %O %A %B %P\n"
    assert git(root, "config", "--local", f"{NAME}.name") == "llmops baselines, by case\n"
    attributes = (root / ".gitattributes").read_bytes()
    assert attributes.decode() == f"*.png binary\n{ATTRIBUTE}\n"
    assert git(root, "check-attr", "merge", BASELINE_PATH).endswith(": merge: llmops-baseline\n")
    config = (root / ".git/config").read_bytes()
    second = llmops(root, "baseline", "merge", "--install", "--format", "json")
    assert second.data == {"settings": False, "attributes": False}
    assert (root / ".gitattributes").read_bytes() == attributes
    assert (root / ".git/config").read_bytes() == config


def test_installing_needs_a_repository(tmp_path: Path) -> None:
    ran = llmops(project(tmp_path), "baseline", "merge", "--install")
    assert ran.code == 2
    assert "is not inside a git repository" in ran.err
    assert not (tmp_path / ".gitattributes").exists()


def in_terminal(folder: Path, *arguments: str, answer: str, **env: str) -> str:
    """What a terminal shows of a command whose question gets this answer."""
    leader, follower = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "llmops_cli", *arguments],
        cwd=folder,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "dumb", **env},
    )
    os.close(follower)
    os.write(leader, f"{answer}\n".encode())
    shown = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(leader)
    assert running.wait(30) == 0
    return shown.decode()


QUESTION = "Install the git merge driver for baselines? [Y/n]"


@pytest.mark.parametrize(("answer", "installed"), [("", True), ("n", False)])
def test_init_offers_the_driver_once_to_a_person(tmp_path: Path, answer: str, installed: bool) -> None:
    git(tmp_path, "init", "-q")
    shown = in_terminal(tmp_path, "init", answer=answer)
    assert "llmops baseline merge --install" in shown
    assert QUESTION in shown
    assert ("git merges baselines by case in this clone" in shown) == installed
    assert ("llmops-baseline" in (tmp_path / ".git/config").read_text()) == installed
    assert (tmp_path / ".gitattributes").read_text() == f"{ATTRIBUTE}\n"
    assert (QUESTION in in_terminal(tmp_path, "init", answer=answer)) != installed


def test_init_asks_nobody_in_a_pipe_in_ci_for_json_or_without_git(tmp_path: Path) -> None:
    assert QUESTION not in in_terminal(tmp_path, "init", answer="")
    git(tmp_path, "init", "-q")
    assert QUESTION not in in_terminal(tmp_path, "init", "--format", "json", answer="")
    assert QUESTION not in in_terminal(tmp_path, "init", answer="", CI="true")
    assert QUESTION not in process("init", cwd=tmp_path).both
    assert "llmops-baseline" not in (tmp_path / ".git/config").read_text()
