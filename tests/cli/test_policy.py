"""Who may accept what: `policy` in llmops.yaml, and `llmops eval --base`, which sees a lowered baseline."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.baselines.file import from_text, to_text
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    FILES,
    MODEL,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    capital,
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
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmops_cli.compare.scores import Scores
    from tests.cli.projects import Said
    from tests.servers.provider import Call

WORSE = "Answer with one word. Guess."
PROMPTS = ("Answer with one word.", "Answer in one word.", "Use one word.")
OTHER = "openai/gpt-4o-2024-08-06"
LOST = ("France", "Spain", "Italy", "Norway", "Japan", "Peru", "Kenya")


def guessing(call: Call) -> str:
    """A model that gets seven capitals wrong when it is told to guess."""
    told = any("Guess" in str(message["content"]) for message in call.body["messages"])
    return "Atlantis" if told and any(name in call.user for name in LOST) else capital(call)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Any:
    with Provider(guessing) as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.openai_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
        yield running


def started(folder: Path, settings: str = "", suite: dict[str, str] | None = None) -> Path:
    """A repository with an accepted baseline on main, and a branch `topic` checked out."""
    root = repository(
        project(
            folder,
            {".gitignore": ".llmops/\n", PROJECT_PATH: f"name: demo\nmax_attempts: 2\n{settings}"}
            | (suite or {}),
        )
    )
    accepted(root)
    commit(root, "First baseline")
    git(root, "checkout", "-qb", "topic")
    return root


def lowered(root: Path, reason: str = "Guessing is cheaper") -> None:
    """Change the prompt for the worse on the branch, and accept it."""
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    assert llmops(root, "eval").code == 1
    made = llmops(root, "baseline", "accept", "capitals", "--reason", reason)
    assert made.code == 0, made.err
    commit(root, "Guess")


def become(root: Path, name: str) -> None:
    git(root, "config", "user.name", name)
    git(root, "config", "user.email", f"{name.lower()}@example.com")


def change_of(said: Said) -> dict[str, Any]:
    """The one baseline that a change touches."""
    (found,) = said.data["base"]["changes"]
    change: dict[str, Any] = found
    return change


def rewritten(root: Path, change: Callable[[Scores], Scores]) -> None:
    """Edit the baseline as somebody would who also knows how to make the digest."""
    text = (root / BASELINE_PATH).read_text("utf-8")
    write(root / BASELINE_PATH, to_text(change(from_text(text, BASELINE_PATH))))


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


def test_the_author_alone_may_not_lower_it(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, "policy: {author_may_accept: false}\n")
    lowered(root)
    alone = evaluated(root, "--base", "main")
    assert (alone.code, alone.data["exit_code"], alone.data["verdict"]) == (1, 1, "PASSED")
    assert change_of(alone)["policy_not_met"] == ["nobody but the author of the change accepted it"]
    assert llmops(root, "eval", "--base", "main").out.startswith(
        "REFUSED: capitals baseline lowered from 100.0% to 30.0% against the policy: nobody but"
    )
    # Accepting again as the same person helps nothing.
    assert llmops(root, "baseline", "accept", "capitals").code == 0
    assert evaluated(root, "--base", "main").code == 1

    become(root, "Bob")
    agreed = llmops(root, "baseline", "accept", "capitals")
    assert "approved, the scores are the ones that are there" in " ".join(agreed.out.split())
    assert from_text((root / BASELINE_PATH).read_text(), "").accepted["approved_by"] == [
        "Bob <bob@example.com>"
    ]
    commit(root, "Approve")
    both = evaluated(root, "--base", "main")
    assert both.code == 0
    assert change_of(both)["accepted_by"] == ["Ada <ada@example.com>", "Bob <bob@example.com>"]


def test_only_some_may_accept(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    write(root / PROJECT_PATH, "max_attempts: 2\npolicy: {accept: [bob@example.com, owners]}\n")
    edit(root, SUITE_PATH, "prompt: capital", "owners: [Eve]\nprompt: capital")
    before = (root / BASELINE_PATH).read_bytes()
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    assert llmops(root, "eval").code == 1
    refused = llmops(root, "baseline", "accept", "capitals", "--reason", "x")
    assert refused.code == 2
    assert "Ada <ada@example.com> may not accept baselines of capitals" in refused.err
    assert "ask one of: bob@example.com, Eve" in refused.err
    assert (root / BASELINE_PATH).read_bytes() == before
    become(root, "Eve")
    assert llmops(root, "baseline", "accept", "capitals", "--reason", "x").code == 0


def test_a_change_cannot_loosen_the_policy_that_judges_it(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    git(root, "checkout", "-q", "main")
    write(root / PROJECT_PATH, "max_attempts: 2\npolicy: {accept: [bob@example.com]}\n")
    commit(root, "Policy")
    git(root, "checkout", "-qB", "topic")
    write(root / PROJECT_PATH, "max_attempts: 2\npolicy: {accept: [ada@example.com]}\n")
    lowered(root)
    said = evaluated(root, "--base", "main")
    assert said.code == 1
    assert change_of(said)["policy_not_met"] == ["none of those who may accept has: bob@example.com"]
    assert said.data["base"]["gates_changed"] == [
        'llmops.yaml: policy `accept` ["bob@example.com"] → ["ada@example.com"]'
    ]


def test_a_loosened_gate_is_shown(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, SUITE_PATH, "max_drop: 0.05", "max_drop: 0.5")
    commit(root, "Tolerate more")
    said = evaluated(root, "--base", "main")
    assert said.code == 0
    assert said.data["base"]["gates_changed"] == [
        f'{SUITE_PATH}: gate `pass_rate` {{"max_drop":0.05}} → {{"max_drop":0.5}}'
    ]
    assert "gate `pass_rate`" in llmops(root, "eval", "--base", "main").out


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
    assert llmops(root, "eval").code == 1
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


@pytest.mark.parametrize("reference", ["nope", "--all", "main:evalsets"])
def test_an_unknown_ref_is_found_before_anything_is_asked(
    tmp_path: Path, provider: Provider, reference: str
) -> None:
    root = repository(project(tmp_path))
    said = llmops(root, "eval", f"--base={reference}")
    assert said.code == 2
    assert f"git knows no commit `{reference}`" in said.err
    assert provider.count == 0


def test_an_old_baseline_is_a_warning(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2020-02-01T12:00:00Z")
    root = started(tmp_path, "policy: {max_age_days: 30}\n")
    assert llmops(root, "prompts", "lock").code == 0
    for said in (llmops(root, "eval"), llmops(root, "check")):
        assert said.code == 0
        text = " ".join(said.out.split())
        assert "days old, and the policy wants 30 at most" in text
        assert f"{BASELINE_PATH}: this baseline is" in text
    monkeypatch.delenv("GIT_COMMITTER_DATE")
    edit(root, PROJECT_PATH, "30", "100000")
    assert "days old" not in llmops(root, "eval").out


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        ("{accept: []}", "llmops.yaml:3:18"),
        ("{accpet: [x]}", "llmops.yaml:3:10"),
        ("{max_age_days: 0}", "llmops.yaml:3:24"),
        ("{author_may_accept: maybe}", "llmops.yaml:3:29"),
    ],
)
def test_a_wrong_policy(tmp_path: Path, idle: Provider, policy: str, place: str) -> None:
    root = project(tmp_path, {PROJECT_PATH: f"name: demo\nmax_attempts: 2\npolicy: {policy}\n"})
    said = llmops(root, "check")
    assert said.code == 2
    assert place in said.both


def accepted_by_hand(root: Path, who: str) -> None:
    """Write somebody into the baseline as one more who approved it."""
    rewritten(root, lambda found: replace(found, accepted={**found.accepted, "approved_by": [who]}))


def test_a_quarantine_does_not_hide_a_drop(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    aside = '"quarantine": {"reason": "flaky", "until": "2999-12-31"}'
    for name in LOST:
        edit(root, CASES_PATH, f'"id": "{name.lower()}"', f'"id": "{name.lower()}", {aside}')
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "capitals").code == 0
    commit(root, "Guess")
    said = evaluated(root, "--base", "main")
    change = change_of(said)
    assert (said.code, change["kind"]) == (1, "lowered")
    assert change["policy_not_met"] == ["no reason is given"]
    listed = said.data["base"]["gates_changed"]
    assert f"{CASES_PATH}:1: case `france` is in quarantine until 2999-12-31: flaky" in listed
    assert len(listed) == len(LOST)
    commit_on_main_is_the_base(root)
    assert evaluated(root, "--base", "main").data["base"]["gates_changed"] == []


def commit_on_main_is_the_base(root: Path) -> None:
    git(root, "branch", "-f", "main", "HEAD")


@pytest.mark.parametrize("approver", ["", "Bob <bob@example.com>"])
def test_better_scores_need_an_acceptance_too(tmp_path: Path, provider: Provider, approver: str) -> None:
    root = started(tmp_path, suite=changed(PROMPT_PATH, "Answer with one word.", WORSE))

    def better(baseline: Scores) -> Scores:
        cases = {
            case.id: replace(case, scores=dict.fromkeys(case.scores, (1.0,)))
            for case in baseline.cases.values()
        }
        return replace(baseline, cases=cases)

    rewritten(root, better)
    if approver:
        accepted_by_hand(root, approver)
    commit(root, "Nothing to see")
    said = evaluated(root, "--base", "main")
    change = change_of(said)
    assert (said.code, change["kind"]) == (1, "raised")
    assert change["policy_not_met"] == ["nobody accepted it: who and why are those of the earlier file"]
    text = " ".join(llmops(root, "eval", "--base", "main").out.split())
    assert "was edited, and no metric is lower" in text
    assert "put back what was there, and accept with a reason: git checkout" in text


def test_a_file_of_the_first_schema_keeps_its_acceptance(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    first, _, rest = (root / BASELINE_PATH).read_text("utf-8").partition("\n")
    newer = ("messages", "includes", "judges", "digest")
    header = {key: value for key, value in json.loads(first).items() if key not in newer}
    write(root / BASELINE_PATH, json.dumps({**header, "schema": 1}) + "\n" + rest)
    commit(root, "As it was")
    commit_on_main_is_the_base(root)
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "capitals").code == 0
    assert '"schema": 2' in (root / BASELINE_PATH).read_text("utf-8")
    commit(root, "Upgrade")
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["policy_not_met"]) == (0, [])


def test_the_same_person_may_accept_alike_twice(tmp_path: Path, provider: Provider) -> None:
    """Both acceptances read alike: no reason, the same verdict, the same scores before."""
    root = started(tmp_path)
    for text in ("Answer in one word.", "Use one word."):
        commit_on_main_is_the_base(root)
        edit(root, PROMPT_PATH, next(t for t in PROMPTS if t in (root / PROMPT_PATH).read_text()), text)
        assert llmops(root, "eval").code == 0
        assert llmops(root, "baseline", "accept", "capitals").code == 0
        commit(root, text)
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["policy_not_met"]) == (0, [])


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


def test_a_file_that_no_suite_used_before_is_no_change(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, SUITE_PATH, "id: capitals", "id: cities")
    accepted(root)
    commit(root, "Rename")
    commit_on_main_is_the_base(root)
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["base"]["changes"]) == (0, [])


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_base_switches_nothing_off(tmp_path: Path, idle: Provider, empty: str) -> None:
    root = repository(project(tmp_path))
    said = llmops(root, "eval", f"--base={empty}")
    assert said.code == 2
    assert "--base is empty" in said.err
    assert "--base origin/main" in said.err


def test_a_loosened_gate_does_not_save_the_reason(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, SUITE_PATH, "max_drop: 0.05", "max_drop: 0.9")
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "capitals").code == 0
    commit(root, "Tolerate more")
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["policy_not_met"]) == (1, ["no reason is given"])


def test_a_moved_suite_keeps_its_owners_and_its_gate(tmp_path: Path, provider: Provider) -> None:
    owned = changed(SUITE_PATH, "prompt: capital", "owners: [eve@example.com]\nprompt: capital")
    root = project(tmp_path, {".gitignore": ".llmops/\n", **owned})
    repository(root)
    become(root, "Eve")
    accepted(root)
    write(root / PROJECT_PATH, "max_attempts: 2\npolicy: {accept: [owners]}\n")
    commit(root, "First baseline")
    git(root, "checkout", "-qb", "topic")
    become(root, "Ada")
    git(root, "mv", SUITE_PATH, "evalsets/moved.yaml")
    edit(root, "evalsets/moved.yaml", "eve@", "ada@")
    edit(root, "evalsets/moved.yaml", "max_drop: 0.05", "max_drop: 0.5")
    lowered(root)
    said = evaluated(root, "--base", "main")
    assert said.code == 1
    assert change_of(said)["policy_not_met"] == ["none of those who may accept has: eve@example.com"]
    assert said.data["base"]["gates_changed"] == [
        'evalsets/moved.yaml: gate `pass_rate` {"max_drop":0.05} → {"max_drop":0.5}'
    ]


@pytest.mark.parametrize(("who", "code"), [("Eve", 0), ("Ada", 1)])
def test_an_owner_may_remove_the_suite(tmp_path: Path, provider: Provider, who: str, code: int) -> None:
    owned = changed(SUITE_PATH, "prompt: capital", "owners: [eve@example.com]\nprompt: capital")
    other = {"evalsets/other.yaml": FILES[SUITE_PATH].replace("id: capitals", "id: other")}
    root = repository(project(tmp_path, {".gitignore": ".llmops/\n", **owned, **other}))
    accepted(root)
    write(root / PROJECT_PATH, "max_attempts: 2\npolicy: {accept: [owners]}\n")
    commit(root, "First baseline")
    git(root, "checkout", "-qb", "topic")
    become(root, who)
    git(root, "rm", "-q", BASELINE_PATH, SUITE_PATH)
    commit(root, "Not ours any more")
    alone = evaluated(root, "--base", "main")
    assert (alone.code, change_of(alone)["kind"]) == (1, "removed")
    assert "the suite `capitals` is gone" in alone.data["deciders"][0]["text"]
    accepting = ("baseline", "accept", "--deciders", "--base", "main", "--reason", "Not ours any more")
    assert llmops(root, *accepting).code == 0
    commit(root, "Accept")
    assert evaluated(root, "--base", "main").code == code


def test_a_project_that_moved_is_compared_where_it_was(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    (root / "sub").mkdir()
    for name in ("llmops.yaml", "prompts", "evalsets", "baselines"):
        git(root, "mv", name, f"sub/{name}")
    commit(root, "Move")
    moved = evaluated(root / "sub", "--base", "main")
    assert (moved.code, moved.data["base"]["changes"], moved.data["deciders"]) == (0, [], [])
    lowered(root / "sub")
    assert change_of(evaluated(root / "sub", "--base", "main"))["kind"] == "lowered"


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


def test_a_reviewer_who_edits_the_docs_is_no_author(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, "policy: {author_may_accept: false}\n")
    lowered(root)
    become(root, "Bob")
    write(root / "README.md", "Guess.\n")
    commit(root, "Say so")
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "capitals").code == 0
    commit(root, "Approve")
    assert evaluated(root, "--base", "main").code == 0
    edit(root, PROMPT_PATH, WORSE, f"{WORSE} ")
    commit(root, "And a space")
    assert "nobody but the author of the change accepted it" in llmops(root, "eval", "--base", "main").out


def test_another_name_does_not_make_another_person(tmp_path: Path, provider: Provider) -> None:
    """A .mailmap is part of the change: it may not say that somebody else wrote it."""
    root = started(tmp_path, "policy: {author_may_accept: false}\n")
    lowered(root)
    write(root / ".mailmap", "Zoe <zoe@example.com> <ada@example.com>\n")
    commit(root, "Names")
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["policy_not_met"]) == (
        1,
        ["nobody but the author of the change accepted it"],
    )


def test_who_is_only_named_did_not_approve(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, "policy: {author_may_accept: false}\n")
    lowered(root)
    accepted_by_hand(root, "Bob <bob@example.com>")
    commit(root, "Bob says yes")
    said = evaluated(root, "--base", "main")
    assert said.code == 1
    assert change_of(said)["policy_not_met"] == [
        "nobody but the author of the change accepted it",
        "Bob <bob@example.com> is named, and made no commit of this file",
    ]


def test_who_is_here_may_approve_before_the_commit(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, "policy: {author_may_accept: false}\n")
    lowered(root)
    become(root, "Bob")
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "capitals").code == 0
    assert evaluated(root, "--base", "main").code == 0
    become(root, "Ada")
    assert evaluated(root, "--base", "main").code == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (PROJECT_PATH, "policy: foo\n"),
        (PROJECT_PATH, "policy: {accept: [' ']}\n"),
        (PROJECT_PATH, "- a\n"),
        (SUITE_PATH, FILES[SUITE_PATH] + "owners:\n"),
        (SUITE_PATH, FILES[SUITE_PATH].replace("gate:\n  pass_rate: {max_drop: 0.05}", "gate:")),
        (SUITE_PATH, "id: [\n"),
        ("evalsets/more.yaml", "text\n"),
        (PROMPT_PATH, "id: capital\n"),
    ],
)
def test_what_cannot_be_read_at_the_base_stops_the_run(
    tmp_path: Path, idle: Provider, path: str, text: str
) -> None:
    root = started(tmp_path)
    git(root, "checkout", "-q", "main")
    write(root / path, text)
    commit(root, "Broken")
    git(root, "checkout", "-qB", "topic")
    if path in FILES:
        write(root / path, FILES[path])
    else:
        git(root, "rm", "-q", path)
    commit(root, "Mended")
    said = llmops(root, "eval", "--base", "main")
    assert said.code == 2
    assert f"):{path}" in said.err
    assert "cannot be read: " in said.err
    assert "mend it on main first" in said.err


@pytest.mark.parametrize(("key", "path"), [("policy", PROJECT_PATH), ("owners", SUITE_PATH)])
def test_a_blank_name_is_nobody(tmp_path: Path, idle: Provider, key: str, path: str) -> None:
    line = "policy: {accept: [' ']}\n" if key == "policy" else "owners: ['']\n"
    root = project(tmp_path, {path: FILES[path] + line})
    said = llmops(root, "check")
    assert said.code == 2
    assert f"{path}:{len(FILES[path].splitlines()) + 1}:" in said.both
    assert "a name or an e-mail address" in said.both


def test_the_authors_of_a_project_in_a_folder(tmp_path: Path, provider: Provider) -> None:
    """Signs in the folder's name are no pattern, and other folders of the repository do not count."""
    write(tmp_path / "LICENSE", "None.\n")
    repository(tmp_path)
    git(tmp_path, "checkout", "-qb", "topic")
    settings = "max_attempts: 2\npolicy: {author_may_accept: false}\n"
    root = project(tmp_path / "my [p]roject", {".gitignore": ".llmops/\n", PROJECT_PATH: settings})
    accepted(root)
    commit(root, "First baseline")
    commit_on_main_is_the_base(root)
    lowered(root)
    become(root, "Bob")
    write(root / "docs" / "notes.md", "Guess.\n")
    write(tmp_path / "app.py", "print()\n")
    git(tmp_path, "add", "-A")
    commit(tmp_path, "Say so")
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "capitals").code == 0
    commit(root, "Approve")
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["policy_not_met"]) == (0, [])


def test_a_copy_without_git_has_no_age(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, {PROJECT_PATH: "max_attempts: 2\npolicy: {max_age_days: 1}\n"})
    said = llmops(root, "eval")
    assert said.code == 0, said.err
    assert "days old" not in said.out


def test_a_reason_can_be_given_later(tmp_path: Path, provider: Provider) -> None:
    """A loosened gate lets the drop be accepted without a reason, and the gate of the base asks for one."""
    root = started(tmp_path)
    edit(root, SUITE_PATH, "max_drop: 0.05", "max_drop: 0.9")
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "capitals").code == 0
    commit(root, "Guess")
    assert change_of(evaluated(root, "--base", "main"))["policy_not_met"] == ["no reason is given"]
    before = from_text((root / BASELINE_PATH).read_text(), "").accepted
    made = llmops(root, "baseline", "accept", "capitals", "--reason", "Guessing is cheaper")
    assert made.code == 0, made.err
    after = from_text((root / BASELINE_PATH).read_text(), "").accepted
    assert after == {**before, "reason": "Guessing is cheaper"}
    commit(root, "Say why")
    assert evaluated(root, "--base", "main").code == 0


# A change cannot loosen the rules that judge it


def regressing(tmp_path: Path, path: str, old: str, new: str) -> Path:
    """A branch whose prompt loses seven of ten capitals, and whose rules no longer mind."""
    root = started(tmp_path)
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    edit(root, path, old, new)
    commit(root, "Shorter")
    return root


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (SUITE_PATH, "max_drop: 0.05", "max_drop: 0.95"),
        (SUITE_PATH, "max_drop: 0.05", "max_drop: 0.05, tier: advisory"),
        (SUITE_PATH, "pass_rate: {max_drop: 0.05}", "pass_rate: {floor: 0.1, max_drop: 0.8}"),
    ],
    ids=["tolerance", "tier", "rule"],
)
def test_a_loosened_gate_does_not_let_its_own_regression_pass(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch, path: str, old: str, new: str
) -> None:
    root = regressing(tmp_path, path, old, new)
    assert evaluated(root).code == 0
    said = evaluated(root, "--base", "main")
    assert said.code == 1
    (loosened,) = said.data["loosened"]
    assert (loosened["verdict"], said.data["subjects"][0]["forbidden"]) == ("REGRESSED", False)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    shown = llmops(root, "eval", "--base", "main")
    text = " ".join(shown.out.split())
    assert text.startswith(
        "LOOSENED: by the rules of main it is REGRESSED: capitals pass_rate 100.0% → 30.0%"
    )
    assert "They count from the next change on" in text
    assert "::error file=prompts/capital.yaml" in shown.err


def test_new_quarantines_do_not_let_their_own_regression_pass(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    rows = [json.loads(line) for line in (root / CASES_PATH).read_text("utf-8").splitlines()]
    for row in rows:
        if row["country"] in LOST:
            row["quarantine"] = {"reason": "flaky", "until": "2999-12-31"}
    write(root / CASES_PATH, "".join(json.dumps(row) + "\n" for row in rows))
    commit(root, "Shorter")
    assert evaluated(root).code == 0
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["loosened"][0]["verdict"]) == (1, "REGRESSED")


def test_another_gate_that_both_let_pass_is_no_loosening(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, SUITE_PATH, "max_drop: 0.05", "max_drop: 0.95")
    commit(root, "Another gate")
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["loosened"]) == (0, [])
    assert said.data["base"]["gates_changed"]
