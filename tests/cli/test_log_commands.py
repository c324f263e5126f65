"""What models and cases say ends up in the log of a CI job: nothing of it may be a command there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import EQUALS, baseline_of, scoring, with_answers
from tests.cli.projects import CASES_PATH, lines, llmops
from tests.reports.github_runner import runner_sees
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from pathlib import Path

ANSWER = "::add-mask::secret\n ::stop-commands::x\n##[set-output name=a]b\n##vso[task.complete]"
ID = "::warning::id ##[group]x"


@pytest.fixture
def root(tmp_path: Path, provider: Provider) -> Path:
    """A project whose model answered well once, and whose case has a hostile name."""
    row = {"id": ID, "country": "::error::Peru", "expected": "Lima"}
    return baseline_of(
        tmp_path, lambda _: "Lima", {CASES_PATH: lines(row), **scoring(EQUALS, rule="must_pass: all")}
    )


@pytest.mark.parametrize("form", ["terminal", "json", "junit", "sarif", "csv"])
def test_no_line_of_a_report_is_a_command(root: Path, form: str) -> None:
    with Provider(lambda _: ANSWER) as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", other.openai_url)
        said = llmops(root, "eval", "--cache", "off", "--format", form)
    assert said.code == 1
    _nothing_runs(said.both)


def test_no_line_of_a_run_is_a_command(root: Path) -> None:
    assert with_answers(lambda _: ANSWER, root).code == 1
    said = llmops(root, "runs", "show", "--failed")
    assert said.code == 0
    assert "add-mask" in said.out, "the answer is shown"
    _nothing_runs(said.both)


def test_no_line_of_an_error_is_a_command(root: Path) -> None:
    said = llmops(root, "eval", "x\n::add-mask::y ##[group]z")
    assert said.code == 2
    assert "add-mask" in said.err
    _nothing_runs(said.both)


def _nothing_runs(log: str) -> None:
    assert [line for line in log.splitlines() if runner_sees(line)] == []
    assert not re.search(r"##(?:vso|teamcity)?\[", log)
