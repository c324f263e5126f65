"""A template that takes more than it may is a fault of its file, at its line, for `check` and `eval`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.bad import Bad, assert_refused, problems
from tests.cli.projects import (
    CASES,
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

    from tests.servers.provider import Provider

PARTIAL_PATH = "prompts/_part.j2"
LOOPS = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
FIRST = f"{CASES_PATH}:1"


def saying(text: str) -> dict[str, str]:
    return changed(PROMPT_PATH, "{{ country }}", text + "{{ country }}")


def allows(key: str) -> str:
    return f"\n    where it is meant, `limits: {{{key}: …}}` in llmops.yaml allows more"


TEMPLATES = [
    Bad(
        "loops in loops",
        {**saying(LOOPS), PROJECT_PATH: "limits: {render_s: 0.05}\n"},
        problems(
            f"{PROMPT_PATH}:14:15: the template is too much: it takes more than 0.05 s of computing "
            f"(`render_s`) (case `france`, {FIRST})" + allows("render_s")
        ),
    ),
    Bad(
        "a long text in a partial",
        {**saying("{% include '_part.j2' %}"), PARTIAL_PATH: "{# #}\n{{ 'x' * 3000000000 }}"},
        problems(
            f"{PARTIAL_PATH}:2: the template is too much: it makes more than 16 MB (`render_mb`) "
            f"(case `france`, {FIRST})" + allows("render_mb")
        ),
    ),
    Bad(
        "a deep expression",
        saying("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}"),
        problems(
            f"{PROMPT_PATH}:14:15: template syntax: nested too deeply: more than 100 levels (`depth`); "
            "where it is meant, `limits: {depth: …}` in llmops.yaml allows more"
        ),
    ),
    Bad(
        "a long variable",
        {PROJECT_PATH: "limits: {render_mb: 0.001}\n", **changed(CASES_PATH, "France", "x" * 2000)},
        problems(
            f"{PROMPT_PATH}:14:15: the template is too much: it makes more than 0.001 MB (`render_mb`) "
            f"(case `france`, {FIRST})" + allows("render_mb")
        ),
    ),
]


@pytest.mark.parametrize("bad", TEMPLATES, ids=str)
def test_a_template_that_is_too_much_is_named_once(bad: Bad, tmp_path: Path, idle: Provider) -> None:
    assert_refused(bad, project(tmp_path, bad.files), idle)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "includes or calls itself without an end"),
        ("{% include '_part.j2' %}", "includes or calls itself without an end"),
        ("{% for i in [1] %}" * 30 + "{% endfor %}" * 30, "deeper in each other than Python takes them"),
    ],
)
def test_a_template_without_an_end_is_found_by_check(tmp_path: Path, text: str, message: str) -> None:
    root = project(tmp_path, {**saying(text), PARTIAL_PATH: "{% include '_part.j2' %}"})
    said = llmops(root, "check")
    assert said.code == 2
    assert f"{PROMPT_PATH}:14:1" in said.out
    assert message in " ".join(said.out.split())


def test_the_option_of_a_scorer_that_is_too_much_is_the_error_of_the_case(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in CASES.splitlines()[:2]]
    rows = [
        {**row, "output": "x", "expected": times} for row, times in zip(rows, (1, 3_000_000_000), strict=True)
    ]
    root = project(
        tmp_path,
        {
            CASES_PATH: "".join(json.dumps(row) + "\n" for row in rows),
            **changed(SUITE_PATH, "{{ expected }}", "{{ 'x' * expected }}"),
        },
    )
    said = evaluated(root, "--offline")
    errors = [
        failure["error"] for failure in json.loads(said.out)["subjects"][0]["failures"] if failure["error"]
    ]
    assert said.code != 0
    assert len(errors) == 1
    assert "more than 16 MB (`render_mb`); where it is meant, `limits: {render_mb: …}`" in errors[0]
