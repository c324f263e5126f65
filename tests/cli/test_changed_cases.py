"""Cases that changed, went or came: what is compared, and what is said of the rest."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.answering import (
    EQUALS,
    baseline_of,
    knows_all_but,
    lands,
    only,
    scoring,
    shown_with,
    with_answers,
    words,
)
from tests.cli.projects import CASES_PATH, edit, lines, llmops, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.servers.provider import Provider

WORSE = range(41)
"""The cases of a hundred and forty-two that the changed prompt breaks."""
COUNT = 142
ANY_CASE = {**scoring(EQUALS), CASES_PATH: lands(COUNT)}
SCORER = "scorers/check.py"


def function(body: str) -> dict[str, str]:
    """A suite that a function of the project judges, and the function."""
    suite = scoring(f"- python: {SCORER}:check\n    threshold: 1")
    return {**suite, SCORER: f"def check(output, case):\n    return {body}\n", CASES_PATH: lands(COUNT)}


def rows(root: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (root / CASES_PATH).read_text("utf-8").splitlines()]


def rewrite(root: Path, change: Callable[[dict[str, Any]], object], numbers: range = WORSE) -> None:
    """Change some of the cases."""
    cases = rows(root)
    for number in numbers:
        change(cases[number])
    write(root / CASES_PATH, lines(*cases))


@dataclass(frozen=True)
class Edit:
    """What is done to the cases that got worse, and what the gate says then."""

    name: str
    change: Callable[[dict[str, Any]], object]
    verdict: str
    code: int
    headline: str
    files: Mapping[str, str] = field(default_factory=lambda: ANY_CASE)
    worse: range = WORSE
    touched: range = WORSE

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def as_answered(case: dict[str, Any]) -> None:
    case["expected"] = case["expected"].replace("City", "Village")


def allowing(case: dict[str, Any]) -> None:
    case["metadata"] = {"also": case["expected"].replace("City", "Village")}


def noted(case: dict[str, Any]) -> None:
    case["metadata"] = {"note": "from a ticket"}


def tagged(case: dict[str, Any]) -> None:
    case["tags"] = ["lenient"]


READS_METADATA = function("case.metadata.get('also', case.expected) in (output, case.expected)")
READS_TAGS = function("output == case.expected or 'lenient' in case.tags")
READS_NEITHER = function("output == case.expected")
CHANGED = "41 cases changed (land-000, land-001, land-002, land-003, land-004 and 36 more); if they failed"
EDITS = [
    Edit("metadata", noted, "REGRESSED", 1, "100.0% → 71.1%"),
    Edit("tags", tagged, "REGRESSED", 1, "100.0% → 71.1%"),
    Edit("clusters", lambda c: c.update(cluster="one"), "REGRESSED", 1, "100.0% → 71.1%"),
    Edit("the expected answer", as_answered, "INCOMPARABLE", 1, CHANGED),
    Edit(
        "an answer recorded", lambda c: c.update(output=c["expected"]), "INCOMPARABLE", 1,
        "would be pass_rate −28.9 pt",
    ),
    Edit(
        "the inputs", lambda c: c.update(country=c["country"] + "?"), "INCOMPARABLE", 1, CHANGED,
        worse=range(0),
    ),
    Edit("metadata that a function reads", allowing, "INCOMPARABLE", 1, CHANGED, READS_METADATA),
    Edit("tags that a function reads", tagged, "INCOMPARABLE", 1, CHANGED, READS_TAGS),
    Edit("metadata that no function reads", noted, "REGRESSED", 1, "71.1%", READS_NEITHER),
    Edit(
        "metadata beside a good prompt", noted, "PASSED", 0, "nothing that the gate", READS_NEITHER,
        worse=range(0),
    ),
    Edit(
        "two mended labels", lambda c: c.update(expected=c["expected"] + "."), "PASSED", 0,
        "2 of 142 cases ask something else", worse=range(0), touched=range(2),
    ),
]  # fmt: skip


@pytest.mark.parametrize("made", EDITS, ids=str)
def test_what_is_done_to_the_cases_that_got_worse(made: Edit, tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), made.files)
    rewrite(root, made.change, made.touched)
    said = shown_with(knows_all_but(made.worse), root)
    assert (said.code, made.headline in words(said.out)) == (made.code, True), said.both
    assert said.out.startswith(made.verdict)


def test_a_second_reading_holds_for_graded_metrics_and_floors(tmp_path: Path, provider: Provider) -> None:
    """Nine in ten cases are enough, and eleven of a hundred changed: if they failed it would be less."""
    rule = "pass_rate: {floor: 0.9}\n  near: {max_drop: 0.05}"
    graded = '- levenshtein: "{{ expected }}"\n    metric: near'
    root = baseline_of(
        tmp_path, knows_all_but(()), {**scoring(EQUALS, graded, rule=rule), CASES_PATH: lands(100)}
    )
    rewrite(root, lambda case: case.update(context=["a map"]), range(11))
    said = with_answers(knows_all_but(()), root)
    assert (said.code, said.data["verdict"]) == (1, "INCOMPARABLE")
    metrics = only(said)["metrics"]
    assert metrics["pass_rate"]["if_changed_failed"] == {"now": 0.89, "change": pytest.approx(-0.11)}
    (reason,) = metrics["pass_rate"]["reasons"]
    assert reason.startswith(
        "11 cases changed (land-000, land-001, land-002, land-003, land-004 and 6 more); "
    )
    assert reason.endswith("if they failed it would be pass_rate 89.0%, below the floor of 0.9")
    assert metrics["near"]["reasons"][0].endswith("if they failed it would be near −0.110")


def without_ids(count: int = COUNT) -> str:
    named = [json.loads(line) for line in lands(count).splitlines()]
    return lines(*({key: case[key] for key in ("country", "expected")} for case in named))


def test_a_mended_case_without_an_id_is_the_same_case(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), {**ANY_CASE, CASES_PATH: without_ids()})
    edit(root, CASES_PATH, '"Land 007"', '"Land 007, please"')  # one field of it
    edit(root, CASES_PATH, '{"country": "Land 009", "expected": "City 009"}',
         '{"country": "Land 009!", "expected": "City 009."}')  # both, at its place  # fmt: skip
    said = with_answers(knows_all_but(()), root)
    subject = only(said)
    assert (said.code, subject["cases_added"], subject["cases_removed"]) == (0, [], [])
    assert len(subject["cases_changed"]) == 2
    shown = words(shown_with(knows_all_but(()), root).out)
    assert f"{subject['cases_changed'][0]} “Land 00" in shown
    write(root / CASES_PATH, without_ids(COUNT - 1))
    gone = shown_with(knows_all_but(()), root)
    assert gone.code == 1
    assert re.search(r"1 case went \(case-[0-9a-f]{10} “Land 141”\)", words(gone.out))


def test_cases_that_went_are_incomparable_and_named(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), ANY_CASE)
    write(root / CASES_PATH, lands(139))
    said = shown_with(knows_all_but(()), root)
    assert said.code == 1
    assert words(said.out).startswith("INCOMPARABLE: capitals 3 cases went (land-139, land-140, land-141)")


@pytest.mark.parametrize(
    ("rule", "metric", "said"),
    [
        ("pass_rate: {floor: 0.85}", "pass_rate", "below the floor of 0.85"),
        ("output_tokens: {ceiling: 4}", "output_tokens", "above the ceiling of 4"),
    ],
)
def test_new_cases_lift_no_limit_over_the_old_ones(
    rule: str, metric: str, said: str, tmp_path: Path, provider: Provider
) -> None:
    def tokens(text: str, out: int) -> dict[str, Any]:
        usage = {"prompt_tokens": 9, "completion_tokens": out}
        return {"choices": [{"message": {"role": "assistant", "content": text}}], "usage": usage}

    def answer(wrong: range) -> Callable[[Any], dict[str, Any]]:
        knows = knows_all_but(wrong)
        return lambda call: tokens(str(knows(call)), 6 if "Village" in str(knows(call)) else 3)

    root = baseline_of(tmp_path, answer(range(0)), {**scoring(EQUALS, rule=rule), CASES_PATH: lands(100)})
    write(root / CASES_PATH, lands(400))
    judged = with_answers(answer(range(50)), root)
    assert judged.code == 1
    reasons = only(judged)["metrics"][metric]["reasons"]
    assert reasons[0].endswith(f"over the cases that the baseline has, {said}")
    assert with_answers(answer(range(2)), root).code == 0


def test_other_clusters_are_accepted_with_a_reason_only(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), ANY_CASE)
    rewrite(root, lambda case: case.update(cluster="one"))
    assert with_answers(knows_all_but(()), root).code == 0
    said = llmops(root, "baseline", "accept", "capitals")
    assert said.code == 2
    assert "has other clusters of 41 cases than the baseline (land-000" in said.err
    assert llmops(root, "baseline", "accept", "capitals", "--reason", "threads").code == 0


def test_metadata_that_nobody_reads_changes_no_case(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), ANY_CASE)
    rewrite(root, lambda case: case.update(metadata={"source": "tickets"}))
    said = with_answers(knows_all_but(()), root)
    assert (said.code, only(said)["cases_changed"]) == (0, [])
    assert llmops(root, "baseline", "accept", "capitals").code == 0
    rewrite(root, lambda case: case.update(metadata={"source": "mails"}))
    verified = llmops(root, "baseline", "verify", "--format", "json")
    assert (verified.code, verified.data["baselines"][0]["recomputed"]) == (0, COUNT)
