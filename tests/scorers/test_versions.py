"""A scorer that scores otherwise says so by its version: nobody forgets it, because its code is hashed.

`scoring.json` holds, for each scorer, its version and the hash of the code that gives its scores.
"""

from __future__ import annotations

import json
import os
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.scorers import SCORERS, scorer_class
from llmops_cli.scorers.base import Measurement, Scorer, option_schema
from tests.scorers.scoring_code import scoring_hashes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.scorers.sample import Sample

HERE = Path(__file__).parent
STORED = HERE / "scoring.json"
SOURCE = HERE.parents[1] / "src/llmops_cli/scorers"
UPDATE = "LLMOPS_UPDATE_SCORERS"
WRITE = f"{UPDATE}=1 pytest tests/scorers/test_versions.py"


@cache
def states(folder: Path = SOURCE) -> dict[str, dict[str, Any]]:
    """What every scorer is now."""
    hashes = scoring_hashes(folder, SCORERS)
    return {
        name: {
            "version": scorer_class(name).version,
            "since": scorer_class(name).since,
            "hash": hashes[name],
        }
        for name in sorted(SCORERS)
    }


def next_step(name: str, was: Mapping[str, Any] | None, now: Mapping[str, Any]) -> str:
    """What whoever changed a scorer has to do; "" where nothing."""
    if was is None:
        return f"write down how `{name}` scores: {WRITE}"
    if was == now:
        return ""
    if now["version"] == was["version"]:
        return f"raise `version` of `{name}`, or confirm that it scores the same: {WRITE}"
    if now["version"] < was["version"]:
        return f"`version` of `{name}` was {was['version']} already: raise it"
    if now["since"] == was["since"]:
        return f"name in `since` of `{name}` the llmops that brings version {now['version']}"
    return f"write down version {now['version']} of `{name}`: {WRITE}"


def test_a_scorer_that_scores_otherwise_has_another_version() -> None:
    now = states()
    if os.environ.get(UPDATE):
        STORED.write_text(json.dumps(now, indent=2) + "\n", "utf-8")
    stored = json.loads(STORED.read_text("utf-8"))
    steps = [step for name, state in now.items() if (step := next_step(name, stored.get(name), state))]
    assert not steps, "\n".join(steps)
    gone = sorted(stored.keys() - now.keys())
    assert not gone, f"{STORED.name} still has `{gone[0]}`: {WRITE}"


def edited(tmp_path: Path, file: str, *changes: tuple[str, str]) -> Path:
    """The folder of scorers with a file changed."""
    folder = shutil.copytree(SOURCE, tmp_path / "scorers", ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / file).read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / file).write_text(text, "utf-8")
    return folder


def differing(folder: Path) -> set[str]:
    before, after = states(), states(folder)
    return {name for name in SCORERS if before[name] != after[name]}


def test_what_computes_the_score_counts(tmp_path: Path) -> None:
    folder = edited(tmp_path, "equals.py", ("value.strip(), sample.output.strip()", "value, sample.output"))
    assert differing(folder) == {"equals"}
    step = next_step("equals", states()["equals"], states(folder)["equals"])
    assert step.startswith("raise `version` of `equals`, or confirm that it scores the same: LLMOPS_UPDATE_")


def test_what_several_scorers_share_counts_for_each_of_them(tmp_path: Path) -> None:
    folder = edited(tmp_path, "base.py", ("return text.casefold() if", "return text.lower() if"))
    assert differing(folder) == {
        "equals", "contains", "icontains", "contains-any", "contains-all", "starts-with",
    }  # fmt: skip


def test_words_layout_and_annotations_do_not_count(tmp_path: Path) -> None:
    folder = edited(
        tmp_path,
        "equals.py",
        ("The answer equals `value`.", "The same."),
        ("    try:\n        answer = sample.json", "    import os\n    try:\n        answer = sample.json"),
        ("class Equals(Scorer):", "# a remark\nclass Equals(\n    Scorer\n):"),
        ("def json_difference(expected: Any", "def json_difference(expected: object"),
        ("the expected answer: text", "the answer that is expected: text"),
        ("the answer is this text", "the answer is the text"),
    )
    assert differing(folder) == set()


@pytest.mark.parametrize(
    ("was", "now", "step"),
    [
        (None, {}, "write down how"),
        ((1, "0.1", "a"), (1, "0.1", "b"), "raise `version`"),
        ((2, "0.2", "a"), (1, "0.1", "a"), "was 2 already"),
        ((1, "0.1", "a"), (2, "0.1", "b"), "name in `since`"),
        ((1, "0.1", "a"), (2, "0.2", "b"), "write down version 2"),
        ((1, "0.1", "a"), (1, "0.1", "a"), ""),
    ],
)
def test_the_next_step_is_named(was: Any, now: Any, step: str) -> None:
    keys = ("version", "since", "hash")
    state = None if was is None else dict(zip(keys, was, strict=True))
    said = next_step("x", state, dict(zip(keys, now, strict=False)))
    assert said.startswith(step) or (step and step in said)


def test_a_scorer_without_a_version_of_its_own_is_refused() -> None:
    equals = scorer_class("equals")
    with pytest.raises(TypeError, match="`nearly` does not state its own `version`"):
        type("Nearly", (equals,), {"name": "nearly", "does": "much", "since": "0.1"})

    class Unnamed(Scorer):
        """What several scorers share needs no version."""

        option = option_schema()

        def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
            return Measurement(1.0)

    with pytest.raises(TypeError, match="`named` does not state its own `does`"):
        type("Named", (Unnamed,), {"name": "named"})
