"""docs/file-formats.md says what the schemas, the scorers and the exit codes say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.compare.verdict import Verdict
from llmops_cli.core import schema
from llmops_cli.core.errors import ExitCode
from llmops_cli.core.limits import Limits
from llmops_cli.core.source import Source, read_json, read_yaml
from llmops_cli.core.tree import WorkingTree
from llmops_cli.evals.cases import read_cases
from llmops_cli.evals.configure import configure
from llmops_cli.evals.metric import BUILT_IN
from llmops_cli.models.settings import NATIVE
from llmops_cli.scorers import SCORERS, scorer_class
from llmops_cli.scorers.base import Surroundings
from tests.docs.pages import DOCS, Block, blocks, section

if TYPE_CHECKING:
    from pathlib import Path

    from llmops_cli.core.problem import Problem

PAGE = DOCS / "file-formats.md"
MARKED = [block for block in blocks(PAGE) if len(block.info) > 1]
KINDS = {"project", "prompt", "suite", "case", "cases", "scorers", "scorer-cases", "baseline", "cassette"}


def _faults(data: Any, kind: str) -> list[str]:
    against = schema.validator(schema.shipped(kind))
    return [f"{pointer}: {message}" for pointer, message, _, _ in schema.faults(data, against)]


def _scorer_problems(entries: list[Any], source: Source, root: Path) -> list[Problem]:
    """Problems of scorer entries in a project that has the files the page names."""
    (root / "scorers").mkdir()
    (root / "scorers/tone.py").write_text("def polite(output, case, **args):\n    return True\n")
    (root / "schemas").mkdir()
    (root / "schemas/ticket.json").write_text('{"type": "object"}')
    return configure(entries, source, (), Surroundings(WorkingTree(root), str, root))[1]


@pytest.mark.parametrize("block", MARKED, ids=lambda block: block.place)
def test_every_example_is_what_llmops_takes(block: Block, tmp_path: Path) -> None:
    language, kind = block.info[:2]
    assert kind in KINDS
    if kind == "cases":
        found, problems = read_cases(block.text, f"cases.{language}", Limits())
        assert not problems
        assert found
        for case in found:
            own = {
                key: value for key, value in case.data.items() if key in schema.shipped("case")["properties"]
            }
            assert _faults(own, "case") == []
    elif kind == "scorer-cases":
        assert _scorer_cases_pass(tmp_path, block)
    elif kind in {"baseline", "cassette"}:
        for line in block.text.splitlines():
            assert _faults(read_json(line, PAGE.name).data, kind) == []
    else:
        source = read_yaml(block.text, PAGE.name)
        if kind == "scorers":
            assert _scorer_problems(source.data, source, tmp_path) == []
        else:
            assert _faults(source.data, kind) == []
        if kind == "suite":
            assert _scorer_problems(source.data["scorers"], source, tmp_path) == []


def _scorer_cases_pass(root: Path, block: Block) -> bool:
    """Whether the page's own test of a scorer passes in a project, and fails where a case is wrong."""
    files = {first.removeprefix("# "): text for text in _python() for first in [text.partition("\n")[0]]}
    assert set(files) == {"scorers/tone.py", "tests/test_scorers.py"}
    for path, text in {**files, "tests/tone.yaml": block.text, "llmops.yaml": ""}.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    run = partial(subprocess.run, command, cwd=root, capture_output=True, text=True, check=False, env=env)
    right = run()
    assert "3 passed" in right.stdout, right.stdout
    (root / "tests/tone.yaml").write_text(block.text.replace("value: 0", "value: 1"), "utf-8")
    wrong = run()
    assert "tone.yaml:4:5: a rude one: gave 0, and 1 is wanted: 'please' is not in it" in wrong.stdout
    return right.returncode == 0 and wrong.returncode == 1


def _python() -> list[str]:
    return [block.text for block in blocks(PAGE) if block.info == ("python",) and block.text.startswith("# ")]


def test_every_kind_of_file_has_an_example() -> None:
    assert {block.info[1] for block in MARKED} == KINDS


@pytest.mark.parametrize(
    ("kind", "heading"),
    [("project", "llmops.yaml"), ("prompt", "Prompt"), ("suite", "Suite"), ("case", "Case")],
)
def test_every_key_has_a_row(kind: str, heading: str) -> None:
    rows = _first_cells(section(PAGE, heading))
    missing = set(schema.shipped(kind)["properties"]) - rows
    assert not missing, f"add a row for each of {sorted(missing)} under `{heading}`"


def _first_cells(text: str) -> set[str]:
    """The names in backticks of the first cells of a section's tables."""
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_every_scorer_has_a_row_with_its_options() -> None:
    rows = {}
    for line in section(PAGE, "Scorers").splitlines():
        if line.startswith("| `"):
            rows[line.split("`")[1]] = line
    assert set(rows) == set(SCORERS), "the table of scorers names each one once"
    for name in SCORERS:
        keys = scorer_class(name).option["properties"]
        missing = [key for key in keys if f"`{key}`" not in rows[name] and f"`{key}: " not in rows[name]]
        assert not missing, f"the row of `{name}` does not name {missing}"


def test_every_scorer_has_an_example() -> None:
    shown = {
        key for block in MARKED if block.info[1] == "scorers" for entry in _entries(block) for key in entry
    }
    assert set(SCORERS) <= shown


def _entries(block: Block) -> list[dict[str, Any]]:
    return [{entry: {}} if isinstance(entry, str) else entry for entry in read_yaml(block.text, "").data]


def test_every_exit_code_has_a_row() -> None:
    rows = _first_cells(section(PAGE, "Exit codes"))
    assert rows == {str(int(code)) for code in ExitCode}


def test_every_verdict_has_a_row() -> None:
    assert _first_cells(section(PAGE, "Verdicts")) == {str(verdict) for verdict in Verdict}


def test_every_built_in_metric_and_provider_is_named() -> None:
    text = PAGE.read_text("utf-8")
    assert [
        name for name in (*BUILT_IN, *NATIVE) if f"`{name}`" not in text and f"`{name}/" not in text
    ] == []
