"""A file that holds more than it may is named with the limit and the key that raises it; see `limits`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.bad import Bad, assert_refused, problems
from tests.cli.projects import (
    CASES_PATH,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    changed,
    llmops,
    project,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

CSV_PATH = "evalsets/capitals.csv"
CSV = "id,country,expected\na,France,Paris\nb,Italy,Rome\n"


def within(key: str, value: float) -> dict[str, str]:
    return {PROJECT_PATH: f"limits: {{{key}: {value}}}\n"}


def allows(key: str) -> str:
    return f"\n    where it is meant, `limits: {{{key}: …}}` in llmops.yaml allows more"


SIZES = [
    Bad(
        "a large file",
        {**within("file_mb", 0.01), CASES_PATH: '{"id": "a", "country": "' + "x" * 20_000 + '"}\n'},
        problems(f"{CASES_PATH}: larger than 0.01 MB (`file_mb`)" + allows("file_mb")),
    ),
    Bad(
        "a large prompt",
        {**within("file_mb", 0.01), PROMPT_PATH: "# " + "x" * 20_000},
        problems(f"{PROMPT_PATH}: larger than 0.01 MB (`file_mb`)" + allows("file_mb")),
    ),
    Bad(
        "a long line of JSON",
        {**within("cell_mb", 0.001), CASES_PATH: '{"id": "a", "country": "' + "é" * 600 + '"}\n'},
        problems(f"{CASES_PATH}:1: the line holds more than 0.001 MB (`cell_mb`)" + allows("cell_mb")),
    ),
    Bad(
        "a long cell of CSV",
        {
            **within("cell_mb", 0.001),
            **changed(SUITE_PATH, "capitals.jsonl", "capitals.csv"),
            CSV_PATH: CSV.replace("Italy", "x" * 2000),
        },
        problems(
            f"{CSV_PATH}:3: the cell under `country` holds more than 0.001 MB (`cell_mb`)" + allows("cell_mb")
        ),
    ),
    Bad(
        "a long text in YAML",
        {**within("cell_mb", 0.001), SUITE_PATH: f"id: {'x' * 2000}\n"},
        problems(f"{SUITE_PATH}:1:5: a text of more than 0.001 MB (`cell_mb`)" + allows("cell_mb")),
    ),
    Bad(
        "many cases in JSON Lines",
        {**within("cases", 1), CASES_PATH: '{"id": "a", "country": "x"}\n{"id": "b", "country": "x"}\n'},
        problems(f"{CASES_PATH}:2: more than 1 cases in one file (`cases`)" + allows("cases")),
    ),
    Bad(
        "many cases in CSV",
        {
            **within("cases", 1),
            **changed(SUITE_PATH, "capitals.jsonl", "capitals.csv"),
            CSV_PATH: CSV,
        },
        problems(f"{CSV_PATH}:3: more than 1 cases in one file (`cases`)" + allows("cases")),
    ),
    Bad(
        "many values in CSV",
        {
            **within("values", 50),
            **changed(SUITE_PATH, "capitals.jsonl", "capitals.csv"),
            CSV_PATH: "id,country,expected\n" + "".join(f"{n},x,y\n" for n in range(30)),
        },
        problems(f"{CSV_PATH}:18: more than 50 values in one file (`values`)" + allows("values")),
    ),
    Bad(
        "many values in YAML",
        {**within("values", 50), PROMPT_PATH: f"id: [{', '.join('x' * 60)}]\n"},
        problems(f"{PROMPT_PATH}:1:5: more than 50 values in one file (`values`)" + allows("values")),
    ),
    Bad(
        "many values in JSON",
        {**within("values", 50), CASES_PATH: '{"id": [' + '",", ' * 60 + '""]}\n'},
        problems(f"{CASES_PATH}:1:247: more than 50 values in one file (`values`)" + allows("values")),
    ),
    Bad(
        "text that aliases repeat",
        {
            **within("file_mb", 0.01),
            SUITE_PATH: f"a: &a {'x' * 1000}\nb: [{', '.join(['*a'] * 20)}]\n",
        },
        problems(f"{SUITE_PATH}:1:4: aliases repeat more text than 0.01 MB (`file_mb`)" + allows("file_mb")),
    ),
    Bad(
        "a limit that is none",
        {PROJECT_PATH: "limits: {depth: 5000}\n"},
        problems("llmops.yaml:1:17: `limits.depth` must be at most 200, found the number `5000`"),
    ),
]


@pytest.mark.parametrize("bad", SIZES, ids=str)
def test_what_is_too_much_is_named_with_the_key_that_allows_it(
    bad: Bad, tmp_path: Path, idle: Provider
) -> None:
    assert_refused(bad, project(tmp_path, bad.files), idle)


def test_a_raised_limit_lets_a_deep_case_through(tmp_path: Path) -> None:
    deep = "[" * 190 + "]" * 190
    case = {
        "id": "a",
        "country": "France",
        "expected": "x",
        "output": "x",
        "metadata": {"m": json.loads(deep)},
    }
    root = project(tmp_path, {CASES_PATH: json.dumps(case) + "\n"})
    refused = llmops(root, "check")
    write(root / PROJECT_PATH, "limits: {depth: 200}\n")
    taken = llmops(root, "eval", "--offline")
    assert "more than 100 levels (`depth`)" in refused.out
    assert (refused.code, taken.code) == (2, 0), taken.err
