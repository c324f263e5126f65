"""Cases in quarantine: asked, reported with reason and date, and not counted until they expire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
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
from tests.cli.bad import Bad, assert_refused, problems
from tests.cli.projects import CASES_PATH, SUITE_PATH, changed, evaluated, llmops, project, write
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.now(UTC).date()
LATER = (TODAY + timedelta(days=400)).isoformat()
PAST = "2020-02-29"
REASON = "the map is being redrawn, #4711"


def aside(*numbers: int, until: str = LATER) -> Any:
    """The quarantine of these cases, for `lands`."""
    return lambda number: {"reason": REASON, "until": until} if number in numbers else None


def test_a_case_in_quarantine_is_reported_and_does_not_count(tmp_path: Path, provider: Provider) -> None:
    files = {
        **scoring(EQUALS, rule="pass_rate: {floor: 1, max_drop: 0.05}\n  must_pass: all"),
        CASES_PATH: lands(20),
    }
    root = baseline_of(tmp_path, knows_all_but(()), files)
    write(root / CASES_PATH, lands(20, quarantine=aside(3)))
    with Provider(knows_all_but({3})) as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", other.openai_url)
        said = evaluated(root, "--cache", "off")
        assert other.count == 20, "a case that does not count is not asked again"
        other.calls.clear()
        assert evaluated(root, "--cache", "off", "--retry-flips", "3").code == 0
        assert other.count == 20
    assert said.code == 0, said.out
    subject = only(said)
    rate = subject["metrics"]["pass_rate"]
    assert (rate["now"], rate["pairs"], rate["worse"]) == (1, 19, 0)
    assert subject["must_pass_failed"] == []
    assert subject["quarantined"] == [
        {"case": "land-003", "reason": REASON, "until": LATER, "holds": True, "passed": False}
    ]
    (flip,) = subject["flips"]
    assert (flip["case"], flip["quarantined"]) == ("land-003", True)
    assert said.data["verdict"] == "PASSED", "the other answers are the same"
    assert subject["attribution"]["noise"]["answers_changed"] == 0

    shown = shown_with(knows_all_but({3}), root)
    note = f"in quarantine until {LATER}, not counted: land-003 fails now ({REASON}; {CASES_PATH}:4)"
    assert note in words(shown.out)
    assert "land-003 fails now (must pass, in quarantine, not counted)" in words(shown.out)
    markdown = shown_with(knows_all_but({3}), root, form="markdown")
    assert f"in quarantine until {LATER}, not counted: land-003 fails now" in markdown.out


def test_a_case_in_quarantine_leaves_the_rest_as_it_was(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but({1}), {CASES_PATH: lands(20)})
    write(root / CASES_PATH, lands(20, quarantine=aside(3)))
    said = with_answers(knows_all_but({1}), root)
    assert said.data["verdict"] == "PASSED", "the same answers to the same cases"


def test_a_quarantine_that_expired_counts_again_and_is_said(tmp_path: Path, provider: Provider) -> None:
    files = {**scoring(EQUALS, rule="must_pass: all"), CASES_PATH: lands(6, quarantine=aside(3, until=PAST))}
    root = project(tmp_path, files)
    said = shown_with(knows_all_but({3}), root)
    assert said.code == 1
    note = f"quarantine of land-003 expired on {PAST} and it counts again ({REASON}; {CASES_PATH}:4)"
    assert note in words(said.out)
    subject = only(with_answers(knows_all_but({3}), root))
    assert subject["must_pass_failed"] == ["land-003"]
    assert subject["metrics"]["pass_rate"]["now"] == pytest.approx(5 / 6)
    assert subject["quarantined"][0]["holds"] is False


def test_the_last_day_still_holds(tmp_path: Path, provider: Provider) -> None:
    files = {CASES_PATH: lands(6, quarantine=aside(3, until=TODAY.isoformat()))}
    said = with_answers(knows_all_but({3}), project(tmp_path, files))
    assert only(said)["metrics"]["pass_rate"]["now"] == 1


@pytest.mark.usefixtures("shortest_waits")
def test_a_call_that_fails_is_an_error_in_quarantine_too(tmp_path: Path, provider: Provider) -> None:
    provider.misbehave(503, times=None, headers={"retry-after": "0"})
    said = evaluated(project(tmp_path, {CASES_PATH: lands(2, quarantine=aside(0))}))
    assert said.code == 3
    assert only(said)["quarantined"][0]["passed"] is None


def test_nothing_but_quarantine_is_refused(tmp_path: Path, idle: Provider) -> None:
    refused = Bad(
        "all",
        {CASES_PATH: lands(3, quarantine=aside(0, 1, 2))},
        problems(
            f"{SUITE_PATH}:3:8: every case that would be asked is in quarantine, so nothing would be judged\n"
            "    end a quarantine, or add cases"
        ),
    )
    assert_refused(refused, project(tmp_path, refused.files), idle)


def test_a_filter_that_leaves_nothing_but_quarantine_is_refused(tmp_path: Path, idle: Provider) -> None:
    said = llmops(project(tmp_path, {CASES_PATH: lands(3, quarantine=aside(1))}), "eval", "--filter", "id:*1")
    assert said.code == 2
    assert said.err.startswith(f"{SUITE_PATH}:3:8: every case that would be asked is in quarantine")
    assert idle.count == 0


def france(quarantine: str) -> dict[str, str]:
    return changed(CASES_PATH, '"id": "france"', f'"id": "france", "quarantine": {quarantine}')


BAD = [
    Bad(
        "no day of the calendar",
        france('{"reason": "x", "until": "2027-02-30"}'),
        problems(f"{CASES_PATH}:1:57: `quarantine.until` must be a day of the calendar, found `2027-02-30`"),
    ),
    Bad(
        "no date",
        france('{"reason": "x", "until": "soon"}'),
        problems(f"{CASES_PATH}:1:57: `quarantine.until` must be a day such as 2026-12-31, found `soon`"),
    ),
    Bad(
        "a date that is a number",
        france('{"reason": "x", "until": 2027}'),
        problems(f"{CASES_PATH}:1:57: `quarantine.until` must be text, found the number `2027`"),
    ),
    Bad(
        "no reason",
        france('{"until": "2027-01-01"}'),
        problems(f"{CASES_PATH}:1:32: the key `reason` is missing in `quarantine`"),
    ),
    Bad(
        "an empty reason",
        france('{"reason": "  ", "until": "2027-01-01"}'),
        problems(f"{CASES_PATH}:1:43: `quarantine.reason` must be text that says why, found ``"),
    ),
    Bad(
        "no end",
        france('{"reason": "x"}'),
        problems(f"{CASES_PATH}:1:32: the key `until` is missing in `quarantine`"),
    ),
    Bad(
        "a misspelled key",
        france('{"reason": "x", "untill": "2027-01-01"}'),
        problems(
            f"{CASES_PATH}:1:32: the key `until` is missing in `quarantine`",
            f"{CASES_PATH}:1:48: unknown key `untill`\n    did you mean `until`?",
        ),
    ),
    Bad(
        "a word",
        france('"flaky"'),
        problems(
            f"{CASES_PATH}:1:32: `quarantine` must be a mapping, found `flaky`\n"
            '    quarantine: {reason: "why", until: 2026-12-31}'
        ),
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_a_bad_quarantine(bad: Bad, tmp_path: Path, idle: Provider) -> None:
    assert_refused(bad, project(tmp_path, bad.files), idle)


def test_many_cases_in_quarantine_do_not_fill_the_page(tmp_path: Path, provider: Provider) -> None:
    cases = lands(40, quarantine=aside(*range(20)))
    root = baseline_of(tmp_path, knows_all_but(()), {CASES_PATH: cases})
    shown = words(shown_with(knows_all_but({3, 30}), root).out)
    assert shown.count("in quarantine until") == 5
    assert "land-003 fails now" in shown, "those that fail come first"
    assert "more cases in quarantine: 15 (" in shown
    assert "Changed cases: 1 fail now that passed, 0 pass now that failed; 1 in quarantine" in shown
