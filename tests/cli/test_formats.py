"""A format shows what a command answers, or is refused before anything is done."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from tests.cli.projects import CASES_PATH, MODEL, accepted, cases, edit, llmops, project, repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

WORK = "terminal, markdown, json, html"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_answers_of_a_run_are_a_table(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, {CASES_PATH: cases(France="Paris", Peru="Cusco")})
    assert llmops(root, "eval").code == 0
    france, peru = rows(llmops(root, "runs", "show", "--format", "csv").out)
    assert (france["suite"], france["case"], france["state"]) == ("capitals", "france", "passed")
    assert (peru["state"], peru["answer"], peru["metric.equals"]) == ("failed", "Lima", "0")
    assert "Cusco" in peru["message"]
    assert [row["case"] for row in rows(llmops(root, "runs", "show", "--failed", "--format", "csv").out)] == [
        "peru"
    ]


def test_every_listing_is_a_table_also_when_it_is_empty(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path)
    for command, columns in (
        (("runs", "list"), ["run", "started (UTC)", "suites", "commit", "time"]),
        (("baseline", "show"), ["suite", "prompt", "model", "cases", "metrics", "accepted by"]),
    ):
        assert llmops(root, *command, "--format", "csv").out == ",".join(columns) + "\r\n"
    (prompt,) = rows(llmops(root, "prompts", "list", "--format", "csv").out)
    (model,) = rows(llmops(root, "models", "list", "--format", "csv").out)
    assert (prompt["id"], prompt["model"], model["model"]) == ("capital", MODEL, MODEL)
    found = rows(llmops(root, "doctor", "--format", "csv").out)
    assert {row["state"] for row in found if row["what"] == "Python"} == {"ok"}


@pytest.mark.parametrize("form", ["csv", "junit", "sarif", "github"])
def test_a_format_with_nothing_to_show_is_refused_and_the_others_are_named(
    tmp_path: Path, provider: Provider, form: str
) -> None:
    root = repository(project(tmp_path))
    assert llmops(root, "eval").code == 0
    listed = () if form == "csv" else (("runs", "show"), ("runs", "list"), ("prompts", "list"), ("doctor",))
    for command in (
        ("diff",),
        ("prompts", "show", "capital"),
        ("baseline", "history", "capitals"),
        ("baseline", "accept", "--all"),
        ("runs", "show", "--case", "peru"),
        ("eval", "--changed", "--explain"),
        *listed,
    ):
        ran = llmops(root, *command, "--format", form)
        work = WORK if command not in listed else f"{WORK}, csv"
        assert (ran.code, ran.out) == (2, ""), command
        assert ran.err == (f"this command has nothing to show as {form}\n    formats that work: {work}\n")
    assert not (root / "baselines").exists()


def test_a_file_in_such_a_format_is_refused_too(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    edit(root, CASES_PATH, "Paris", "Lyon")
    ran = llmops(root, "diff", "-o", str(tmp_path / "diff.sarif"))
    assert (ran.code, ran.out) == (2, "")
    assert "known endings: .md, .json, .html, .txt" in ran.err
