"""A project whose own scorer judges, and whose scorers, or answers, change on a branch."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from tests.cli.answering import lands, number_of, only, with_answers
from tests.cli.kept import made_once
from tests.cli.projects import CASES_PATH, SUITE_PATH, commit, git, llmops, project, repository

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.cli.projects import Said
    from tests.servers.provider import Call

SCORER = "scorers/known.py"
HELPER = "scorers/words.py"
LIST = "scorers/known.json"
USE = f"- python: {SCORER}:known\n    metric: known\n    threshold: 1"
READS = f"{USE}\n    reads: [{LIST}]"
ALONE = "def known(output, case):\n    return output.startswith('good')\n"
LOOSE = "def known(output, case):\n    return True\n"
IMPORTING = """\
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import words


def known(output, case):
    return words.good(output)
"""
WORDS = "def good(output):\n    return output.startswith('good')\n"
READING = """\
import json
from pathlib import Path

KNOWN = json.loads((Path(__file__).parent / "known.json").read_text())


def known(output, case):
    return output.split()[0] in KNOWN
"""
CASES = 40


@cache
def good(many: int) -> Callable[[Call], str]:
    """A model whose first answers are good."""
    return lambda call: "good one" if number_of(call) < many else "bad one"


def suite(*scorers: str, rule: str = "pass_rate: {max_drop: 0.05}") -> str:
    """A suite with these scorers."""
    entries = "\n  ".join(scorers)
    return f"id: capitals\nprompt: capital\ncases: capitals.jsonl\nscorers:\n  {entries}\ngate:\n  {rule}\n"


@made_once
def started(
    root: Path, files: Mapping[str, str] | None = None, answer: Callable[[Call], str] | None = None
) -> Path:
    """Good answers accepted on main, nine of ten, and a branch for the change."""
    own = {SUITE_PATH: suite(USE), CASES_PATH: lands(CASES), SCORER: ALONE, ".gitignore": ".llmops/\n"}
    repository(project(root, {**own, **(files or {})}))
    ran = with_answers(answer or good(36), root)
    assert ran.code == 0, ran.both
    made = llmops(root, "baseline", "accept", "--all", "--reason", "first")
    assert made.code == 0, made.both
    commit(root, "Accepted")
    git(root, "checkout", "-q", "-b", "change")
    return root


def judged(root: Path, many: int = 36) -> Said:
    """What the gate says of the branch, where so many answers are good."""
    commit(root, "Change")
    return with_answers(good(many), root, "--base", "main")


def rescored(said: Said) -> dict[str, Any]:
    """What the new scorers made of the baseline."""
    made: dict[str, Any] = only(said)["rescored"]
    return made
