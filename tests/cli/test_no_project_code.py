"""`--no-project-code`: a job that trusts no scorer of the project judges what another one asked."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.evals.digest import with_digest
from tests.cli.projects import (
    PROMPT_PATH,
    SUITE,
    SUITE_PATH,
    accepted,
    commit,
    edit,
    git,
    llmops,
    project,
    repository,
    write,
)
from tests.cli.shards import run_of, run_shards

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.provider import Provider

SCORER_PATH = "scorers/same.py"
SCORER = "def same(output, case):\n    return output == case.expected\n"
CALLS = "import socket\n\nsocket.create_connection(('127.0.0.1', {}), 5).close()\n\n\n"
"""What a scorer does to be seen, wherever it is imported."""
OWN = SUITE.replace(
    '  - equals: "{{ expected }}"\n',
    '  - equals: "{{ expected }}"\n  - python: scorers/same.py:same\n    metric: same\n    threshold: 1\n',
)


@pytest.fixture
def root(tmp_path: Path, provider: Provider) -> Path:
    """A project with a scorer of its own and a baseline on `main`, and a branch on top."""
    folder = project(
        tmp_path / "project",
        {SUITE_PATH: OWN, SCORER_PATH: SCORER, ".gitignore": ".llmops/\n"},
    )
    repository(folder)
    assert llmops(folder, "prompts", "lock").code == 0
    accepted(folder)
    commit(folder)
    git(folder, "branch", "-M", "main")
    git(folder, "checkout", "-q", "-b", "change")
    return folder


class Seen:
    """Counts the scorers that were imported."""

    def __init__(self, root: Path, listening: socket.socket) -> None:
        self.listening = listening
        listening.setblocking(False)
        calls = CALLS.format(listening.getsockname()[1])
        write(root / SCORER_PATH, f"{calls}{(root / SCORER_PATH).read_text('utf-8')}")

    def count(self) -> int:
        """How many since it was asked before."""
        calls = 0
        with suppress(BlockingIOError):
            while True:
                self.listening.accept()[0].close()
                calls += 1
        return calls


@pytest.fixture
def seen(root: Path) -> Iterator[Seen]:
    """The scorer of the branch, where its import is seen."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield Seen(root, listening)


def asked(root: Path, *arguments: str) -> Path:
    """What the first job uploads."""
    return run_shards(root, 1, "--base", "main", *arguments)


def judged(root: Path, artifacts: Path, *arguments: str) -> tuple[int, Any]:
    """The exit code of the second job, and its report."""
    said = llmops(
        root, "merge", str(artifacts), "--base", "main", "--no-project-code", "--format", "json", *arguments
    )
    return said.code, json.loads(said.out) if said.out else said.err


def change_prompt(root: Path, new: str) -> None:
    edit(root, PROMPT_PATH, "Answer with one word.", new)
    edit(root, PROMPT_PATH, "version: 1.0.0", "version: 1.1.0")
    assert llmops(root, "prompts", "lock").code == 0
    commit(root, "Change the prompt")


def sign(folder: Path, **changes: Any) -> None:
    """Change what a run says of itself, and make its digest anew, as whoever writes the files can."""
    header = json.loads((folder / "run.json").read_text("utf-8"))
    (folder / "run.json").write_text(json.dumps(with_digest(folder, {**header, **changes})), "utf-8")


def test_what_another_job_scored_is_judged_without_a_call(root: Path, provider: Provider) -> None:
    change_prompt(root, "Answer with one single word.")
    artifacts = asked(root)
    count = provider.count
    code, report = judged(root, artifacts)
    assert (code, report["exit_code"], provider.count) == (0, 0, count), report
    (subject,) = report["subjects"]
    assert "same" in json.dumps(subject["metrics"])


def test_a_changed_scorer_is_incomparable_there(root: Path, provider: Provider, seen: Seen) -> None:
    commit(root, "Change the scorer")
    assert llmops(root, "eval", "--base", "main").code == 0, "it is judged anew where scorers may run"
    artifacts = asked(root)
    assert seen.count() > 1
    code, report = judged(root, artifacts)
    assert seen.count() == 0
    assert (code, report["verdict"]) == (1, "INCOMPARABLE"), report
    assert "scorers of the project do not run here (--no-project-code)" in json.dumps(report)


def test_the_first_job_does_not_say_what_had_to_be_asked(root: Path, provider: Provider) -> None:
    other = OWN.replace("id: capitals", "id: others")
    write(root / "evalsets/others.yaml", other)
    commit(root, "Add a suite")
    artifacts = asked(root, "capitals")
    assert llmops(root, "merge", str(artifacts)).code == 0, "which is how shards of one's own are merged"
    code, error = judged(root, artifacts)
    assert code == 2
    assert "something else was asked than the files here say" in error
    assert "others" in error


@pytest.mark.parametrize(
    "claims",
    [{"filters": ["id:france"], "partial": None}, {"options": {"repeats": 1}}, {"offline": True}],
    ids=str,
)
def test_what_a_run_claims_of_its_options_lets_nothing_out(
    root: Path, provider: Provider, claims: dict[str, Any]
) -> None:
    change_prompt(root, "Answer with one single word.")
    artifacts = asked(root)
    run = run_of(artifacts, 1)
    header = json.loads((run / "run.json").read_text("utf-8"))
    options = {**header["options"], **claims.pop("options", {})}
    sign(run, options=options, **claims)
    code, report = judged(root, artifacts)
    (subject,) = report["subjects"]
    assert (code, subject["cases"], report["partial"]) == (0, 10, None), report


def test_rows_that_are_not_what_the_run_wrote_are_refused(root: Path, provider: Provider) -> None:
    artifacts = asked(root)
    cases = run_of(artifacts, 1) / "cases.jsonl"
    cases.write_text(cases.read_text("utf-8").replace("Paris", "PARIS"), "utf-8")
    code, error = judged(root, artifacts)
    assert (code, "cases are cut short or edited" in error) == (2, True), error


def test_a_file_beside_the_rows_that_was_edited_is_refused(root: Path, provider: Provider) -> None:
    artifacts = asked(root)
    write(run_of(artifacts, 1) / "messages.jsonl", "{}\n")
    code, error = judged(root, artifacts)
    assert code == 2
    assert "is not what the run wrote: messages.jsonl was cut short or edited" in error


def test_a_run_without_a_digest_is_refused(root: Path, provider: Provider) -> None:
    artifacts = asked(root)
    header = run_of(artifacts, 1) / "run.json"
    data = json.loads(header.read_text("utf-8"))
    del data["digest"]
    header.write_text(json.dumps(data), "utf-8")
    code, error = judged(root, artifacts)
    assert (code, "has no digest" in error) == (2, True), error


def test_only_suites_that_the_change_reaches(root: Path, provider: Provider) -> None:
    write(root / "notes.md", "nothing\n")
    commit(root, "Add notes")
    artifacts = asked(root, "--changed")
    code, report = judged(root, artifacts, "--changed")
    assert (code, report["verdict"]) == (0, "UNAFFECTED")
    code, error = judged(root, artifacts)
    assert (code, "something else was asked" in error) == (2, True), error


def test_no_scorer_is_tried_by_a_check(root: Path, seen: Seen) -> None:
    assert llmops(root, "check").code == 0
    assert seen.count() > 0
    assert llmops(root, "check", "--no-project-code").code == 0
    assert seen.count() == 0


def test_changed_alone_is_for_the_job_that_asks(root: Path, provider: Provider) -> None:
    said = llmops(root, "merge", str(asked(root)), "--changed")
    assert said.code == 2
    assert "drop it, or add --no-project-code" in said.err
