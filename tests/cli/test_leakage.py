"""Cases that stand in the prompt that they judge: a warning that names them with their lines."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from llmops_cli.core.project import find_project
from llmops_cli.evals.leakage import leaks
from llmops_cli.evals.workspace import open_workspace, require_sound
from tests.cli.answering import words
from tests.cli.projects import CASES, CASES_PATH, PROMPT, PROMPT_PATH, evaluated, lines, llmops, project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

HINT = "take other examples, or take these cases out of the suite"
LETTER = "The mill on the river was sold last spring to a family from the north."
LONG_LINES = "THE MILL on the\n      river was sold last spring\n      to a family from the north."
SYSTEM = "    content: Answer with one word.\n"
USER = "  - role: user\n"
FEW = """\
  - {{role: user, content: "{}"}}
  - {{role: assistant, content: "{}"}}
"""


def telling(system: str = "", examples: str = "", **partials: str) -> dict[str, str]:
    """The prompt with another system message and few-shot examples before the user's message."""
    text = PROMPT.replace(SYSTEM, f"    content: |\n      {system}\n") if system else PROMPT
    files = {f"prompts/_{name}.j2": partial for name, partial in partials.items()}
    return {PROMPT_PATH: text.replace(USER, examples + USER), **files}


def letters(*texts: str) -> dict[str, str]:
    return {
        CASES_PATH: lines(
            *({"id": f"c{at}", "country": text, "expected": "yes"} for at, text in enumerate(texts))
        )
    }


def warned(root: Path) -> list[str]:
    """The warnings of a project about its prompts."""
    data = llmops(root, "check", "--format", "json").data
    return [
        f"{problem['path']}:{problem['line']}: {problem['message']}"
        for problem in data["problems"]
        if problem["severity"] == "warning"
    ]


FRANCE = "`france` (evalsets/capitals.jsonl:1, here line 13)"
TOLD = [
    (
        "a short input with its answer",
        telling("For example, France is Paris."),
        f"1 case of 10 of `capitals` stands in the prompt that it judges: {FRANCE}",
    ),
    (
        "few-shot examples",
        telling(examples=FEW.format("Peru", "Lima")),
        "`peru` (evalsets/capitals.jsonl:6, here line 13)",
    ),
    (
        "a branch for one case",
        telling("{% if country == 'Kenya' %}Nairobi{% endif %}"),
        "`kenya` (evalsets/capitals.jsonl:7, here line 13)",
    ),
    (
        "a long input",
        {**telling(f"Short. {LETTER}"), **letters(LETTER, "Another one.")},
        "1 case of 2 of `capitals` stands",
    ),
    (
        "a long input in other lines and capitals",
        {**telling(LONG_LINES), **letters(LETTER)},
        "`c0` (evalsets/capitals.jsonl:1",
    ),
]


@pytest.mark.parametrize(("name", "files", "said"), TOLD, ids=[row[0].replace(" ", "-") for row in TOLD])
def test_cases_that_the_prompt_holds_are_named(
    tmp_path: Path, name: str, files: dict[str, str], said: str
) -> None:
    (warning,) = warned(project(tmp_path, files))
    assert warning.startswith(f"{PROMPT_PATH}:13: "), name
    assert said in warning


QUIET = [
    ("nothing of it", {}),
    ("an input without its answer", telling("For example, France.")),
    ("an answer without its input", telling("For example, Paris.")),
    ("an answer far behind its input", telling(f"France. {'So it goes. ' * 9} Paris.")),
    ("an input in another word", telling("Frances: Paris.")),
    ("an answer in another word", telling("France: Parisian.")),
    ("a comment", telling("{# France: Paris #}Be brief.")),
    ("a text that most cases share", {**telling(LETTER), **letters(*(LETTER + " " * at for at in range(3)))}),
]


@pytest.mark.parametrize(("name", "files"), QUIET, ids=[row[0].replace(" ", "-") for row in QUIET])
def test_what_is_no_case_is_not_named(tmp_path: Path, name: str, files: dict[str, str]) -> None:
    assert warned(project(tmp_path, files)) == [], name


def test_a_partial_is_named_and_many_cases_are_counted(tmp_path: Path, provider: Provider) -> None:
    every = "\n".join(
        f"{line['country']} = {line['expected']}" for line in map(json.loads, CASES.splitlines())
    )
    root = project(tmp_path, telling("{% include '_all.j2' %}", all=f"Know this:\n{every}\n"))
    (warning,) = warned(root)
    assert warning.startswith("prompts/_all.j2:2: 10 cases of 10 of `capitals` stand in the prompt")
    assert "`france` (evalsets/capitals.jsonl:1, here line 2)" in warning
    assert warning.endswith("and 5 more")
    told = evaluated(root)
    assert told.code == 0, "a warning stops nothing"
    assert [problem["path"] for problem in told.data["warnings"]] == ["prompts/_all.j2"]
    assert HINT in words(llmops(root, "eval").out)


def test_expected_values_of_several_parts(tmp_path: Path) -> None:
    case = {"id": "order", "country": "Order HC-1", "expected": {"city": "Rome", "count": 2, "paid": True}}
    root = project(tmp_path, {**telling("Order HC-1: {city: Rome, count: 2}"), CASES_PATH: lines(case)})
    (warning,) = warned(root)
    assert "`order`" in warning
    (root / PROMPT_PATH).write_text(telling("Order HC-1: {city: Rome}")[PROMPT_PATH], "utf-8")
    assert warned(root) == []


def test_twenty_thousand_cases_are_looked_for_in_one_pass(tmp_path: Path) -> None:
    texts = [f"{number} mills on the river were sold to a family from the north" for number in range(20_000)]
    filler = "\n      ".join(
        f"Line {number} says what to do with mills, rivers and sales." for number in range(200)
    )
    root = project(tmp_path, {**telling(f"{filler}\n      {texts[19_000]}"), **letters(*texts)})
    (suite,) = require_sound(open_workspace(find_project(root))).suites.values()
    began = time.perf_counter()
    (warning,) = leaks(suite)
    assert time.perf_counter() - began < 3, "0.12 s on an idle machine"
    assert "`c19000`" in warning.message
