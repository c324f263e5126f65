"""The fingerprint changes with what reaches the model, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmops_cli.core.tree import WorkingTree
from llmops_cli.prompts.load import load_prompts

BASE = """\
id: a.b
version: 1.0.0
model: openai/gpt-4o-mini-2024-07-18
params: {temperature: 0, seed: 7}
messages:
  - {role: system, content: "Be brief. {% include '_tone.j2' %}"}
  - {role: user, content: "{{ question }}"}
"""


def fingerprint(folder: Path, text: str, tone: str = "Be kind.") -> str:
    (folder / "prompts").mkdir(exist_ok=True)
    (folder / "prompts/_tone.j2").write_text(tone)
    (folder / "prompts/p.yaml").write_text(text)
    prompts, problems = load_prompts(WorkingTree(folder))
    assert problems == []
    return prompts["a.b"].fingerprint


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version: 1.0.0", "version: 2.0.0"),
        ("version: 1.0.0", "version: 1.0.0  # a comment\nowner: somebody\nlabels: {x: y}"),
        ("{temperature: 0, seed: 7}", "{seed: 7, temperature: 0}"),
        ("Be brief.", "Be brief.{# why: users asked for it #}"),
        ('{role: user, content: "{{ question }}"}', '{content: "{{ question }}", role: user}'),
    ],
)
def test_what_does_not_reach_the_model_does_not_count(old: str, new: str, tmp_path: Path) -> None:
    assert old in BASE
    assert fingerprint(tmp_path, BASE.replace(old, new)) == fingerprint(tmp_path, BASE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Be brief.", "Be short."),
        ("temperature: 0", "temperature: 1"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06"),
        ("messages:", "output: {type: object}\nmessages:"),
        ("messages:", "tools: [{type: function, function: {name: f}}]\nmessages:"),
        ("role: system", "role: developer"),
    ],
)
def test_what_reaches_the_model_counts(old: str, new: str, tmp_path: Path) -> None:
    assert old in BASE
    assert fingerprint(tmp_path, BASE.replace(old, new)) != fingerprint(tmp_path, BASE)


def test_an_included_file_counts(tmp_path: Path) -> None:
    assert fingerprint(tmp_path, BASE, "Be kind.") != fingerprint(tmp_path, BASE, "Be cold.")
    assert fingerprint(tmp_path, BASE, "Be kind.") == fingerprint(tmp_path, BASE, "Be kind.{# note #}")
