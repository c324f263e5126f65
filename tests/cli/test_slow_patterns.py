"""A pattern or a schema that takes for ever costs its own answer, or its case where `inputs` say it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.cli.projects import (
    CASES_PATH,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    changed,
    evaluated,
    llmops,
    project,
)

if TYPE_CHECKING:
    from pathlib import Path

SLOW = r"^(?=(\w+\s?)*$)"
FAST = r"^(\w+\s?)*$"
UNLUCKY = "a" * 60 + "!"
ALLOWED = "where it is meant, `limits: {pattern_s: …}` in llmops.yaml allows more"
TOO_LONG = f"it took more than 0.3 s (`pattern_s`); {ALLOWED}"
DOUBLING = {
    "$ref": "#/$defs/0",
    "$defs": {str(n): {"allOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} for n in range(40)} | {"40": {}},
}


def judged(tmp_path: Path, entry: Any, *answers: str) -> tuple[int, list[str], Any]:
    """The exit code of a run over answers that are there, its errors, and the values of its metric."""
    rows = [
        {"id": f"c{number}", "country": "x", "expected": "x", "output": answer}
        for number, answer in enumerate(answers)
    ]
    files = {
        PROJECT_PATH: "limits: {pattern_s: 0.3}\n",
        CASES_PATH: "".join(json.dumps(row) + "\n" for row in rows),
        **changed(SUITE_PATH, 'equals: "{{ expected }}"', json.dumps(entry)[1:-1]),
    }
    said = evaluated(project(tmp_path, files), "--offline")
    subject = said.data["subjects"][0]
    (name,) = entry
    value = subject["metrics"].get(name, {}).get("now")
    return said.code, [failure["error"] for failure in subject["failures"] if failure["error"]], value


def test_nested_repetition_is_searched_in_no_time(tmp_path: Path) -> None:
    assert judged(tmp_path, {"regex": FAST}, UNLUCKY, "fine") == (0, [], 0.5)


def test_a_pattern_that_looks_around_for_ever_costs_that_answer_only(tmp_path: Path) -> None:
    code, errors, value = judged(tmp_path, {"regex": SLOW}, UNLUCKY, "fine", "not!")
    assert (code, value) == (2, 0.5)
    assert errors == [f"regex: the pattern `{SLOW}`: {TOO_LONG}"]


def test_the_patterns_of_a_schema_cost_that_answer_only(tmp_path: Path) -> None:
    schema = {"pattern": SLOW, "patternProperties": {SLOW: False}}
    answers = ["fine", "not!", {"not!": 1}, {"fine": 1}, {UNLUCKY: 1}]
    code, errors, value = judged(tmp_path, {"json-schema": {"schema": schema}}, *map(json.dumps, answers))
    assert (code, value) == (2, 0.5)
    assert errors == [f"json-schema: `json-schema`: {TOO_LONG}"]


def test_references_that_double_the_work_have_an_end(tmp_path: Path) -> None:
    code, (error,), _ = judged(tmp_path, {"json-schema": {"schema": DOUBLING}}, "1")
    assert code == 2
    assert "the schema takes more than 0.3 s of computing (`pattern_s`); where it is meant" in error


def test_an_answer_that_is_too_deep_is_an_error_and_no_zero(tmp_path: Path) -> None:
    code, (error,), value = judged(tmp_path, {"is-json": True}, "[" * 5000 + "]" * 5000, "[]")
    assert (code, value) == (2, 1)
    assert "nested too deeply: more than 100 levels (`depth`), at character 101" in error


def test_a_pattern_of_inputs_that_takes_for_ever_is_a_problem_of_its_case(tmp_path: Path) -> None:
    files = {
        PROJECT_PATH: "limits: {pattern_s: 0.3}\n",
        **changed(PROMPT_PATH, "minLength: 1", f"pattern: '{SLOW}'"),
        CASES_PATH: "".join(
            json.dumps({"id": text[:1], "country": text, "expected": "x"}) + "\n"
            for text in ("fine", UNLUCKY)
        ),
    }
    said = llmops(project(tmp_path, files), "check")
    assert said.code == 2
    told = " ".join(said.out.split())
    assert f"{CASES_PATH}:2:1: inputs: the pattern `{SLOW}`: {TOO_LONG}" in told
    assert f"{CASES_PATH}:1" not in told
