"""Whoever asks a model is held to the same: pinned, checked, redacted and named, whatever it is called."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.other_llmops import copied, ran_by
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    CASSETTE_PATH,
    PROJECT,
    PROJECT_PATH,
    SUITE,
    SUITE_PATH,
    cases,
    edit,
    llmops,
    project,
    repository,
)
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.provider import Call

SECRET = "no-shape-of-a-key-0815"
JURY = "jury/large-2024-08-06"
PANEL = '''\
"""`panel`: a model says yes or no."""

from llmops_cli.models.request import Request
from llmops_cli.scorers.base import AskingScorer, Measurement, option_schema


class Panel(AskingScorer):
    """A model says whether the answer is right."""

    name = "panel"
    does = "what a panel says"
    version = 1
    since = "0.1"
    shorthand = "members"
    option = option_schema(
        "members",
        members={"type": "array", "items": {"type": "string"}, "description": "models"},
        asks={"type": "string", "description": "the model that is asked"},
    )

    def models(self):
        return tuple(self.given["members"])

    def question(self, sample, option):
        asked = option.get("asks", self.given["members"][0])
        return Request(model=asked, messages=({"role": "user", "content": f"Right? {sample.output}"},))

    def read(self, answer, option):
        return Measurement(1.0)
'''


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A llmops with one more scorer that asks models, under a name that says nothing of it."""
    folder = copied(tmp_path_factory.mktemp("other"))
    (folder / "llmops_cli/scorers/panel.py").write_text(PANEL, "utf-8")
    edit(folder, "llmops_cli/scorers/__init__.py", "SCORERS = {", 'SCORERS = {\n    "panel": "panel:Panel",')
    return folder


@pytest.fixture
def jury() -> Iterator[Provider]:
    """A model that tells its own key."""

    def answer(call: Call) -> str:
        return f"Yes. My key is {SECRET}." if "Right?" in call.user else "Paris"

    with Provider(answer) as running:
        yield running


def asking(root: Path, jury: Provider, panel: str) -> Path:
    """A project with a provider for the jury and its own key, and a panel as written."""
    providers = (
        f"providers:\n  jury: {{kind: openai, base_url: '{jury.openai_url}', api_key_env: JURY_KEY}}\n"
    )
    scorers = f"scorers:\n  - panel: {panel}\n"
    made = {
        PROJECT_PATH: PROJECT + providers,
        CASES_PATH: cases(France="Paris"),
        SUITE_PATH: SUITE.replace("scorers:\n", scorers),
    }
    return repository(project(root, made))


def test_its_models_have_to_be_pinned(tmp_path: Path, other: Path, jury: Provider) -> None:
    root = asking(tmp_path, jury, "[openai/gpt-4o]")
    made = ran_by(other, root, "eval")
    assert made.code == 2
    assert f"{SUITE_PATH}:5:12: `openai/gpt-4o` is a moving alias" in made.err
    assert jury.calls == []
    assert "`openai/gpt-4o` is a moving alias" in ran_by(other, root, "check").out


def test_every_case_s_own_judge_has_to_be_pinned(tmp_path: Path, idle: Provider) -> None:
    own = [
        {"judge": {"rubric": "good", "model": model}} for model in ("openai/gpt-4o-2024-08-06", "openai/o1")
    ]
    rows = [
        {"id": f"case-{number}", "country": "France", "expected": "Paris", "scorers": [scorer]}
        for number, scorer in enumerate(own)
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    made = llmops(project(tmp_path, {CASES_PATH: lines}), "eval")
    assert made.code == 2
    assert f"{CASES_PATH}:2" in made.err
    assert "`openai/o1` is a moving alias" in made.err
    assert idle.calls == []


def test_its_keys_are_asked_for_before_anything_is_sent(tmp_path: Path, other: Path, jury: Provider) -> None:
    env = {"OPENAI_BASE_URL": jury.openai_url, "OPENAI_API_KEY": "of-the-prompt"}
    made = ran_by(other, asking(tmp_path, jury, f"[{JURY}]"), "eval", env=env)
    assert made.code == 2
    assert "JURY_KEY" in made.err
    assert jury.calls == []


def test_its_key_is_not_written_down_and_the_baseline_names_it(
    tmp_path: Path, other: Path, jury: Provider
) -> None:
    env = {"OPENAI_BASE_URL": jury.openai_url, "OPENAI_API_KEY": "of-the-prompt", "JURY_KEY": SECRET}
    root = asking(tmp_path, jury, f"[{JURY}, jury/small-2024-08-06]")
    made = ran_by(other, root, "eval", "--record", env=env)
    assert made.code == 0, made.both
    recorded = (root / CASSETTE_PATH).read_text("utf-8")
    assert "Yes. My key is [redacted]." in recorded
    assert SECRET not in recorded
    assert ran_by(other, root, "baseline", "accept", "--all").code == 0
    header = json.loads((root / BASELINE_PATH).read_text("utf-8").split("\n", 1)[0])
    assert header["judges"]["panel"]["model"] == f"{JURY} + jury/small-2024-08-06"


def test_a_model_that_it_did_not_name_is_never_asked(tmp_path: Path, other: Path, jury: Provider) -> None:
    env = {"OPENAI_BASE_URL": jury.openai_url, "OPENAI_API_KEY": "of-the-prompt", "JURY_KEY": SECRET}
    root = asking(tmp_path, jury, f"{{members: [{JURY}], asks: openai/gpt-4o}}")
    made = ran_by(other, root, "eval", env=env)
    assert made.code == 2
    assert "it asks `openai/gpt-4o`, which is none of its models" in made.both
    assert [call.model for call in jury.calls] == ["gpt-4o-mini-2024-07-18"]


def test_the_model_of_a_judge_is_no_template(tmp_path: Path, idle: Provider) -> None:
    judge = '  - judge: {rubric: good, model: "openai/{{ country }}"}\n'
    made = llmops(project(tmp_path, {SUITE_PATH: SUITE.replace("scorers:\n", f"scorers:\n{judge}")}), "eval")
    assert made.code == 2
    assert "judge: `model` cannot be a template: one judge, pinned, judges all cases" in made.err
    assert idle.calls == []
