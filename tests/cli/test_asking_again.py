"""Cases that are asked again before they are judged: failed must-pass cases, and flipped ones on request."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.answering import (
    EQUALS,
    RULE,
    baseline_of,
    knows_all_but,
    lands,
    number_of,
    only,
    resolved_as,
    scoring,
    with_answers,
    words,
)
from tests.cli.projects import CASES_PATH, evaluated, lines, llmops, project, write
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers.provider import Call

MUST = {**scoring(EQUALS, rule="must_pass: all"), CASES_PATH: lands(6)}


def failing(turns: dict[int, set[int]]) -> Callable[[Call], str]:
    """A model that is wrong about a case in some turns: `{3: {1}}` is wrong the first time it hears of 3."""
    asked: dict[int, int] = {}

    def answer(call: Call) -> str:
        number = number_of(call)
        asked[number] = asked.get(number, 0) + 1
        return f"{'Village' if asked[number] in turns.get(number, ()) else 'City'} {number:03}"

    return answer


ALWAYS = set(range(1, 100))


@contextmanager
def asking(answer: Callable[[Call], str]) -> Iterator[Provider]:
    """A provider that answers so."""
    with Provider(answer) as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", other.openai_url)
        yield other


def calls_about(provider: Provider, number: int) -> int:
    return sum(number_of(call) == number for call in provider.calls)


def test_a_flaky_must_pass_case_does_not_block_and_is_reported(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, MUST)
    with asking(failing({3: {1}})) as other:
        said = evaluated(root)
        assert (other.count, calls_about(other, 3)) == (8, 3)
        shown = llmops(root, "eval")
        assert other.count == 8, "what was asked again is in the cache too"
    assert (said.code, said.data["verdict"]) == (0, "NO_BASELINE")
    subject = only(said)
    assert (subject["must_pass_failed"], subject["must_pass_flaky"]) == ([], ["land-003"])
    assert subject["asked_again"] == 2
    assert subject["metrics"]["pass_rate"]["now"] == pytest.approx(5 / 6), "the first answer is what counts"
    note = "must-pass case land-003 failed, and passed both times it was asked again: not counted"
    assert note in words(shown.out)
    assert "asking 1 case again before judging" in said.err


@pytest.mark.parametrize(
    ("turns", "asked", "said"),
    [
        (ALWAYS, 2, "fails, also when it was asked again"),
        ({1, 3}, 3, "fails, also when it was asked again"),
    ],
    ids=["always", "one time of two"],
)
def test_a_must_pass_case_that_fails_again_blocks(
    turns: set[int], asked: int, said: str, tmp_path: Path, provider: Provider
) -> None:
    root = project(tmp_path, MUST)
    with asking(failing({3: turns})) as other:
        found = evaluated(root)
        assert calls_about(other, 3) == asked
        shown = llmops(root, "eval")
    assert (found.code, found.data["verdict"]) == (1, "REGRESSED")
    assert only(found)["must_pass_failed"] == ["land-003"]
    assert f"must-pass case land-003 {said} ({CASES_PATH}:4)" in words(shown.out)
    assert shown.out.startswith("REGRESSED: capitals 1 must-pass case failed")


def test_when_asking_again_fails_nobody_knows(tmp_path: Path, provider: Provider) -> None:
    """A provider that goes down meanwhile does not make a broken case: a retry may help."""
    heard: list[int] = []

    def answer(call: Call) -> str:
        heard.append(number_of(call))
        if len(heard) == 6:
            other.misbehave(503, times=None, headers={"retry-after": "0"})
        return knows_all_but({3})(call)

    root = project(tmp_path, MUST)
    with asking(answer) as other:
        said = evaluated(root, "-j", "1")
    assert (said.code, said.data["verdict"]) == (3, "ERROR")
    subject = only(said)
    assert subject["must_pass_failed"] == subject["must_pass_flaky"] == []
    assert [failure["case"] for failure in subject["failures"]] == ["land-003"]


def test_a_case_that_need_not_pass_is_not_asked_again(tmp_path: Path, provider: Provider) -> None:
    files = {**scoring(EQUALS, rule="must_pass: [id:*-001]"), CASES_PATH: lands(6)}
    with asking(failing({3: ALWAYS})) as other:
        assert evaluated(project(tmp_path, files)).code == 0
        assert other.count == 6


def test_recorded_answers_are_not_asked_again(tmp_path: Path, idle: Provider) -> None:
    row = {"id": "a", "country": "Land 001", "expected": "City 001", "output": "Village"}
    said = evaluated(project(tmp_path, {**MUST, CASES_PATH: lines(row)}))
    assert (said.code, only(said)["asked_again"], idle.count) == (1, 0, 0)
    assert only(said)["must_pass_failed"] == ["a"]


def test_replayed_answers_are_not_asked_again(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, MUST)
    with asking(failing({3: {1}})) as other:
        assert evaluated(root, "--record").code == 0
        assert other.count == 8
        said = evaluated(root, "--cache", "replay")
        assert other.count == 8
    assert (said.code, only(said)["must_pass_failed"]) == (1, ["land-003"])
    assert only(said)["asked_again"] == 0


def test_a_run_that_asked_again_can_be_accepted(tmp_path: Path, provider: Provider) -> None:
    with asking(failing({3: {1}})):
        root = baseline_of(tmp_path, failing({3: {1}}), MUST)
        assert evaluated(root).code == 0
    text = (root / "baselines/capitals/openai/gpt-4o-mini-2024-07-18.jsonl").read_text()
    assert '"id": "land-003"' in text
    assert '"pass_rate": [0.0]' in text, "the first answer alone is what the baseline holds"


def retried(root: Path, turns: dict[int, set[int]], *arguments: str) -> tuple[dict[str, Any], Provider]:
    """`--retry-flips 3` against a model with these failures: the subject and the provider."""
    with asking(failing(turns)) as other:
        said = evaluated(root, "--cache", "off", "--retry-flips", "3", *arguments)
        assert said.data["exit_code"] == said.code
        return only(said), other


def test_flipped_cases_are_asked_again_whichever_way_they_flipped(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but({7, 8}), {CASES_PATH: lands(20)})
    # 1 really broke, 2 was unlucky once; 7 really works now, 8 was lucky once.
    turns = {1: ALWAYS, 2: {1}, 8: ALWAYS - {1}}
    subject, other = retried(root, turns)
    assert other.count == 20 + 4 * 3
    assert {number: calls_about(other, number) for number in (0, 1, 2, 7, 8)} == {
        0: 1,
        1: 4,
        2: 4,
        7: 4,
        8: 4,
    }
    assert subject["asked_again"] == 12
    held = {flip["case"]: (flip["passes_now"], flip["held"]) for flip in subject["flips"]}
    assert held == {
        "land-001": ([0, 1], [3, 3]),
        "land-002": ([0, 1], [0, 3]),
        "land-007": ([1, 1], [3, 3]),
        "land-008": ([1, 1], [0, 3]),
    }
    rate = subject["metrics"]["pass_rate"]
    assert (rate["change"], rate["worse"], rate["better"]) == (0, 2, 2)
    assert subject["changed_since_baseline"] == [], "the repeats of some cases are not a change of the suite"
    assert not any(name.startswith("pass@") for name in subject["metrics"])


def test_asking_again_says_so(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but({8}), {CASES_PATH: lands(20)})
    with asking(failing({1: ALWAYS, 8: ALWAYS - {1}})), pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        said = llmops(root, "eval", "--cache", "off", "--retry-flips", "3")
    assert "asking 2 cases again before judging" in said.err
    note = (
        "2 flipped cases asked 3 more times: 1 flipped each time, 1 did not; the verdict rests on the first"
    )
    assert note in words(said.out)
    assert "land-001 fails now (asked again: the same 3 of 3 times)" in words(said.out)
    assert "land-008 passes now (asked again: the same 0 of 3 times)" in words(said.out)
    assert "- Village 008 + City 008" in words(said.out), "the answer that got better is the one that tells"
    assert "20 cases · 26 asked now" in words(said.out)


def test_without_a_flip_nothing_is_asked_again(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but({8}), {CASES_PATH: lands(20)})
    subject, other = retried(root, {8: ALWAYS})
    assert (other.count, subject["asked_again"]) == (20, 0)


def test_without_a_baseline_nothing_is_asked_again(tmp_path: Path, provider: Provider) -> None:
    _, other = retried(project(tmp_path, {CASES_PATH: lands(5)}), {1: ALWAYS})
    assert other.count == 5


def test_what_is_asked_again_moves_no_score_and_no_baseline(tmp_path: Path, provider: Provider) -> None:
    """A case is chosen by its first answer, on one side only: retries in a mean would hide regressions."""
    root = baseline_of(tmp_path, knows_all_but(()), {**scoring(EQUALS, rule=RULE), CASES_PATH: lands(60)})
    unlucky = {number: {1} for number in range(8)}
    with asking(failing(unlucky)):
        plain = only(evaluated(root, "--cache", "off"))
    subject, other = retried(root, unlucky)
    assert other.count == 60 + 8 * 3
    assert subject["verdict"] == plain["verdict"] == "REGRESSED"
    for metric in ("pass_rate", "equals"):
        for key in ("now", "change", "p_value", "interval"):
            assert subject["metrics"][metric][key] == plain["metrics"][metric][key]
    assert [flip["held"] for flip in subject["flips"]] == [[0, 3]] * 8
    made = llmops(root, "baseline", "accept", "--all", "--reason", "as it is")
    assert made.code == 0, made.err
    shown = llmops(root, "baseline", "show", "--format", "json").data["baselines"][0]
    assert shown["metrics"]["pass_rate"] == pytest.approx(52 / 60, abs=1e-6)


def test_an_answer_that_does_not_come_is_not_called_recorded(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), {CASES_PATH: lands(20)})
    asked: Counter[int] = Counter()

    def broken_the_second_time(call: Call) -> str | dict[str, Any]:
        number = number_of(call)
        asked[number] += 1
        if number != 1:
            return f"City {number:03}"
        return "Village 001" if asked[number] == 1 else {"choices": []}

    with Provider(broken_the_second_time) as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", other.openai_url)
        said = llmops(root, "eval", "--cache", "off", "--retry-flips", "3")
    assert asked[1] > 1, "it was asked once more"
    assert "20 cases · 20 asked now" in words(said.out)
    assert "recorded in the cases" not in said.out


def test_a_replay_cannot_be_asked_again(tmp_path: Path, idle: Provider) -> None:
    said = llmops(project(tmp_path), "eval", "--retry-flips", "3", "--cache", "replay")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "--retry-flips and --cache replay exclude each other\n"
        "    a recorded answer would only repeat itself: drop one of them\n"
    )


@pytest.mark.parametrize("times", ["-1", "many"])
def test_a_number_of_times_that_is_none(times: str, tmp_path: Path, idle: Provider) -> None:
    assert llmops(project(tmp_path), "eval", "--retry-flips", times).code == 2


def stopped_while_asking_again(root: Path) -> str:
    """A run with `--retry-flips 3` that Ctrl-C stops in the middle of asking again; its name.

    One of the three answers is there, as an earlier process would have left them.
    """
    with asking(failing({1: ALWAYS})):
        assert evaluated(root, "--cache", "off", "--retry-flips", "3").data["exit_code"] in (0, 1)
    folder = max((root / ".llmops/runs").iterdir())
    head = json.loads((folder / "run.json").read_text("utf-8"))
    assert head["retry_flips"] == 3
    write(folder / "run.json", json.dumps({key: head[key] for key in head if key != "finished"}))
    rows = [json.loads(line) for line in (folder / "cases.jsonl").read_text("utf-8").splitlines()]
    first = [row for row in rows if not row.get("again")]
    write(folder / "cases.jsonl", lines(*first, *[row for row in rows if row.get("again")][:1]))
    return folder.name


def test_a_resumed_run_goes_on_asking_again(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), {CASES_PATH: lands(20)})
    run = stopped_while_asking_again(root)
    with asking(failing({1: ALWAYS})) as other:
        said = evaluated(root, "--cache", "off", "--resume")
        assert other.count == 2, "the third answer was there"
    assert f"resuming {run}: 20 of 20 are finished, and 1 that were asked again" in said.err
    assert only(said)["asked_again"] == 3
    (flip,) = only(said)["flips"]
    assert (flip["passes_now"], flip["held"]) == ([0, 1], [3, 3])


def test_a_resumed_run_asks_again_as_often_as_it_was_begun_with(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), {CASES_PATH: lands(20)})
    run = stopped_while_asking_again(root)
    with asking(failing({1: ALWAYS})) as other:
        said = llmops(root, "eval", "--cache", "off", "--resume", run, "--retry-flips", "5")
        assert other.count == 0
        assert (said.code, said.out) == (2, "")
        assert said.err == (
            f"run {run} was begun with --retry-flips 3, not with --retry-flips 5\n"
            f"    `llmops eval --resume {run}` goes on with it; or start a new run\n"
        )
        assert evaluated(root, "--cache", "off", "--resume", run, "--retry-flips", "3").code in (0, 1)
        assert other.count == 2


def test_progress_is_never_more_than_the_whole(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), {CASES_PATH: lands(20)})
    run = stopped_while_asking_again(root)
    folder = root / ".llmops/runs" / run
    kept = (folder / "cases.jsonl").read_text("utf-8").splitlines()
    write(folder / "cases.jsonl", "\n".join(kept[3:]) + "\n")
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(
        "llmops_cli.cli.progress.RunProgress.__call__",
        lambda self, outcome, done, total: seen.append((done, total)),
    )
    with asking(failing({})):
        evaluated(root, "--cache", "off", "--resume", run)
    assert seen[:3] == [(18, 20), (19, 20), (20, 20)]


def test_who_answered_again_is_not_who_scored(tmp_path: Path, provider: Provider) -> None:
    """A provider that changes its model while flips are asked again has not changed what was scored."""
    root = baseline_of(
        tmp_path, lambda call: resolved_as("a-1", f"City {number_of(call):03}"), {CASES_PATH: lands(12)}
    )
    asked: dict[int, int] = {}

    def answer(call: Call) -> dict[str, Any]:
        number = number_of(call)
        asked[number] = asked.get(number, 0) + 1
        word = "Village" if number == 4 else "City"
        return resolved_as("a-1" if asked[number] == 1 else "a-2", f"{word} {number:03}")

    subject = only(with_answers(answer, root, "--retry-flips", "2"))
    assert asked[4] == 3
    assert subject["resolved"] == ["a-1"]
    assert subject["changed_since_baseline"] == []
