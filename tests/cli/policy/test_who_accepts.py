"""Who may accept a baseline: the policy, its owners, and who wrote the change."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from llmops_cli.baselines.read import from_text
from tests.cli.answering import WORSE
from tests.cli.policy.changes import (
    ALONE,
    PROMPTS,
    accepted_by_hand,
    become,
    change_of,
    commit_on_main_is_the_base,
    lowered,
    rewritten,
    started,
)
from tests.cli.projects import (
    BASELINE_PATH,
    FILES,
    PROJECT_PATH,
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
    renewed = llmops(root, "baseline", "accept", "capitals")
    assert renewed.out.startswith("OK: accepted 0 baselines, 1 written in the present form\n"), renewed.both
    assert f"{BASELINE_PATH}: written in the present form" in renewed.out
    assert "git add baselines/" in renewed.out
    assert '"schema": 2' in (root / BASELINE_PATH).read_text("utf-8")
    again = llmops(root, "baseline", "accept", "capitals")
    assert again.out.startswith("OK: accepted 0 baselines\n")
    assert f"{BASELINE_PATH}: unchanged" in again.out
    commit(root, "Upgrade")
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["policy_not_met"]) == (0, [])
    text = llmops(root, "eval", "--base", "main", "--format", "markdown").out
    assert "written in another form, no metric is lower" in text


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


def test_a_forbidden_drop_needs_more_than_its_author(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, "")
    lowered(root)
    alone = evaluated(root, "--base", "main")
    assert (alone.code, change_of(alone)["policy_not_met"]) == (
        1,
        ["the gate forbids this drop, and nobody but its author accepted it"],
    )
    become(root, "Bob")
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "capitals").code == 0
    commit(root, "Approve")
    assert evaluated(root, "--base", "main").code == 0


def test_a_change_cannot_allow_its_author_to_accept_alone(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, "")
    write(root / PROJECT_PATH, f"name: demo\nmax_attempts: 2\n{ALONE}")
    lowered(root)
    assert evaluated(root, "--base", "main").code == 1


def test_who_accepts_is_known_through_a_link(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, "policy: {author_may_accept: false}\n")
    git(root, "checkout", "-q", "main")
    git(root, "mv", "baselines", "kept")
    (root / "baselines").symlink_to("kept")
    commit(root, "Elsewhere")
    git(root, "checkout", "-qB", "topic")
    lowered(root)
    assert evaluated(root, "--base", "main").code == 1
    become(root, "Bob")
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "capitals").code == 0
    commit(root, "Approve")
    assert evaluated(root, "--base", "main").code == 0
