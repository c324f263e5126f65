"""A run that was stopped goes on by its name alone, whatever it was begun with."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.cli.interrupting import interrupted
from tests.cli.projects import MODEL, SUITE, commit, edit, git, llmops, project, repository
from tests.cli.shards import edit_header, newest_run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

OTHER = "openai/gpt-4o-2024-08-06"
ALSO = {
    "evalsets/also.yaml": SUITE.replace("id: capitals", "id: also"),
    ".gitignore": ".llmops/\n",
    "llmops.yaml": "max_attempts: 1\n",
}


def stopped(root: Path, provider: Provider, *arguments: str) -> str:
    """A run that was killed when three of its questions were answered; its name."""
    for status in (None, 500):
        provider.misbehave(status, times=3 if status is None else None, headers={"retry-after": "0"})
    assert llmops(root, "eval", "-j", "1", *arguments).code == 3
    provider.behave()
    run = newest_run(root)
    edit_header(run, finished=None)
    return run.name


@pytest.mark.parametrize(
    "arguments",
    [
        "capitals",
        f"--model {OTHER} --model {MODEL} --cache off also",
        "--filter id:*a* --repeats 2 --retry-flips 1",
        "--shard 1/2 --prompt capital@1.0.0",
        "--changed --base HEAD capitals",
    ],
)
def test_the_name_of_a_run_is_enough(tmp_path: Path, provider: Provider, arguments: str) -> None:
    root = repository(project(tmp_path, ALSO))
    edit(root, "prompts/capital.yaml", "one word", "a word")
    run = stopped(root, provider, *shlex.split(arguments))
    asked = provider.count
    shown = llmops(root, "runs", "show", run).out
    (step,) = re.findall(r"llmops (eval --resume \S+)", shown)
    ran = llmops(root, *step.split())
    assert ran.code in (0, 1), ran.both
    assert f"resuming {run}: " in ran.err
    whole = len((newest_run(root) / "cases.jsonl").read_text().splitlines())
    assert newest_run(root).name == run
    assert provider.count > asked
    assert whole > 3


def test_other_options_than_it_was_begun_with_are_refused(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, ALSO)
    run = stopped(root, provider, "capitals", "--model", OTHER)
    asked = provider.count
    for arguments, told in (
        (("also",), "was begun for capitals, not for also"),
        (("--model", MODEL), f"was begun with --model {OTHER}, not with --model {MODEL}"),
        (("--filter", "id:peru"), "was begun without --filter, not with --filter id:peru"),
        (("--repeats", "3"), "was begun without --repeats, not with --repeats 3"),
        (("--offline",), "was begun without --offline, not with --offline"),
        (("--changed",), "was begun without --changed, not with --changed"),
    ):
        ran = llmops(root, "eval", "--resume", run, *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert (
            ran.err
            == f"run {run} {told}\n    `llmops eval --resume {run}` goes on with it; or start a new run\n"
        )
    assert provider.count == asked
    same = llmops(root, "eval", "capitals", "--resume", run, "--model", OTHER)
    assert same.code == 0, same.both


def test_what_an_interrupted_run_prints_works_as_it_is_printed(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, ALSO)
    run = interrupted(root, "capitals", "--model", OTHER, cache="off")
    ran = llmops(root, "eval", "--resume", run)
    assert ran.code == 0, ran.both
    assert "resuming" in ran.err
    assert provider.count == 7


def test_a_run_that_records_goes_on_by_the_same_command(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path, ALSO))
    run = stopped(root, provider, "capitals", "--record")
    refused = llmops(root, "eval", "--record", "--resume", run)
    assert refused.code == 2
    assert "the same command without --resume" in refused.err
    asked = provider.count
    assert llmops(root, "eval", "capitals", "--record").code == 0
    assert provider.count == asked + 7
    git(root, "add", "-A")
    commit(root)
    assert llmops(root, "eval", "capitals", "--cache", "replay").code == 0


def test_a_run_of_an_older_llmops_is_none_to_go_on_with(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, ALSO)
    run = stopped(root, provider, "capitals")
    edit_header(newest_run(root), options=None, schema=1)
    ran = llmops(root, "eval", "--resume", run)
    assert (ran.code, "of an older llmops" in ran.err) == (2, True)


def test_a_broken_header_is_told(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, ALSO)
    run = stopped(root, provider, "capitals")
    edit_header(newest_run(root), options={"suites": "capitals"})
    ran = llmops(root, "eval", "--resume", run)
    assert (ran.code, ran.out) == (2, "")
    assert f"run {run} has a broken run.json: suites" in ran.err
    assert llmops(root, "runs", "rm", run).code == 0
