"""The docs' table of scorers and the editors' schemas are made from the classes: neither can be stale."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from llmops_cli.core import schema
from llmops_cli.core.source import read_yaml
from llmops_cli.scorers import SCORERS, scorer_class
from tests.docs.pages import DOCS, blocks
from tests.docs.scorer_reference import EXTENDED, editor_schema, table
from tests.snapshots import UPDATE, assert_snapshot

PAGE = DOCS / "file-formats.md"
SHIPPED = DOCS.parent / "src/llmops_cli/core/schemas/editor"
BEGIN = f"<!-- scorers: written from their classes by {UPDATE}=1 pytest tests/docs -->\n"
END = "<!-- end of scorers -->\n"
SUITES = sorted((DOCS.parent / "examples/evalsets").glob("*.yaml"))


def test_the_table_of_scorers_is_what_the_classes_say() -> None:
    before, begin, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin, f"{PAGE.name} needs the line {BEGIN}"
    assert end, f"{PAGE.name} needs the line {END}"
    assert_snapshot(f"{before}{begin}{table()}{end}{after}", PAGE)


@pytest.mark.parametrize("kind", EXTENDED)
def test_the_editors_schema_is_what_the_classes_say(kind: str) -> None:
    text = json.dumps(editor_schema(kind), indent=2, ensure_ascii=False) + "\n"
    assert_snapshot(text, SHIPPED / f"{kind}.schema.json")
    assert schema.schema_fault(schema.published(kind)) == ""


def test_no_other_kind_of_file_names_scorers() -> None:
    naming = {name for name in schema.NAMES if "scorers" in schema.shipped(name).get("properties", {})}
    assert naming == set(EXTENDED)
    assert {path.name for path in SHIPPED.iterdir()} == {f"{kind}.schema.json" for kind in EXTENDED}


def faults(suite: Any) -> list[str]:
    against = schema.validator(schema.published("suite"))
    return [error.message for error in against.iter_errors(suite)]


def suite(*scorers: Any) -> dict[str, Any]:
    return {"id": "x", "prompt": "y", "cases": "z.jsonl", "scorers": list(scorers)}


@pytest.mark.parametrize(
    "entry",
    [
        {"contians": "x"},
        {"not-contians": "x"},
        "contians",
        "contains",
        {"equals": {"value": "x", "ignorecase": True}},
        {"contains-any": {"values": ["x"], "ignore-case": "yes"}},
        {"word-count": {"maximum": 3}},
        {"word-count": {}},
        {"latency": -1},
        {"equals": "x", "contains": "y"},
        {"metric": "alone"},
        {"equals": "x", "treshold": 1},
        {"equals": "x", "threshold": 0},
        {"not-levenshtein": "x"},
        {"json-schema": True},
    ],
    ids=str,
)
def test_a_mistake_in_a_scorer_is_red(entry: Any) -> None:
    assert faults(suite(entry))


@pytest.mark.parametrize(
    "entry",
    [
        "is-json",
        {"not-is-json": True},
        {"equals": {"a": 1}},
        {"equals": None},
        {"equals": {"value": {"a": 1}, "ignore-case": True}, "metric": "x", "threshold": 1, "weight": 2},
        {"not-levenshtein": "x", "threshold": 0.5},
        {"contains-any": "{{ expected }}"},
        {"word-count": {"max": 3}},
        {"cost": 0.5},
        {"python": "x.py:f", "reads": ["x.json"]},
    ],
    ids=str,
)
def test_what_llmops_takes_is_not_red(entry: Any) -> None:
    assert faults(suite(entry)) == []


def test_every_example_of_the_docs_is_not_red() -> None:
    marked = [block for block in blocks(PAGE) if len(block.info) > 1]
    entries = [entry for b in marked if b.info[1] == "scorers" for entry in read_yaml(b.text, "").data]
    assert {key for entry in entries for key in entry} >= set(SCORERS)
    assert faults(suite(*entries)) == []


def test_a_mistake_in_the_scorers_of_a_case_is_red() -> None:
    case: dict[str, Any] = {"id": "a", "scorers": [{"contians": "x"}]}
    against = schema.validator(schema.published("case"))
    assert list(against.iter_errors(case))
    assert not list(against.iter_errors({"id": "a", "scorers": [{"contains": "x"}]}))
    assert faults({**suite({"contains": "x"}), "cases": [case]})


def test_editors_can_complete_scorers_and_their_options() -> None:
    defined = schema.published("suite")["$defs"]
    entry = defined["scorer"]["anyOf"][1]["properties"]
    for name in SCORERS:
        for written in (name, f"not-{name}"):
            assert scorer_class(name).does in entry[written]["description"]
            assert entry[written]["$ref"] == f"#/$defs/{name}"
        assert set(defined[name]["properties"]) == set(scorer_class(name).option["properties"])


@pytest.mark.parametrize("file", [*SUITES, None], ids=str)
def test_another_validator_agrees(tmp_path: Path, file: Path | None) -> None:
    assert SUITES
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("id: x\nprompt: y\ncases: z.jsonl\nscorers:\n  - contians: Paris\n", "utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--schemafile", str(SHIPPED / "suite.schema.json"), str(file or wrong)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (0 if file else 1), done.stdout + done.stderr
    assert ("contians" in done.stdout) == (file is None)
