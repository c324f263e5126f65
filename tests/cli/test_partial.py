"""A run of a part of the cases says so, passes no change, and is never accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.answering import SIXTY, baseline_of, knows_all_but, shown_with, with_answers, words
from tests.cli.changed import two_suites
from tests.cli.projects import CASES_PATH, commit, edit, evaluated, git, llmops

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.projects import Said
    from tests.servers.provider import Provider

KNOWS = knows_all_but(())
FEW = ("--filter", "id:land-00*")


def on_a_branch(root: Path) -> Path:
    commit(root, "accepted")
    git(root, "checkout", "-qb", "topic")
    return root


def test_a_filtered_run_says_how_much_it_is(tmp_path: Path, provider: Provider) -> None:
    root = on_a_branch(baseline_of(tmp_path, KNOWS, SIXTY))
    said = shown_with(KNOWS, root, *FEW)
    assert said.code == 0
    assert said.out.startswith("PARTIAL 10 of 60 cases: ")
    assert "judge every case: this run can accept nothing: llmops eval" in words(said.out)
    assert with_answers(KNOWS, root, *FEW).data["partial"] == {"cases": 10, "of": 60}
    assert with_answers(KNOWS, root, "--filter", "id:*").data["partial"] is None


def test_both_sides_of_a_filtered_run_are_the_same_cases(tmp_path: Path, provider: Provider) -> None:
    knows_few = knows_all_but(range(30))
    root = baseline_of(tmp_path, knows_few, SIXTY)
    said = shown_with(knows_few, root, "--filter", "id:land-0[0-3]*")
    assert "40 cases of 60 (filtered, on both sides)" in said.out
    (row,) = (line for line in said.out.splitlines() if line.strip().startswith("pass_rate"))
    assert row.split()[1:4] == ["25.0%", "25.0%", "±0.0"]
    metrics = with_answers(knows_few, root, *FEW).data["subjects"][0]["metrics"]
    assert (metrics["equals"]["baseline"], metrics["equals"]["now"]) == (0, 0)


def test_a_filtered_run_passes_no_change(tmp_path: Path, provider: Provider) -> None:
    root = on_a_branch(baseline_of(tmp_path, KNOWS, SIXTY))
    edit(root, CASES_PATH, '"Land 059"', '"Land 59"')
    commit(root, "mended")
    said = shown_with(KNOWS, root, *FEW, "--base", "main")
    assert said.code == 1
    assert words(said.out).startswith(
        "PARTIAL 10 of 60 cases, and a change is judged by all of them: PASSED: 1 suite, 10 cases"
    )
    assert shown_with(KNOWS, root, "--filter", "id:*", "--base", "main").code == 0
    failing = shown_with(lambda call: "no idea", root, *FEW, "--base", "main")
    assert (failing.code, failing.out.startswith("PARTIAL 10 of 60 cases: REGRESSED")) == (1, True)


def test_a_suite_that_a_filter_leaves_out_is_missing_too(tmp_path: Path, provider: Provider) -> None:
    root = two_suites(tmp_path)
    said = evaluated(root, "--filter", "id:ann", "--filter", "id:a*")
    assert said.data["partial"] == {"cases": 1, "of": 12}
    whole = evaluated(root, "--changed", "--base", "main")
    assert (whole.code, whole.data["partial"]) == (0, None)


def test_a_filtered_run_is_never_accepted(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, KNOWS, SIXTY)
    edit(root, CASES_PATH, '"Land 059"', '"Land 59"')
    assert with_answers(KNOWS, root, *FEW).code == 0
    refused = llmops(root, "baseline", "accept", "capitals")
    assert refused.code == 2
    assert "is partial: it was made with --filter, and a baseline is of every case" in refused.err
    assert "run `llmops eval capitals` without --filter, then accept that run" in refused.err


def test_a_filter_that_leaves_this_suite_whole_is_partial_too(tmp_path: Path, provider: Provider) -> None:
    root = two_suites(tmp_path)
    made = evaluated(root, "--filter", "id:[!ab]*")
    assert [subject["suite"] for subject in made.data["subjects"]] == ["capitals"]
    run = str(made.data["run"]["id"])
    assert llmops(root, "baseline", "accept", "capitals", "--run", run).code == 2
    assert llmops(root, "baseline", "accept", "capitals").code == 2


def in_shards(root: Path, *options: str) -> Said:
    """A run in two shards, which are judged together."""
    runs = []
    for number in (1, 2):
        part = with_answers(KNOWS, root, *options, "--base", "main", "--shard", f"{number}/2")
        assert part.code == 0, part.both
        runs.append(str(part.data["run"]["id"]))
    return llmops(root, "merge", *runs)


def test_merged_shards_of_a_filtered_run_are_partial(tmp_path: Path, provider: Provider) -> None:
    root = on_a_branch(baseline_of(tmp_path, KNOWS, SIXTY))
    merged = in_shards(root, *FEW)
    assert (merged.code, merged.out.startswith("PARTIAL 10 of 60 cases")) == (1, True), merged.both
    edit(root, CASES_PATH, '"Land 059"', '"Land 59"')
    assert "is partial" in llmops(root, "baseline", "accept", "capitals").err


def test_shards_are_not_partial(tmp_path: Path, provider: Provider) -> None:
    root = on_a_branch(baseline_of(tmp_path, KNOWS, SIXTY))
    merged = in_shards(root)
    assert (merged.code, "PARTIAL" in merged.out) == (0, False)
