"""Who may accept what: `policy` in llmops.yaml, and `llmops eval --base`, which sees a lowered baseline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.baselines.file import from_text, to_text
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
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

    from llmops_cli.baselines.baseline import Baseline
    from tests.cli.projects import Said
    from tests.servers.provider import Call

WORSE = "Answer with one word. Guess."
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


def rewritten(root: Path, change: Callable[[Baseline], Baseline]) -> None:
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
        "PASSED: 1 suite, 10 cases, nothing that the gate forbids; this change lowers a baseline: capitals "
        "pass_rate 100.0% → 30.0%, accepted by Ada <ada@example.com>"
    )
    assert rest.startswith("This change lowers baselines of main (")
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
    assert "### This change lowers baselines of main" in said
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
    assert "accepted anew, no metric is lower, accepted by Ada" in " ".join(text.split())


def test_a_first_baseline_is_no_lowering(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path, {".gitignore": ".llmops/\n"}))
    git(root, "checkout", "-qb", "topic")
    accepted(root)
    commit(root)
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["kind"]) == (0, "added")


def test_scores_edited_under_an_old_acceptance(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)

    def fewer(baseline: Baseline) -> Baseline:
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
    assert change["policy_not_met"] == ["the suite still runs and needs one: accept its scores anew"]


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
