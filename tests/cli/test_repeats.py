"""Several answers to each case: how often it passes, pass@k and pass^k."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import (
    EQUALS,
    baseline_of,
    knows_all_but,
    lands,
    number_of,
    only,
    scoring,
    shown_with,
    with_answers,
    words,
)
from tests.cli.bad import Bad, assert_refused, problems
from tests.cli.projects import BASELINE_PATH, CASES_PATH, SUITE_PATH, evaluated, llmops, project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.provider import Call, Provider


def three(rule: str = "pass_rate: {max_drop: 0.05}", repeats: int = 3, count: int = 6) -> dict[str, str]:
    """A suite that asks each case three times."""
    text = scoring(EQUALS, rule=rule)[SUITE_PATH].replace("cases:", f"repeats: {repeats}\ncases:")
    return {SUITE_PATH: text, CASES_PATH: lands(count)}


def passing(times: dict[int, int]) -> Callable[[Call], str]:
    """A model that is right about a case in its first so many answers, and always about the others."""
    asked: dict[int, int] = {}

    def answer(call: Call) -> str:
        number = number_of(call)
        asked[number] = asked.get(number, 0) + 1
        return f"{'City' if asked[number] <= times.get(number, 99) else 'Village'} {number:03}"

    return answer


def test_three_of_three_to_two_of_three(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, passing({}), three())
    data = only(with_answers(passing({2: 2, 4: 0}), root))
    assert [(f["case"], f["passes_before"], f["passes_now"]) for f in data["flips"]] == [
        ("land-004", [3, 3], [0, 3]),
        ("land-002", [3, 3], [2, 3]),
    ]
    assert data["metrics"]["pass_rate"]["now"] == pytest.approx(14 / 18)
    terminal = words(shown_with(passing({2: 2, 4: 0}), root).out)
    assert "6 cases · 3 repeats · 18 asked now" in terminal
    assert "Changed cases: 2 pass less often than before, 0 more often" in terminal
    assert (
        'land-002 passes 2 of 3 times, was 3 of 3: equals: expected "City 002", found "Village 002"'
        in terminal
    )
    assert "- City 002 + Village 002" in terminal, "the answer that fails is the one that tells"
    markdown = shown_with(passing({2: 2, 4: 0}), root, form="markdown").out
    assert "**land-002 passes 2 of 3 times, was 3 of 3**" in markdown
    assert "**land-004 passes 0 of 3 times, was 3 of 3**" in markdown


def test_better_counts_too(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, passing({2: 1}), three())
    (flip,) = only(with_answers(passing({2: 2}), root))["flips"]
    assert (flip["worse"], flip["passes_before"], flip["passes_now"]) == (False, [1, 3], [2, 3])


def test_the_same_number_of_passes_is_no_flip(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, passing({2: 1}), three())
    assert only(with_answers(passing({2: 1}), root))["flips"] == []


def test_shares_are_compared_where_repeats_differ(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, passing({2: 1}), three(repeats=2))
    said = with_answers(passing({2: 2}), root, "--repeats", "4")
    assert only(said)["flips"] == [], "2 of 4 is 1 of 2"
    assert only(said)["changed_since_baseline"] == ["repeats 2 → 4"]


@pytest.mark.parametrize(
    ("metric", "wanted"),
    [
        # Six cases: 3 of 3, 2 of 3, 1 of 3, 0 of 3, and twice 3 of 3.
        ("pass@1", (3 + 2 / 3 + 1 / 3) / 6),
        ("pass^1", (3 + 2 / 3 + 1 / 3) / 6),
        ("pass@2", (3 + 1 + 2 / 3) / 6),
        ("pass^2", (3 + 1 / 3 + 0) / 6),
        ("pass@3", 5 / 6),
        ("pass^3", 3 / 6),
    ],
)
def test_what_repeats_say_together(metric: str, wanted: float, tmp_path: Path, provider: Provider) -> None:
    for floor, code in ((wanted - 0.01, 0), (wanted + 0.01, 1)):
        rule = f"pass_rate: {{floor: 0}}\n  {metric}: {{floor: {floor:.4f}}}"
        root = project(tmp_path / str(code), three(rule))
        said = with_answers(passing({1: 2, 2: 1, 3: 0}), root)
        assert only(said)["metrics"][metric]["now"] == pytest.approx(wanted)
        assert said.code == code, said.out
        if code:
            assert only(said)["metrics"][metric]["reasons"] == [f"below the floor of {floor:.4g}"]


def test_a_drop_of_pass_at_k_is_compared_with_the_baseline(tmp_path: Path, provider: Provider) -> None:
    rule = "pass_rate: {max_drop: 0.5}\n  pass^3: {max_drop: 0.05}"
    root = baseline_of(tmp_path, passing({}), three(rule, count=40))
    said = with_answers(passing(dict.fromkeys(range(10), 2)), root)
    metric = only(said)["metrics"]["pass^3"]
    assert (metric["baseline"], metric["now"], metric["worse"]) == (1, 0.75, 10)
    assert (metric["verdict"], said.code) == ("REGRESSED", 1)
    assert only(said)["metrics"]["pass@3"]["now"] == 1
    shown = shown_with(passing(dict.fromkeys(range(10), 2)), root).out
    assert shown.startswith("REGRESSED: capitals pass^3 100.0% → 75.0% (−25.0 pt)")


def test_pass_at_k_is_shown_without_a_rule(tmp_path: Path, provider: Provider) -> None:
    shown = words(shown_with(passing({1: 2}), project(tmp_path, three())).out)
    assert "pass@3 100.0% –" in shown
    assert "pass^3 83.3% –" in shown


def test_a_baseline_keeps_every_repeat(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, passing({2: 1}), three())
    header, *rows = [json.loads(line) for line in (root / BASELINE_PATH).read_text().splitlines()]
    assert header["repeats"] == 3
    assert rows[2]["scores"]["pass_rate"] == [1.0, 0.0, 0.0]
    assert not any(name.startswith(("pass@", "pass^")) for name in header["metrics"])


def test_more_repeats_than_the_suite_has_are_refused(tmp_path: Path, idle: Provider) -> None:
    refused = Bad(
        "too few",
        three("pass@5: {floor: 0.9}"),
        problems(
            f"{SUITE_PATH}:8:3: `pass@5` needs 5 repeats of each case, and the suite has fewer\n"
            "    repeats: 5"
        ),
    )
    assert_refused(refused, project(tmp_path, refused.files), idle)


@pytest.mark.parametrize("metric", ["pass@0", "pass@-1", "pass@x", "pass^", "pass@3.5"])
def test_a_metric_that_is_none(metric: str, tmp_path: Path, idle: Provider) -> None:
    said = llmops(project(tmp_path, three(f'"{metric}": {{floor: 0.9}}')), "eval")
    assert said.code == 2
    assert said.err.startswith(f"{SUITE_PATH}:8:3: the gate names the metric `{metric}`")
    assert idle.count == 0


def test_fewer_repeats_on_the_command_line_than_a_rule_needs(tmp_path: Path, idle: Provider) -> None:
    said = llmops(project(tmp_path, three("pass@3: {floor: 0.9}")), "eval", "--repeats", "2")
    assert (said.code, said.out) == (2, "")
    assert said.err == problems(
        f"{SUITE_PATH}:8:3: `pass@3` needs 3 repeats of each case, and --repeats says 2\n    --repeats 3"
    )
    assert idle.count == 0


def test_more_repeats_on_the_command_line(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, three("pass^3: {floor: 0.9}"))
    said = with_answers(knows_all_but(()), root, "--repeats", "4")
    assert said.code == 0
    assert only(said)["outcomes"] == 24
    assert evaluated(root, "--repeats", "0").code == 2
