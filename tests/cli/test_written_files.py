"""Every file that a run leaves fits its published schema, reads back, and is written with the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from llmops_cli.baselines.read import from_text
from llmops_cli.baselines.write import to_text
from llmops_cli.core import schema
from llmops_cli.core.canonical import canonical_json
from llmops_cli.evals.result import Outcome
from llmops_cli.models.cassette import Cassette
from tests.cli.answering import EQUALS, JUDGE, scoring
from tests.cli.projects import (
    BASELINE_PATH,
    CASSETTE_PATH,
    capital,
    evaluated,
    llmops,
    project,
    repository,
)

if TYPE_CHECKING:
    from tests.servers.provider import Call, Provider

ODD = 'Lima \u2028 \U0001f5fc \x00 \ud800 "quoted"\nsecond line'


def answer(call: Call) -> str | dict[str, Any]:
    if "4o-2024-08" in call.model:
        return '{"reason": "kind", "score": 0.7500001}'
    if "Peru" in call.user:
        return ODD
    return capital(call)


@pytest.fixture
def root(tmp_path: Path, provider: Provider) -> Path:
    """A project after a run with a judge, repeats, cases asked again and odd answers, accepted."""
    provider._answer = answer
    rule = "pass_rate: {max_drop: 0.5}\n  must_pass: [id:peru]\nrepeats: 2"
    files = scoring(EQUALS, JUDGE, rule=rule)
    made = repository(project(tmp_path, files))
    ran = evaluated(made, "--record")
    assert (ran.code, ran.data["subjects"][0]["asked_again"]) == (1, 1)
    assert llmops(made, "baseline", "accept", "--all", "--reason", "odd").code == 0
    assert llmops(made, "prompts", "lock").code == 0
    return made


def run_of(root: Path) -> Path:
    (found,) = (root / ".llmops/runs").iterdir()
    return found


def fits(name: str, text: str) -> None:
    published = Draft202012Validator(schema.shipped(name))
    documents = [text] if name == "run" else text.removesuffix("\n").split("\n")
    assert [
        error.message for document in documents for error in published.iter_errors(json.loads(document))
    ] == []


def test_the_baseline(root: Path) -> None:
    text = (root / BASELINE_PATH).read_text("utf-8")
    fits("baseline", text)
    assert to_text(from_text(text, BASELINE_PATH)) == text
    assert from_text(text, BASELINE_PATH).cases["peru"].outputs == (ODD, ODD)
    assert llmops(root, "baseline", "verify").code == 0


def test_the_cassette(root: Path) -> None:
    path = root / CASSETTE_PATH
    before = path.read_bytes()
    fits("cassette", before.decode())
    Cassette.load(path).save()
    assert path.read_bytes() == before


def test_the_lock(root: Path) -> None:
    before = (root / "prompts/prompts.lock").read_bytes()
    assert llmops(root, "prompts", "lock").code == 0
    assert (root / "prompts/prompts.lock").read_bytes() == before


def test_the_run(root: Path) -> None:
    fits("run", (run_of(root) / "run.json").read_text("utf-8"))
    lines = (
        (run_of(root) / "cases.jsonl")
        .read_text("utf-8", errors="surrogatepass")
        .removesuffix("\n")
        .split("\n")
    )
    assert len(lines) == 21
    for line in lines:
        data = json.loads(line)
        outcome = Outcome.from_json(data)
        assert canonical_json({**data, **outcome.to_json()}) == line
    assert sum(json.loads(line).get("again") == "confirm" for line in lines) == 1


def test_the_scores_of_the_run(root: Path) -> None:
    (path,) = (run_of(root) / "scores").iterdir()
    text = path.read_text("utf-8")
    fits("baseline", text)
    assert to_text(from_text(text, path.name)) == text


def test_a_second_run_of_the_same_answers_writes_the_same_files(root: Path) -> None:
    paths = [root / name for name in (BASELINE_PATH, CASSETTE_PATH)]
    before = [path.read_bytes() for path in paths]
    assert evaluated(root, "--record").code == 1
    assert llmops(root, "baseline", "accept", "--all", "--reason", "again").code == 0
    assert [path.read_bytes() for path in paths] == before
