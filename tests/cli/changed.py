"""A repository of two suites that share nothing, for tests of what a change reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.cli.kept import made_once
from tests.cli.projects import MODEL, commit, git, lines, llmops, project, repository, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.cli.projects import Said

GREETING = f"""\
id: greeting
version: 1.0.0
model: {MODEL}
messages:
  - role: system
    content: "Be kind. {{% include '_tone.j2' %}}"
  - role: user
    content: "Greet {{{{ name }}}}."
"""
GREETINGS = """\
id: greetings
prompt: greeting
cases: people/*.jsonl
scorers:
  - not-json-schema: schemas/thing.json
  - python: scorers/tone.py:polite
    threshold: 0.5
"""
OWN = {"not-json-schema": {"schema": "schemas/own.json"}, "metric": "own"}
MORE = {
    ".gitignore": ".llmops/\n",
    "prompts/greet/greeting.yaml": GREETING,
    "prompts/_tone.j2": "{% include 'deep/_base.j2' %} Be brief.",
    "prompts/deep/_base.j2": "Be nice.",
    "prompts/_unused.j2": "Nobody includes it.",
    "prompts/spare.yaml": GREETING.replace("id: greeting", "id: spare"),
    "evalsets/greetings.yaml": GREETINGS,
    "evalsets/people/first.jsonl": lines({"id": "ann", "name": "Ann", "scorers": [OWN]}),
    "evalsets/people/second.jsonl": lines({"id": "ben", "name": "Ben"}),
    "schemas/thing.json": '{"type": "object"}',
    "schemas/own.json": '{"type": "array"}',
    "scorers/tone.py": "def polite(output, case):\n    return True\n",
    "scorers/words.txt": "please\n",
    "data/lookup.bin": "x",
    "README.md": "# Demo\n",
    "LICENSE": "MIT\n",
}
BOTH = ["capitals", "greetings"]


@made_once
def two_suites(root: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Path:
    """Both suites on main, and a branch `topic` checked out."""
    repository(project(root, {**MORE, **(changes or {})}))
    git(root, "checkout", "-qb", "topic")
    return root


def explained(root: Path, *arguments: str) -> dict[str, Any]:
    """What `llmops eval --changed --explain` says."""
    said = llmops(root, "eval", "--changed", "--explain", "--format", "json", *arguments)
    assert said.code == 0, said.both
    found: dict[str, Any] = said.data["changed"]
    return found


def suites(root: Path, *arguments: str) -> list[str]:
    """The suites that would run."""
    found: list[str] = explained(root, *arguments)["suites"]["run"]
    return found


def refused(root: Path, *arguments: str) -> Said:
    """The same, which has to be refused before anything is asked."""
    said = llmops(root, "eval", "--changed", *arguments)
    assert said.code == 2, said.both
    assert not said.out
    return said


def committed(
    root: Path, path: str = "prompts/capital.yaml", old: str = "one word", new: str = "a word"
) -> None:
    """A commit on the branch that changes one file."""
    file = root / path
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    commit(root, f"Change {path}")


def append(root: Path, path: str, text: str = "\n") -> None:
    write(root / path, (root / path).read_text("utf-8") + text)
