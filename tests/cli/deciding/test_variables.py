"""A scorer gets no variable that nobody accepted, whichever case it belongs to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.answering import shown_with, words
from tests.cli.deciding.changing import SCORER, good, judged, started
from tests.cli.projects import CASES_PATH, SUITE_PATH, commit, git, lines, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("idle")


def with_scorers(root: Path, **variables: str) -> None:
    """Let cases have a scorer of their own, all of one metric, each with this variable."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in (root / CASES_PATH).read_text().splitlines()]
    for row in rows:
        if name := variables.get(row["id"].replace("-", "_")):
            use = {"path": f"{SCORER}:known", "env": [name]}
            row["scorers"] = [{"python": use, "metric": "own"}]
    write(root / CASES_PATH, lines(*rows))


@pytest.mark.parametrize(
    ("before", "now"), [("land_005", "land_003"), ("land_003", "land_005")], ids=["earlier", "later"]
)
def test_one_case_gets_no_variable_under_the_metric_of_another(tmp_path: Path, before: str, now: str) -> None:
    root = started(tmp_path)
    with_scorers(root, **{before: "HARMLESS"})
    commit(root, "A scorer for one case")
    git(root, "branch", "-f", "main", "HEAD")
    with_scorers(root, **{now: "OPENAI_API_KEY"})
    said = judged(root)
    (decider,) = said.data["deciders"]
    assert (said.code, decider["kind"], decider["name"]) == (1, "variables", "own")
    assert (decider["before"], decider["now"]) == (["HARMLESS"], ["HARMLESS", "OPENAI_API_KEY"])
    shown = words(shown_with(good(36), root, "--base", "main").out)
    assert shown.startswith(
        f"REFUSED: {SUITE_PATH}: the scorer `own` gets the value of OPENAI_API_KEY; nothing was sent"
    )
