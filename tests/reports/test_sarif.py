"""SARIF: valid against the schema, paths that every reader finds, the same result where only a line moved."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft4Validator

from llmops_cli import __version__
from llmops_cli.reports.document import Annotation, Document, Place, Text
from llmops_cli.reports.formats import draw
from tests.reports.sample import sample
from tests.reports.texts import ANY

SCHEMA = Path(__file__).parent / "schemas/sarif-2.1.0-rtm.5.json"
FOUND = Annotation("error", "must-pass", "case x fails", "is b, not a", Place("evalsets/ä b#1.jsonl", 12, 3))


@cache
def validator() -> Draft4Validator:
    return Draft4Validator(
        json.loads(SCHEMA.read_text("utf-8")), format_checker=Draft4Validator.FORMAT_CHECKER
    )


def run_of(*found: Annotation, tone: str = "plain", folder: str = "services/desk") -> dict[str, Any]:
    """The one run of a document with these annotations, which is valid."""
    made = Document(Text("the answer", tone), annotations=found, folder=folder)  # type: ignore[arg-type]
    data = json.loads(draw(made, "sarif"))
    assert [error.message for error in validator().iter_errors(data)] == []
    (run,) = data["runs"]
    return dict(run)


def test_the_sample_is_valid() -> None:
    data = json.loads(draw(sample(), "sarif"))
    assert [error.message for error in validator().iter_errors(data)] == []
    (run,) = data["runs"]
    assert run["tool"]["driver"]["version"] == __version__
    assert len(run["results"]) == len(sample().annotations) == 17
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [
        "regressed",
        "must-pass",
        "problem",
        "new-case",
    ]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_place() -> None:
    (result,) = run_of(FOUND)["results"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {
            "uri": "services/desk/evalsets/%C3%A4%20b%231.jsonl",
            "uriBaseId": "%SRCROOT%",
        },
        "region": {"startLine": 12, "startColumn": 3},
    }


@pytest.mark.parametrize(
    ("place", "region"), [(Place("a", 0, 4), None), (Place("a", 3), {"startLine": 3}), (Place(""), None)]
)
def test_what_is_not_known_of_a_place_is_not_said(place: Place, region: object) -> None:
    (result,) = run_of(replace(FOUND, place=place))["results"]
    locations = result["locations"]
    assert bool(locations) is bool(place.path)
    if locations:
        assert locations[0]["physicalLocation"].get("region") == region


@pytest.mark.parametrize(
    ("level", "expected"), [("error", "error"), ("warning", "warning"), ("notice", "note")]
)
def test_levels(level: Any, expected: str) -> None:
    assert run_of(replace(FOUND, level=level))["results"][0]["level"] == expected


def _print(run: dict[str, Any], at: int = 0) -> str:
    return str(run["results"][at]["partialFingerprints"]["primaryLocationLineHash"])


def test_a_result_is_the_same_when_only_its_line_moved() -> None:
    moved = replace(FOUND, place=replace(FOUND.place, line=90, column=0), message="is c, not a")
    assert _print(run_of(FOUND)) == _print(run_of(moved))
    others = [replace(FOUND, title="y"), replace(FOUND, rule="flip"), replace(FOUND, place=Place("b", 12))]
    assert len({_print(run_of(found)) for found in (FOUND, *others)}) == 4
    twice = run_of(FOUND, FOUND)
    assert _print(twice, 0) != _print(twice, 1)


def test_projects_of_one_repository_do_not_replace_each_other() -> None:
    ids = {run_of(FOUND, folder=folder)["automationDetails"]["id"] for folder in ("", "a", "b c/d")}
    assert ids == {"llmops/", "llmops/a/", "llmops/b%20c/d/"}


def test_an_answer_that_no_annotation_gives_is_a_result() -> None:
    run = run_of(replace(FOUND, level="warning"), tone="bad")
    assert [(r["ruleId"], r["level"]) for r in run["results"]] == [
        ("answer", "error"),
        ("must-pass", "warning"),
    ]
    assert run["results"][0]["message"]["text"] == "FAILED: the answer"
    assert run_of(tone="good")["results"] == []


def test_a_text_is_no_link_and_not_endless() -> None:
    (result,) = run_of(replace(FOUND, message="[click](https://example.com) " + "m" * 9_000))["results"]
    assert "](" not in result["message"]["text"]
    assert len(result["message"]["text"]) < 4_010


@settings(deadline=None, max_examples=30)
@given(ANY, ANY, ANY)
def test_no_text_breaks_the_file(rule: str, text: str, path: str) -> None:
    run_of(Annotation("error", rule or "r", text, text, Place(path, 1)), folder="")
