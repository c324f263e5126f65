"""The examples of this repository: replayed from their cassettes, and asked for real where marked."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.projects import llmops

EXAMPLES = Path(__file__).parents[2] / "examples"
README = EXAMPLES.parent / "README.md"


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A copy, so that a test leaves no run behind."""
    root = tmp_path / "examples"
    shutil.copytree(EXAMPLES, root, ignore=shutil.ignore_patterns(".llmops"))
    return root


def test_everything_is_in_order(examples: Path) -> None:
    said = llmops(examples, "check")
    assert (said.code, said.out) == (0, "OK: 3 prompts, 3 suites, 372 cases\n")


def test_replayed_they_give_the_committed_baselines(examples: Path) -> None:
    said = llmops(examples, "eval", "--cache", "replay", "--format", "json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert found["verdict"] == "PASSED"
    assert [subject["suite"] for subject in found["subjects"]] == [
        "help-grounded",
        "orders-extract",
        "support-triage",
    ]
    for subject in found["subjects"]:
        assert subject["cases"] >= 100
        assert subject["flips"] == subject["failures"] == []
        for metric in subject["metrics"].values():
            assert metric["change"] in (0, None)
            assert metric["now"] == pytest.approx(metric["baseline"], abs=1e-6)


def test_the_numbers_of_the_readme_are_those_of_the_baselines() -> None:
    readme = README.read_text("utf-8")
    for path in sorted((EXAMPLES / "baselines").rglob("*.jsonl")):
        header = json.loads(path.read_text("utf-8").split("\n", 1)[0])
        section = readme[readme.index(f"{header['suite']} · {header['prompt']}") :]
        (row,) = [
            line
            for line in section[: section.index("\n\n  metric") + 400].splitlines()
            if "pass_rate" in line
        ][:1]
        assert f"{100 * header['metrics']['pass_rate']:.1f}%" in row


def test_a_worse_answer_is_a_regression(examples: Path) -> None:
    """The gate of the examples would notice: every `money` is answered with `question`."""
    cassette = next((examples / "cassettes/support-triage").rglob("*.jsonl"))
    text = cassette.read_text("utf-8")
    assert '"text": "money"' in text
    cassette.write_text(text.replace('"text": "money"', '"text": "question"'), "utf-8")
    said = llmops(examples, "eval", "support-triage", "--cache", "replay")
    assert said.code == 1
    assert said.out.startswith("REGRESSED: support-triage")


@pytest.mark.live
def test_the_local_model_still_answers_the_smoke_cases(examples: Path) -> None:
    if find_spec("xllamacpp") is None:
        pytest.skip("the `local` extra is not installed")
    said = llmops(examples, "eval", "--filter", "tag:smoke", "--cache", "off", "--format", "json")
    assert said.code == 0, said.both
    found = json.loads(said.out)
    for subject in found["subjects"]:
        assert subject["failures"] == subject["must_pass_failed"] == []
        assert subject["resolved"] == ["smollm2-135m-instruct-q4_1@sha256:b179c952"]
