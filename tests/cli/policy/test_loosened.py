"""A change cannot loosen the rules that judge it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import LOST, WORSE
from tests.cli.policy.changes import change_of, commit_on_main_is_the_base, lowered, regressing, started
from tests.cli.projects import (
    CASES_PATH,
    FILES,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
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

    from tests.servers.provider import Provider


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


@pytest.mark.parametrize("reference", ["nope", "--all", "main:evalsets"])
def test_an_unknown_ref_is_found_before_anything_is_asked(
    tmp_path: Path, provider: Provider, reference: str
) -> None:
    root = repository(project(tmp_path))
    said = llmops(root, "eval", f"--base={reference}")
    assert said.code == 2
    assert f"git knows no commit `{reference}`" in said.err
    assert provider.count == 0


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
    assert "mend it on main itself" in said.err


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
