"""A changed scorer is computed: honest changes stay green, and one that lets worse answers pass is red."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import only, shown_with, with_answers, words
from tests.cli.approving import accept, approved
from tests.cli.deciding.changing import (
    ALONE,
    HELPER,
    IMPORTING,
    LIST,
    LOOSE,
    READING,
    READS,
    SCORER,
    USE,
    WORDS,
    good,
    judged,
    rescored,
    started,
    suite,
)
from tests.cli.projects import PROJECT_PATH, SUITE_PATH, commit, edit, llmops, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.projects import Said

pytestmark = pytest.mark.usefixtures("idle")


def reason(said: Said) -> str:
    """Why the pass rate has its verdict."""
    (text,) = only(said)["metrics"]["pass_rate"]["reasons"]
    return str(text)


def written_otherwise(root: Path) -> None:
    write(root / SCORER, "def known(output, case):\n    return output.split()[0] == 'good'\n")


def more_functions(root: Path) -> None:
    write(root / SCORER, f"{ALONE}\n\ndef other(output, case):\n    return 0\n")


def in_two_files(root: Path) -> None:
    write(root / HELPER, WORDS)
    write(root / SCORER, IMPORTING)


def one_more(root: Path) -> None:
    write(root / SUITE_PATH, suite(USE, "- not-contains: sorry"))


def another_threshold(root: Path) -> None:
    edit(root, SUITE_PATH, "threshold: 1", "threshold: 0.5")


@pytest.mark.parametrize(
    "change", [written_otherwise, more_functions, in_two_files, one_more, another_threshold]
)
def test_an_honest_change_of_a_scorer_is_green_and_listed(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    root = started(tmp_path)
    change(root)
    said = judged(root)
    assert (said.code, said.data["verdict"]) == (0, "PASSED"), said.both
    made = rescored(said)
    assert (made["same"], made["answers"], made["cannot"]) == (40, 40, {})
    assert only(said)["changed_since_baseline"][-1] == "same scores on 40 of 40 stored answers"


def test_the_report_names_the_scorer_and_its_file_among_the_deciders(tmp_path: Path) -> None:
    root = started(tmp_path)
    written_otherwise(root)
    (decider,) = judged(root).data["deciders"]
    assert (decider["kind"], decider["name"], decider["effect"]) == ("scorer", "known", "listed")
    assert decider["text"] == f"{SUITE_PATH}: the scorer `known` changed in {SCORER}"


@pytest.mark.parametrize("change", [written_otherwise, in_two_files])
def test_a_real_drop_is_a_drop_by_both_scorers(tmp_path: Path, change: Callable[[Path], None]) -> None:
    root = started(tmp_path)
    change(root)
    said = judged(root, 12)
    assert (said.code, said.data["verdict"]) == (1, "REGRESSED")


def loose(root: Path) -> None:
    write(root / SCORER, LOOSE)


def loose_helper(root: Path) -> None:
    write(root / HELPER, "def good(output):\n    return True\n")


def loose_list(root: Path) -> None:
    write(root / LIST, '["good", "bad"]')


@pytest.mark.parametrize(
    ("files", "change"),
    [
        ({}, loose),
        ({SCORER: IMPORTING, HELPER: WORDS}, loose_helper),
        ({SCORER: READING, LIST: '["good"]', SUITE_PATH: suite(READS)}, loose_list),
    ],
    ids=["scorer", "helper", "list"],
)
def test_a_loosened_scorer_does_not_let_worse_answers_pass(
    tmp_path: Path, files: dict[str, str], change: Callable[[Path], None]
) -> None:
    root = started(tmp_path, files)
    change(root)
    said = judged(root, 12)
    assert (said.code, said.data["verdict"]) == (1, "INCOMPARABLE")
    assert reason(said).startswith("the scorers of the base disagree: REGRESSED by them, ")
    assert "; 28 cases are judged otherwise: land-012, land-013, " in reason(said)
    shown = words(shown_with(good(12), root, "--base", "main").out)
    assert shown.startswith("INCOMPARABLE: capitals pass_rate: the scorers of the base disagree: ")
    # Without a base there is one reading, and it says which stored answers the scorer judges otherwise.
    alone = with_answers(good(12), root)
    assert rescored(alone)["cases"] == ["land-036", "land-037", "land-038", "land-039"]
    shown = words(shown_with(good(12), root).out)
    assert "same scores on 36 of 40 stored answers: land-036" in shown.partition(" capitals · ")[0]


def test_a_loosened_scorer_is_no_step_to_a_worse_prompt(tmp_path: Path) -> None:
    root = started(tmp_path)
    loose(root)
    said = judged(root)
    assert (said.code, said.data["verdict"]) == (1, "INCOMPARABLE")
    assert reason(said) == (
        "the scorers of the base disagree: 36 cases pass by them, 40 by those of now; "
        "4 cases are judged otherwise: land-036, land-037, land-038, land-039"
    )
    accept(root, "Anything goes")
    alone = judged(root)
    assert (alone.code, alone.data["verdict"]) == (1, "INCOMPARABLE")
    assert alone.data["deciders"][0]["not_counted"] == (
        "nobody but the author of the change accepted it, and no policy of the base allows that"
    )
    approved(root, "Anything goes")
    agreed = with_answers(good(36), root, "--base", "main")
    assert (agreed.code, agreed.data["verdict"]) == (0, "PASSED"), agreed.both
    assert words(shown_with(good(36), root, "--base", "main").out).startswith(
        "LOOSENED: by the rules of main it is INCOMPARABLE: capitals pass_rate: the scorers of the base "
        "disagree: 36 cases pass by them, 40 by those of now; "
    )
    assert (agreed.data["loosened"], agreed.data["waived"][0]["verdict"]) == ([], "INCOMPARABLE")


def test_a_scorer_that_is_mended_for_one_case_is_green(tmp_path: Path) -> None:
    root = started(tmp_path)
    write(root / SCORER, f"{ALONE.rstrip()} or case.id == 'land-036'\n")
    said = judged(root)
    assert (said.code, rescored(said)["cases"]) == (0, ["land-036"])


def test_a_rescored_baseline_does_not_hide_a_loosened_scorer(tmp_path: Path) -> None:
    root = started(tmp_path)
    loose(root)
    made = llmops(root, "baseline", "rescore")
    assert made.code == 0, made.both
    said = judged(root, 12)
    assert (said.code, said.data["verdict"]) == (1, "INCOMPARABLE")


def test_a_scorer_that_breaks_on_the_new_answers_at_the_base_says_so(tmp_path: Path) -> None:
    breaking = "def known(output, case):\n    return {'good one': 1, 'bad one': 0}[output]\n"
    root = started(tmp_path, {SCORER: breaking})
    loose(root)
    commit(root, "Change")
    said = with_answers(lambda call: "neither", root, "--base", "main")
    assert (said.code, said.data["verdict"]) == (1, "INCOMPARABLE")
    assert "they break on 40 cases" in reason(said)
    assert "KeyError" in reason(said)


def test_where_only_hashes_are_kept_nobody_can_tell(tmp_path: Path) -> None:
    root = started(tmp_path, {PROJECT_PATH: "store_outputs: false\n"})
    written_otherwise(root)
    said = judged(root)
    assert (said.code, said.data["verdict"]) == (1, "INCOMPARABLE")
    assert "its answers cannot be judged anew: only hashes of the answers are kept" in reason(said)
    refused = llmops(root, "baseline", "rescore")
    assert refused.code == 2
    assert "`known` cannot be scored anew: only hashes of the answers are kept" in refused.err


def test_the_bases_scorer_runs_apart_and_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SECRET", "s3cret")
    spying = (
        "import os\n\n\ndef known(output, case):\n    print('no answer')\n"
        "    return 'MY_SECRET' not in os.environ or os.environ['AT'] == 'home'\n"
    )
    monkeypatch.setenv("AT", "home")
    root = started(tmp_path, {SCORER: spying})
    write(root / SCORER, f"{spying}    # the same\n")
    said = judged(root)
    assert said.code == 0, said.both


def test_rescoring_writes_the_new_scores_under_the_old_acceptance(tmp_path: Path) -> None:
    root = started(tmp_path)
    write(
        root / SCORER,
        "def known(output, case):\n    return 1 if 'good' in output else 0.5\n",
    )
    made = llmops(root, "baseline", "rescore", "--format", "json")
    assert made.code == 0, made.both
    (file,) = made.data["rescored"]
    assert (file["changed"], file["same"], file["answers"]) == (True, 36, 40)
    said = judged(root)
    assert (said.code, said.data["verdict"]) == (0, "PASSED"), said.both
    assert rescored(said) is None
    (change,) = said.data["base"]["changes"]
    assert change["kind"] == "rescored"
    assert "first" in change["reason"]
    again = llmops(root, "baseline", "rescore", "--format", "json")
    assert [file["changed"] for file in again.data["rescored"]] == [False]


def test_what_a_scorer_rests_on_counts_for_changed_whatever_its_name(tmp_path: Path) -> None:
    files = {SCORER: READING, LIST: '["good"]', SUITE_PATH: suite(f"{USE}\n    reads: ['scorers/*.json']")}
    root = started(tmp_path, files)
    write(root / "scorers/more.json", "[]")
    commit(root, "Another list")
    said = llmops(root, "eval", "--changed", "--base", "main", "--explain")
    assert "scorers/more.json capitals scorer" in words(said.out)
