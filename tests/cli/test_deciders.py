"""What a change does to its own judges: those of the base judge it too, or somebody accepts it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.answering import asking
from tests.cli.approving import approved, by_base
from tests.cli.beginnings import on_topic, settings_of
from tests.cli.projects import (
    CASES,
    CASES_PATH,
    MODEL,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE,
    SUITE_PATH,
    accepted,
    capital,
    changed,
    commit,
    edit,
    evaluated,
    git,
    lines,
    llmops,
    project,
    repository,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.projects import Said
    from tests.servers.provider import Call, Provider

WORSE = "Guess in one word."
LOST = ("Spain", "Italy", "Norway", "Japan", "Peru", "Kenya")
ENTRY = "providers: {gw: {kind: openai, base_url: 'http://127.0.0.1:9/v1', api_key_env: GW_KEY}}\n"
GATE = "gate:\n  pass_rate: {max_drop: 0.05}\n"


def guessing(call: Call) -> str:
    """A model that gets six capitals wrong when it is told to guess, and says Rome when it is told so."""
    said = str(call.body["messages"][0]["content"])
    if "Rome" in said:
        return "Rome"
    return "Atlantis" if "Guess" in said and any(name in call.user for name in LOST) else capital(call)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with asking(guessing) as running:
        yield running


def started(folder: Path, settings: str = "", gate: str = GATE) -> Path:
    """A repository with an accepted baseline on main, and a branch `topic` checked out."""
    files = settings_of(settings) | changed(SUITE_PATH, GATE, gate)
    return on_topic(folder, files, answer=guessing)


def accept(root: Path, *arguments: str) -> Said:
    return llmops(
        root, "baseline", "accept", "--deciders", "--base", "main", "--reason", "It is right", *arguments
    )


def headline(root: Path) -> str:
    return " ".join(llmops(root, "eval", "--base", "main").out.partition("\n\n")[0].split())


def deciders(said: Said) -> list[tuple[Any, ...]]:
    return [(d["kind"], d["suite"], d["name"], d["stops"]) for d in said.data["deciders"]]


@pytest.mark.parametrize("before", ["", ENTRY.replace("/v1", "/other/v1"), ENTRY.replace("GW_KEY", "OTHER")])
def test_questions_go_to_no_address_that_nobody_accepted(
    tmp_path: Path, provider: Provider, before: str
) -> None:
    root = started(tmp_path, before)
    write(root / PROJECT_PATH, f"name: demo\nmax_attempts: 2\n{ENTRY}")
    edit(root, PROMPT_PATH, "Answer with one word.", "Answer in one word.")
    asked = len(provider.calls)
    said = by_base(root)
    assert (said.code, deciders(said)) == (1, [("provider", None, "gw", True)])
    assert len(provider.calls) == asked
    state = "is another" if before else "is new"
    assert headline(root) == (
        f"REFUSED: llmops.yaml: the entry of the provider `gw` {state}: questions go to "
        "http://127.0.0.1:9, with the value of GW_KEY; nothing was sent"
    )
    assert accept(root).code == 0
    assert by_base(root).code == 1, "nothing goes to an address that its author alone accepted"
    assert len(provider.calls) == asked
    approved(root)
    agreed = by_base(root)
    assert (agreed.code, deciders(agreed)) == (0, [("provider", None, "gw", False)])
    assert agreed.data["deciders"][0]["accepted"] == {"by": "Bob <bob@example.com>", "reason": "It is right"}
    assert len(provider.calls) > asked
    assert headline(root).startswith(
        f"LOOSENED: llmops.yaml: the entry of the provider `gw` {state}: questions go to "
        "http://127.0.0.1:9, with the value of GW_KEY; accepted by Bob <bob@example.com>: It is right "
        "(the run itself: "
    )


def test_who_may_not_accept_scores_may_not_accept_a_decider(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, "policy: {author_may_accept: false}\n")
    edit(root, PROJECT_PATH, "max_attempts: 2\n", f"max_attempts: 2\n{ENTRY}")
    commit(root)
    assert accept(root).code == 0
    assert by_base(root).code == 1
    git(root, "config", "user.name", "Bob")
    git(root, "config", "user.email", "bob@example.com")
    assert accept(root).code == 0
    assert by_base(root).code == 0


def test_an_approval_is_for_one_change_only(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, PROJECT_PATH, "max_attempts: 2\n", f"max_attempts: 2\n{ENTRY}")
    approved(root)
    assert by_base(root).code == 0
    git(root, "checkout", "-qB", "main")
    edit(root, PROJECT_PATH, ENTRY, "")
    commit(root)
    git(root, "checkout", "-qb", "again")
    edit(root, PROJECT_PATH, "max_attempts: 2\n", f"max_attempts: 2\n{ENTRY}")
    assert by_base(root).code == 1, "what was accepted then is no approval now"
    approved(root)
    assert by_base(root).code == 0


def test_the_report_says_who_accepted_and_how_to(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, "policy: {author_may_accept: false}\n")
    edit(root, PROJECT_PATH, "max_attempts: 2\n", f"max_attempts: 2\n{ENTRY}")
    commit(root)
    stopped = " ".join(llmops(root, "eval", "--base", "main").out.split())
    assert 'llmops baseline accept --deciders --base main --reason "…"' in stopped
    assert accept(root).code == 0
    commit(root)
    alone = " ".join(llmops(root, "eval", "--base", "main").out.split())
    assert "an approval does not count: nobody but the author of the change accepted it" in alone
    git(root, "config", "user.name", "Bob")
    git(root, "config", "user.email", "bob@example.com")
    assert accept(root).code == 0
    commit(root)
    agreed = " ".join(llmops(root, "eval", "--base", "main").out.split())
    assert "; accepted by Ada <ada@example.com>: It is right" in agreed


def test_a_scorer_that_always_broke_loosens_nothing(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, {".gitignore": ".llmops/\n"})
    write(root / "scorers/s.py", "def f(output, case):\n    return 1 / 0\n")
    edit(root, SUITE_PATH, "scorers:\n", "scorers:\n  - python: scorers/s.py:f\n    metric: own\n")
    edit(root, SUITE_PATH, GATE, GATE + "  own: {max_drop: 0.05}\n")
    repository(root)
    assert evaluated(root, "--base", "HEAD").code == 2


def test_an_earlier_id_is_taken_once(tmp_path: Path, idle: Provider) -> None:
    other = SUITE.replace("id: capitals", "id: other\nwas: capitals")
    root = project(tmp_path, {"evalsets/other.yaml": other})
    said = llmops(root, "check")
    assert (said.code, "`capitals` is the id of evalsets/capitals.yaml" in said.both) == (2, True)
    edit(root, SUITE_PATH, "id: capitals", "id: new\nwas: old")
    edit(root, "evalsets/other.yaml", "was: capitals", "was: old")
    said = llmops(root, "check")
    assert (said.code, "`old` is also what was" in said.both) == (2, True)


def test_an_approval_is_for_one_value_only(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, PROJECT_PATH, "max_attempts: 2\n", f"max_attempts: 2\n{ENTRY}")
    assert accept(root).code == 0
    edit(root, PROJECT_PATH, "127.0.0.1:9", "127.0.0.1:8")
    assert by_base(root).code == 1


def test_layout_and_defaults_written_out_are_no_change(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, ENTRY)
    write(
        root / PROJECT_PATH,
        "# ours\nmax_attempts: 2\nproviders:\n  gw:\n    api_key_env: GW_KEY\n    kind: openai\n"
        "    base_url: http://127.0.0.1:9/v1\nname: demo\n",
    )
    edit(
        root, SUITE_PATH, GATE, "gate:\n  alpha: 0.05\n  pass_rate:\n    tier: critical\n    max_drop: 0.05\n"
    )
    said = by_base(root)
    assert (said.code, said.data["deciders"]) == (0, [])


def test_what_ships_is_what_is_judged(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, SUITE_PATH, "prompt: capital", "prompt: capital@1.0.0")
    edit(root, PROMPT_PATH, "version: 1.0.0", "version: 1.1.0")
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    said = by_base(root)
    assert (said.code, deciders(said)) == (1, [("pin", "capitals", "capital", True)])
    assert headline(root).startswith(
        f"LOOSENED: evalsets/capitals.yaml: `capital@1.1.0` on {MODEL} is what ships, and the suite judges "
        f"capital@1.0.0 on {MODEL}"
    )


def test_a_further_model_is_normal_work(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(
        root,
        SUITE_PATH,
        "prompt: capital\n",
        f"prompt: capital\nmodels: [{MODEL}, openai/gpt-4o-2024-08-06]\n",
    )
    said = by_base(root)
    assert (said.code, said.data["deciders"]) == (0, [])
    write(
        root / "evalsets/candidate.yaml",
        "id: candidate\nprompt: capital\ncases: capitals.jsonl\nscorers: [{contains: '{{ expected }}'}]\n",
    )
    said = by_base(root)
    assert (said.code, said.data["deciders"]) == (0, [])


@pytest.mark.parametrize("tags", [["smoke"], []])
def test_a_case_that_had_to_pass_still_has_to(tmp_path: Path, provider: Provider, tags: list[str]) -> None:
    must = "gate:\n  pass_rate: {max_drop: 0.9}\n  must_pass: [tag:smoke]\n"
    root = project(tmp_path, {".gitignore": ".llmops/\n"})
    edit(root, SUITE_PATH, GATE, must)
    edit(
        root,
        CASES_PATH,
        CASES,
        CASES.replace('"France"', '"France", "tags": ["smoke"]').replace(
            '"Italy"', '"Italy", "tags": ["smoke"]'
        ),
    )
    repository(root)
    accepted(root)
    commit(root, "First baseline")
    git(root, "checkout", "-qb", "topic")
    text = (root / CASES_PATH).read_text()
    write(root / CASES_PATH, text.replace('"tags": ["smoke"]', f'"tags": {json.dumps(tags)}', 1))
    edit(root, PROMPT_PATH, "Answer with one word.", "Always say Rome.")
    said = by_base(root)
    assert said.code == 1
    if tags:
        assert said.data["deciders"] == []
    else:
        assert deciders(said) == [("must_pass", "capitals", None, False)]
        assert headline(root).startswith(
            "LOOSENED: by the rules of main it is REGRESSED: capitals 1 must-pass case"
        )


def test_easy_cases_lift_no_floor(tmp_path: Path, provider: Provider) -> None:
    gate = "gate:\n  pass_rate: {floor: 0.6, max_drop: 0.9}\n"
    root = started(tmp_path, gate=gate)
    easy = lines(
        *({"id": f"easy-{number}", "country": "France", "expected": "Paris"} for number in range(40))
    )
    edit(root, CASES_PATH, CASES, CASES + easy)
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    said = by_base(root)
    assert said.code == 1
    assert "below the floor of 0.6" in headline(root)


def test_many_new_metrics_hide_no_drop(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    scorers = "".join(f"  - starts-with: x\n    metric: m{number}\n" for number in range(300))
    rules = "".join(f"  m{number}: {{max_drop: 0.5}}\n" for number in range(300))
    write(
        root / "evalsets/many.yaml",
        f"id: many\nprompt: capital\ncases: many.jsonl\nscorers:\n{scorers}gate:\n{rules}",
    )
    write(root / "evalsets/many.jsonl", lines({"id": "one", "country": "France", "expected": "Paris"}))
    assert llmops(root, "eval", "many").code in (0, 1)
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    assert by_base(root).code == 1


def test_a_quarantine_from_another_file_frees_no_case(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    aside = ', "quarantine": {"reason": "flaky", "until": "2999-01-01"}}'
    write(
        root / "evalsets/other.jsonl",
        "".join(line[:-1] + aside + "\n" for line in CASES.splitlines()[1:]) + CASES.splitlines()[0] + "\n",
    )
    edit(root, SUITE_PATH, "cases: capitals.jsonl", "cases: other.jsonl")
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
    said = by_base(root)
    assert said.code == 1
    assert {kind for kind, *_ in deciders(said)} == {"quarantine"}
    assert headline(root).startswith("LOOSENED: by the rules of main it is REGRESSED")


def test_accepting_needs_a_reason_and_something_to_accept(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    assert "no decider is another than at main" in accept(root).err
    edit(root, PROJECT_PATH, "max_attempts: 2\n", f"max_attempts: 2\n{ENTRY}")
    bare = llmops(root, "baseline", "accept", "--deciders", "--base", "main")
    assert (bare.code, "needs a reason" in bare.err) == (2, True)
    both = accept(root, "capitals")
    assert (both.code, "exclude each other" in both.err) == (2, True)


@pytest.mark.parametrize(
    "text", ["{}\n", "no json\n", '{"what": 1, "hash": "", "by": "", "reason": "", "at": ""}\n']
)
def test_a_broken_file_of_approvals_is_named(tmp_path: Path, provider: Provider, text: str) -> None:
    root = started(tmp_path)
    write(root / "baselines/approvals.jsonl", text)
    for command in (["check"], ["eval", "--base", "main"]):
        said = llmops(root, *command)
        assert said.code == 2
        assert "baselines/approvals.jsonl:1" in said.both
