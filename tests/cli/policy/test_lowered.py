"""`llmops eval --base`: a baseline that a change lowers, however it is done, is said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import LOST, WORSE
from tests.cli.policy.changes import (
    OTHER,
    become,
    change_of,
    commit_on_main_is_the_base,
    lowered,
    rewritten,
    started,
)
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    FILES,
    MODEL,
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    changed,
    commit,
    edit,
    evaluated,
    git,
    llmops,
    project,
    repository,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from llmops_cli.compare.scores import Scores
    from tests.servers.provider import Provider


def test_a_lowered_baseline_is_said_loudly(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    lowered(root)
    without = llmops(root, "eval")
    assert without.code == 0
    assert "lowers" not in without.out
    said = llmops(root, "eval", "--base", "main")
    assert said.code == 0
    first, _, rest = said.out.partition("\n\n")
    assert " ".join(first.split()) == (
        "LOWERED: baseline of capitals pass_rate 100.0% → 30.0%, accepted by Ada <ada@example.com> (the run "
        "itself: PASSED: 1 suite, 10 cases, nothing that the gate forbids)"
    )
    assert rest.startswith("This change lowers a baseline of main (")
    for line in (
        "why: Guessing is cheaper",
        "accepted by Ada",
        "changed with it: prompt text (system message)",
    ):
        assert line in rest
    change = change_of(evaluated(root, "--base", "main"))
    assert (change["kind"], change["policy_not_met"]) == ("lowered", [])
    assert change["reason"] == "Guessing is cheaper"
    assert change["comparison"]["metrics"]["pass_rate"]["change"] == pytest.approx(-0.7)


def test_markdown_says_it_too(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    lowered(root)
    said = llmops(root, "eval", "--base", "main", "--format", "markdown").out
    assert "### This change lowers a baseline of main" in said
    assert "- why: Guessing is cheaper" in said


def test_a_raised_baseline_is_no_noise(tmp_path: Path, provider: Provider) -> None:
    guess = changed(PROMPT_PATH, "Answer with one word.", WORSE)
    root = started(tmp_path, suite=guess)
    edit(root, PROMPT_PATH, WORSE, "Answer with one word.")
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "capitals").code == 0
    commit(root, "Do not guess")
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["kind"]) == (0, "raised")
    text = llmops(root, "eval", "--base", "main").out
    assert "lowers" not in text
    shown = " ".join(text.split())
    assert "This change raises a baseline of main (" in shown
    assert "pass_rate 30.0% 100.0% +70.0 pt" in shown
    assert "accepted by Ada" in shown
    assert "7 pass now that failed" in shown


def test_a_first_baseline_is_no_lowering(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path, {".gitignore": ".llmops/\n"}))
    git(root, "checkout", "-qb", "topic")
    accepted(root)
    commit(root)
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["kind"]) == (0, "added")


def test_scores_edited_under_an_old_acceptance(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)

    def fewer(baseline: Scores) -> Scores:
        cases = dict(baseline.cases)
        for name in LOST:
            case = cases[name.lower()]
            cases[case.id] = replace(case, scores=dict.fromkeys(case.scores, (0.0,)))
        return replace(baseline, cases=cases)

    rewritten(root, fewer)
    commit(root, "Nothing to see")
    said = evaluated(root, "--base", "main")
    assert said.code == 1
    assert change_of(said)["policy_not_met"] == [
        "nobody accepted it: who and why are those of the earlier file"
    ]


def test_a_drop_needs_its_reason(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    lowered(root)
    rewritten(root, lambda found: replace(found, accepted={**found.accepted, "reason": ""}))
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["policy_not_met"]) == (1, ["no reason is given"])


def test_a_wobble_needs_none(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, suite=changed(SUITE_PATH, "max_drop: 0.05", "max_drop: 0.9"))
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "capitals").code == 0
    commit(root, "Guess")
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["kind"]) == (0, "lowered")


def test_other_scorers_are_said_too(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, SUITE_PATH, "- equals:", "- icontains:")
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "capitals", "--reason", "Case is no matter").code == 0
    commit(root, "Ignore case")
    gone = "evalsets/capitals.yaml: no scorer gives `equals` any more"
    assert llmops(root, "eval", "--base", "main").out.startswith(f"LOOSENED: {gone}")
    accepting = ("baseline", "accept", "--deciders", "--base", "main", "--reason", "Case is no matter")
    assert gone in " ".join(llmops(root, *accepting).out.split())
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["kind"]) == (0, "replaced")
    assert "capitals is scored by other rules" in " ".join(llmops(root, "eval", "--base", "main").out.split())


def test_a_lost_case_is_said_too(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    lines = (root / CASES_PATH).read_text().splitlines(keepends=True)
    write(root / CASES_PATH, "".join(lines[1:]))
    assert llmops(root, "eval").code == 1
    refused = llmops(root, "baseline", "accept", "capitals")
    assert refused.code == 2
    assert "capitals · capital@1.0.0" in refused.err
    assert llmops(root, "baseline", "accept", "capitals", "--reason", "Paris is too easy").code == 0
    commit(root, "Drop a case")
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["kind"]) == (0, "lowered")
    assert "cases that are gone: france" in llmops(root, "eval", "--base", "main").out


def test_a_removed_baseline(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    git(root, "rm", "-q", BASELINE_PATH)
    commit(root, "Start afresh")
    assert evaluated(root).code == 0
    said = evaluated(root, "--base", "main")
    assert said.code == 1
    change = change_of(said)
    assert (change["kind"], change["reason"]) == ("removed", "Start afresh")
    assert change["policy_not_met"] == [
        "the suite still runs and has no baseline now: accept its scores anew"
    ]


def test_a_renamed_suite_does_not_slip_through(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, "policy: {author_may_accept: false}\n")
    edit(root, SUITE_PATH, "id: capitals", "id: cities")
    git(root, "rm", "-q", BASELINE_PATH)
    commit(root, "Rename")
    said = evaluated(root, "--base", "main")
    assert said.code == 1
    assert change_of(said)["policy_not_met"] == ["nobody but the author of the change accepted it"]


def test_commits_of_others_on_main_are_not_the_change(tmp_path: Path, provider: Provider) -> None:
    """The comparison is with the merge base, not with the tip of the other branch."""
    root = started(tmp_path)
    git(root, "checkout", "-q", "main")
    lowered(root)
    git(root, "checkout", "-q", "topic")
    write(root / "README.md", "A change of something else.\n")
    commit(root)
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["base"]["changes"]) == (0, [])


def test_a_case_that_asks_something_else_needs_a_reason(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, CASES_PATH, '"country": "France"', '"country": "sunny France"')
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "capitals").code == 2
    assert llmops(root, "baseline", "accept", "capitals", "--reason", "x").code == 0
    rewritten(root, lambda found: replace(found, accepted={**found.accepted, "reason": ""}))
    commit(root, "Ask another way")
    said = evaluated(root, "--base", "main")
    change = change_of(said)
    assert (said.code, change["kind"]) == (1, "lowered")
    assert change["policy_not_met"] == ["no reason is given"]
    text = llmops(root, "eval", "--base", "main").out
    assert "cases with other inputs: france" in text
    # The next step that the report names leads out of it.
    git(root, "checkout", "-q", "main", "--", BASELINE_PATH)
    assert llmops(root, "baseline", "accept", "capitals", "--reason", "Weather").code == 0
    commit(root, "Why")
    assert evaluated(root, "--base", "main").code == 0


def test_a_case_that_lost_a_score_is_lowered(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, suite=changed(SUITE_PATH, "gate:", "  - word-count: {max: 40}\ngate:"))

    def without(baseline: Scores) -> Scores:
        case = baseline.cases["peru"]
        (name,) = case.scores.keys() - {"pass_rate", "equals"}
        scores = {metric: values for metric, values in case.scores.items() if metric != name}
        cases = {**baseline.cases, "peru": replace(case, scores=scores)}
        return replace(baseline, cases=cases, accepted={**baseline.accepted, "reason": "Shorter"})

    rewritten(root, without)
    commit(root)
    said = evaluated(root, "--base", "main")
    assert change_of(said)["kind"] == "lowered"
    assert "cases that lost a score: peru" in llmops(root, "eval", "--base", "main").out


def test_tokens_that_rose_lower_a_baseline(tmp_path: Path, provider: Provider) -> None:
    """Who inflates the baseline's tokens gets room for the next run."""
    rule = '  input_tokens: {max_rise: "50%"}\n'
    root = started(tmp_path, suite={SUITE_PATH: FILES[SUITE_PATH] + rule})

    def inflated(baseline: Scores) -> Scores:
        cases = {
            case.id: replace(case, input_tokens=3 * (case.input_tokens or 1))
            for case in baseline.cases.values()
        }
        return replace(baseline, cases=cases, accepted={**baseline.accepted, "verdict": "PASSED"})

    rewritten(root, inflated)
    commit(root)
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["kind"]) == (1, "lowered")
    assert "capitals baseline lowered in input_tokens from" in llmops(root, "eval", "--base", "main").out


@pytest.mark.parametrize("removed", [False, True])
def test_another_model_is_compared_with_the_one_before(
    tmp_path: Path, provider: Provider, removed: bool
) -> None:
    root = started(tmp_path)
    edit(root, PROMPT_PATH, MODEL, OTHER)
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    if removed:
        git(root, "rm", "-q", BASELINE_PATH)
    commit(root, "Another model")
    said = evaluated(root, "--base", "main")
    change = change_of(said)
    assert (said.code, change["kind"], change["path"]) == (
        1,
        "removed" if removed else "unused",
        BASELINE_PATH,
    )
    assert change["policy_not_met"] == [
        "the suite still runs and has no baseline now: accept its scores anew"
    ]
    assert llmops(root, "baseline", "accept", "capitals").code == 0
    commit(root, "Its scores")
    said = evaluated(root, "--base", "main")
    change = change_of(said)
    assert (said.code, change["kind"]) == (1, "lowered")
    assert change["path"] == f"baselines/capitals/{OTHER}.jsonl"
    assert change["policy_not_met"] == ["no reason is given"]
    assert "git rm baselines" in " ".join(llmops(root, "eval", "--base", "main").out.split())


def test_a_baseline_that_no_suite_uses_any_more(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, "policy: {author_may_accept: false}\n")
    edit(root, SUITE_PATH, "id: capitals", "id: cities")
    accepted(root)
    commit(root, "Rename")
    said = evaluated(root, "--base", "main")
    old, new = said.data["base"]["changes"]
    assert (said.code, old["kind"], new["kind"]) == (1, "unused", "added")
    assert old["policy_not_met"] == ["nobody but the author of the change accepted it"]
    text = " ".join(llmops(root, "eval", "--base", "main").out.split())
    assert text.startswith("REFUSED: capitals baseline is no longer used")
    assert "the suite `capitals` is gone" in text
    become(root, "Bob")
    git(root, "rm", "-q", BASELINE_PATH)
    accepting = ("baseline", "accept", "--deciders", "--base", "main", "--reason", "It may go")
    assert llmops(root, *accepting).code == 0
    commit(root, "It may go")
    assert evaluated(root, "--base", "main").code == 0


def test_a_file_that_no_suite_used_before_is_no_change(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, SUITE_PATH, "id: capitals", "id: cities")
    accepted(root)
    commit(root, "Rename")
    commit_on_main_is_the_base(root)
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["base"]["changes"]) == (0, [])


def test_a_suite_that_was_another_keeps_its_baseline(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, SUITE_PATH, "id: capitals", "id: cities\nwas: capitals")
    commit(root, "Rename")
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["verdict"], said.data["deciders"]) == (0, "PASSED", [])
    assert (said.data["base"]["changes"], said.data["subjects"][0]["suite"]) == ([], "cities")
    assert "baselines/" not in llmops(root, "check").both
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    assert evaluated(root, "--base", "main").code == 1
    assert llmops(root, "baseline", "accept", "cities", "--reason", "x").code == 0
    commit(root, "Lower")
    lower = evaluated(root, "--base", "main")
    assert [change["kind"] for change in lower.data["base"]["changes"]] == ["lowered"]


def test_where_there_was_no_project_every_baseline_is_a_first_one(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path, {".gitignore": ".llmops/\n"}))
    git(root, "rm", "-rq", "--cached", ".")
    git(root, "commit", "-qm", "Nothing", "--amend", "--allow-empty")
    git(root, "checkout", "-qb", "topic")
    accepted(root)
    commit(root, "Start")
    text = " ".join(llmops(root, "eval", "--base", "main").out.split())
    assert "no project here at main (" in text
    assert "every baseline counts as a first one" in text
