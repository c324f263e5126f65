"""What other tools let pass with a green run: here each is refused at its place, before anything is asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.bad import Bad, assert_refused, problems
from tests.cli.projects import (
    CASES_PATH,
    PROMPT_PATH,
    SUITE,
    SUITE_PATH,
    cases,
    changed,
    evaluated,
    project,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

EQUALS = '- equals: "{{ expected }}"'
RULE = "pass_rate: {max_drop: 0.05}"
SECOND = {
    "evalsets/europe.yaml": SUITE.replace("id: capitals", "id: europe").replace("capitals.js", "europe.js"),
    "evalsets/europe.jsonl": cases(France="Paris", Spain="Madrid"),
}

FAULTS = [
    Bad(
        "a misspelled key of a case",
        changed(CASES_PATH, '"expected": "Paris"', '"expcted": "Paris"'),
        problems(
            f"{CASES_PATH}:1:39: unknown key `expcted`: no variable of the prompt\n"
            "    did you mean `expected`?"
        ),
    ),
    Bad(
        "an undefined variable",
        changed(PROMPT_PATH, "{{ country }}", "{{ contry }}"),
        problems(
            f"{PROMPT_PATH}:14:41: undefined variable `contry`: it is not among the prompt's inputs\n"
            "    did you mean `country`?"
        ),
    ),
    Bad(
        "a filter that matches nothing, in one suite",
        {},
        problems(
            f"{SUITE_PATH}:3:8: the filter id:frnace matches none of 10 cases\n    did you mean `france`?"
        ),
        ("--filter", "id:frnace"),
    ),
    Bad(
        "a filter that matches nothing, in every suite that was searched",
        SECOND,
        problems(
            f"{SUITE_PATH}:3:8: the filter id:frnace matches none of 10 cases\n    did you mean `france`?",
            "evalsets/europe.yaml:3:8: the filter id:frnace matches none of 2 cases\n"
            "    did you mean `france`?",
        ),
        ("--filter", "id:frnace"),
    ),
    Bad(
        "a test without assertions",
        changed(SUITE_PATH, f"scorers:\n  {EQUALS}", "scorers: []"),
        problems(
            f"{SUITE_PATH}:4:10: `scorers` must not be empty, found an empty list\n"
            "    a suite without scorers would always pass"
        ),
    ),
    Bad(
        "assertions none of which decides",
        changed(SUITE_PATH, EQUALS, "- levenshtein: Paris"),
        problems(
            f"{SUITE_PATH}:4:1: no scorer decides, so every case would pass: `levenshtein` only measures\n"
            "    give one of them a `threshold`, such as `threshold: 0.8`"
        ),
    ),
    Bad(
        "a weight of 0",
        changed(SUITE_PATH, EQUALS, f"{EQUALS}\n    weight: 0"),
        problems(
            f"{SUITE_PATH}:6:13: `weight` must be a number above 0, found the number `0`\n"
            "    remove the scorer if it should not count"
        ),
    ),
    Bad(
        "a template with a syntax error in a scorer's option",
        changed(SUITE_PATH, EQUALS, '- equals: "{{ expected }"'),
        problems(f"{SUITE_PATH}:5:13: equals: template syntax: unexpected '}}'"),
    ),
    Bad(
        "a scorer file with a syntax error",
        {
            **changed(SUITE_PATH, EQUALS, "- python: scorers/tone.py:tone\n    threshold: 1"),
            "scorers/tone.py": "def tone(output, case):\n    return (1\n",
        },
        problems(
            f"{SUITE_PATH}:5:13: python: cannot be loaded: scorers/tone.py:2: SyntaxError: "
            "'(' was never closed"
        ),
    ),
    Bad(
        "a gate rule on a metric that nothing gives",
        changed(SUITE_PATH, RULE, "relevance: {floor: 0.9}"),
        problems(
            f"{SUITE_PATH}:7:3: the gate names the metric `relevance`, which no scorer of this suite gives\n"
            "    known metrics and settings: alpha, cost_usd, equals, inconclusive, input_tokens, "
            "latency_p50, latency_p95, must_pass, output_tokens, pass@1, pass^1, pass_rate, score"
        ),
    ),
    Bad(
        "pass@5 of three repeats",
        changed(SUITE_PATH, RULE, "pass@5: {floor: 0.9}\nrepeats: 3"),
        problems(
            f"{SUITE_PATH}:7:3: `pass@5` needs 5 repeats of each case, and the suite has fewer\n"
            "    repeats: 5"
        ),
    ),
]


@pytest.mark.parametrize("bad", FAULTS, ids=str)
def test_what_others_let_pass(bad: Bad, tmp_path: Path, idle: Provider) -> None:
    assert re.match(r"\S+:\d+:\d+: ", bad.said), "each has its place"
    assert_refused(bad, project(tmp_path, bad.files), idle)


def test_a_filter_needs_a_match_in_one_suite_only(tmp_path: Path, provider: Provider) -> None:
    said = evaluated(project(tmp_path, SECOND), "--filter", "id:peru")
    assert [subject["suite"] for subject in said.data["subjects"]] == ["capitals"]
    assert provider.count == 1
