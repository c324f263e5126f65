"""A baseline belongs to its suite, whatever the suite is called: no `was` hides it, none takes another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import WORSE
from tests.cli.policy.changes import change_of, commit_on_main_is_the_base, started
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    CASSETTE_PATH,
    PROMPT,
    PROMPT_PATH,
    SUITE,
    SUITE_PATH,
    accepted,
    commit,
    edit,
    evaluated,
    llmops,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

NEEDED = (
    "the suite still runs and lost its baseline: "
    "say `was: {}` in evalsets/capitals.yaml, or accept its scores"
)
CITIES = BASELINE_PATH.replace("/capitals/", "/cities/")


def merged(root: Path) -> None:
    """What is on the branch is on main now."""
    commit(root)
    commit_on_main_is_the_base(root)


def rename_merged(folder: Path, *arguments: str) -> Path:
    """On main the suite `capitals` is called `cities`, and its baseline still lies under the old id."""
    root = started(folder)
    if arguments:
        accepted(root, *arguments)
    edit(root, SUITE_PATH, "id: capitals\n", "id: cities\nwas: capitals\n")
    merged(root)
    return root


def worse(root: Path) -> None:
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)


def test_a_new_suite_under_the_old_id_takes_no_baseline(tmp_path: Path, provider: Provider) -> None:
    root = rename_merged(tmp_path)
    edit(root, SUITE_PATH, "was: capitals\n", "")
    write(root / "evalsets/decoy.yaml", SUITE.replace("prompt: capital\n", "prompt: capital@1.0.0\n"))
    worse(root)
    edit(root, PROMPT_PATH, "version: 1.0.0", "version: 1.1.0")
    commit(root, "Retake")
    said = evaluated(root, "--base", "main")
    change = change_of(said)
    assert (said.code, change["kind"], change["suite"], change["path"]) == (
        1,
        "unused",
        "cities",
        BASELINE_PATH,
    )
    assert change["policy_not_met"] == [NEEDED.format("capitals")]
    assert [subject["verdict"] for subject in said.data["subjects"]] == ["NO_BASELINE", "PASSED"]
    text = " ".join(llmops(root, "eval", "--base", "main").out.split())
    assert text.startswith("REFUSED: cities baseline is no longer used")
    assert f"{BASELINE_PATH}: cities is not compared with it any more" in text


def test_nor_does_a_suite_that_says_it_was_the_same(tmp_path: Path, provider: Provider) -> None:
    root = rename_merged(tmp_path)
    edit(root, SUITE_PATH, "was: capitals\n", "")
    write(root / "evalsets/decoy.yaml", SUITE.replace("id: capitals\n", "id: decoy\nwas: capitals\n"))
    commit(root, "Retake")
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["policy_not_met"]) == (1, [NEEDED.format("capitals")])


def moved(root: Path) -> None:
    """The baseline lies under the new id, which the suite alone says now."""
    accepted(root)
    edit(root, SUITE_PATH, "was: capitals\n", "")
    commit(root, "Moved")
    assert ((root / CITIES).is_file(), (root / BASELINE_PATH).exists()) == (True, False)


def test_an_old_id_is_free_once_the_baseline_has_moved(tmp_path: Path, provider: Provider) -> None:
    root = rename_merged(tmp_path)
    moved(root)
    few = "".join((root / CASES_PATH).read_text("utf-8").splitlines(keepends=True)[:4])
    write(root / "evalsets/few.jsonl", few)
    write(root / "evalsets/few.yaml", SUITE.replace("capitals.jsonl", "few.jsonl"))
    accepted(root)
    commit(root, "Another suite of that name")
    said = evaluated(root, "--base", "main")
    kinds = {change["path"]: change["kind"] for change in said.data["base"]["changes"]}
    assert (said.code, kinds) == (0, {BASELINE_PATH: "added", CITIES: "raised"})
    assert said.data["deciders"] == []


def test_a_baseline_that_moves_while_was_goes_is_no_lower_one(tmp_path: Path, provider: Provider) -> None:
    root = rename_merged(tmp_path)
    moved(root)
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["verdict"], change_of(said)["kind"]) == (0, "PASSED", "raised")
    text = llmops(root, "eval", "--base", "main").out
    assert text.startswith("PASSED")
    assert f"{CITIES}: moved here, no metric is lower" in " ".join(text.split())


def test_a_spent_approval_stays_spent_where_the_baseline_moves(tmp_path: Path, provider: Provider) -> None:
    root = rename_merged(tmp_path)
    edit(root, SUITE_PATH, "max_drop: 0.05", "max_drop: 0.5")
    arguments = ("--base", "main", "--reason", "Noise")
    assert llmops(root, "baseline", "accept", "--deciders", *arguments).code == 0
    merged(root)
    edit(root, SUITE_PATH, "max_drop: 0.5", "max_drop: 0.05")
    merged(root)
    edit(root, SUITE_PATH, "max_drop: 0.05", "max_drop: 0.5")
    moved(root)
    assert '"reason":"Noise"' in (root / CITIES).read_text("utf-8").replace('": "', '":"')
    (gate,) = evaluated(root, "--base", "main").data["deciders"]
    assert (gate["kind"], gate["accepted"]) == ("gate", None)


def test_a_lower_baseline_does_not_hide_in_the_move(tmp_path: Path, provider: Provider) -> None:
    root = rename_merged(tmp_path)
    worse(root)
    assert llmops(root, "eval").code == 1
    assert llmops(root, "baseline", "accept", "cities", "--reason", "x").code == 0
    edit(root, SUITE_PATH, "was: capitals\n", "")
    commit(root, "The baseline has the new name")
    change = change_of(evaluated(root, "--base", "main"))
    assert (change["kind"], change["path"]) == ("lowered", CITIES)


@pytest.mark.parametrize("was", ["[cities, capitals]", "capitals"])
def test_a_second_rename_goes_on_with_the_baseline(tmp_path: Path, provider: Provider, was: str) -> None:
    root = rename_merged(tmp_path, "--record")
    edit(root, SUITE_PATH, "id: cities\nwas: capitals\n", f"id: towns\nwas: {was}\n")
    commit(root, "Towns")
    for arguments in ((), ("--cache", "replay"), ("--offline",)):
        said = evaluated(root, "--base", "main", *arguments)
        assert (said.code, said.data["verdict"], said.data["deciders"]) == (0, "PASSED", []), said.out
        assert said.data["base"]["changes"] == []
    assert "baselines/" not in llmops(root, "check").both
    commit_on_main_is_the_base(root)
    worse(root)
    commit(root, "Worse, when the rename is merged")
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["verdict"]) == (1, "REGRESSED")
    edit(root, SUITE_PATH, f"was: {was}\n", "")
    commit(root, "And no word of earlier ids")
    said = evaluated(root, "--base", "main")
    assert (said.code, change_of(said)["policy_not_met"]) == (1, [NEEDED.format("capitals")])


def test_a_second_rename_says_every_id(tmp_path: Path, provider: Provider) -> None:
    """The trees alone decide, as a shallow clone has no more: after the merge nobody would know the first."""
    root = rename_merged(tmp_path, "--record")
    edit(root, SUITE_PATH, "id: cities\nwas: capitals\n", "id: towns\nwas: cities\n")
    commit(root, "Towns")
    said = evaluated(root, "--base", "main")
    change = change_of(said)
    assert (said.code, change["kind"], change["suite"]) == (1, "unused", "towns")
    assert change["policy_not_met"] == [NEEDED.format("[cities, capitals]")]
    assert said.data["deciders"] == []
    replayed = llmops(root, "eval", "--cache", "replay")
    assert (replayed.code, "say `was: [cities, OLDER-ID]`" in replayed.err) == (2, True)
    assert "`was: [OLD-ID, OLDER-ID]`" in " ".join(llmops(root, "check").both.split())
    edit(root, SUITE_PATH, "was: cities\n", "was: [cities, capitals]\n")
    commit(root, "Every id")
    said = evaluated(root, "--base", "main", "--cache", "replay")
    assert (said.code, said.data["verdict"], said.data["base"]["changes"]) == (0, "PASSED", [])


def test_a_second_rename_moves_what_is_kept(tmp_path: Path, provider: Provider) -> None:
    root = rename_merged(tmp_path, "--record")
    edit(root, SUITE_PATH, "id: cities\nwas: capitals\n", "id: towns\nwas: [cities, capitals]\n")
    accepted(root, "--record")
    for path in (BASELINE_PATH, CASSETTE_PATH):
        assert not (root / path).exists()
        assert (root / path.replace("/capitals/", "/towns/")).is_file()
    commit(root, "Towns")
    said = evaluated(root, "--base", "main", "--offline")
    assert (said.code, said.data["deciders"], change_of(said)["kind"]) == (0, [], "raised")


def test_a_forged_copy_of_a_cassette_is_seen_after_two_renames(tmp_path: Path, provider: Provider) -> None:
    root = rename_merged(tmp_path, "--record")
    edit(root, SUITE_PATH, "id: cities\nwas: capitals\n", "id: towns\nwas: [cities, capitals]\n")
    text = (root / CASSETTE_PATH).read_text("utf-8")
    assert '"text": "Lima"' in text
    copy = text.replace('"text": "Lima"', '"text": "Lima!"')
    write(root / CASSETTE_PATH.replace("/capitals/", "/towns/"), copy)
    commit(root, "Towns")
    said = evaluated(root, "--base", "main", "--offline")
    assert (said.code, [decider["kind"] for decider in said.data["deciders"]]) == (1, ["cassette"])


def prompt_called(root: Path, now: str, *was: str) -> None:
    """Rename the prompt, which the suite judges under its new id; `was` are the others, newest first."""
    edit(root, SUITE_PATH, f"prompt: {was[0]}\n", f"prompt: {now}\n")
    text = (root / PROMPT_PATH).read_text("utf-8")
    earlier = f"[{', '.join(was)}]" if len(was) > 1 else was[0]
    write(root / PROMPT_PATH, f"id: {now}\nwas: {earlier}\n" + text[text.index("version:") :])


def test_a_second_name_of_a_prompt_goes_on_with_the_baseline(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    prompt_called(root, "geo.capital", "capital")
    merged(root)
    prompt_called(root, "geo.main", "geo.capital", "capital")
    commit(root, "Main")
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["verdict"], said.data["base"]["changes"]) == (0, "PASSED", [])
    assert llmops(root, "baseline", "verify").code == 0
    worse(root)
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["verdict"]) == (1, "REGRESSED")


def test_a_second_name_of_a_prompt_keeps_what_judged_its_output(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, suite={PROMPT_PATH: PROMPT + "output: {type: string, maxLength: 80}\n"})
    prompt_called(root, "geo.capital", "capital")
    merged(root)
    prompt_called(root, "geo.main", "geo.capital", "capital")
    edit(root, PROMPT_PATH, "maxLength: 80", "maxLength: 800")
    commit(root, "Main")
    said = evaluated(root, "--base", "main")
    assert [decider["name"] for decider in said.data["deciders"]] == ["output"]
    sentence = "same scores on 10 of 10 stored answers"
    assert sentence in " ".join(llmops(root, "eval", "--base", "main").out.split())


def test_a_rename_that_is_taken_back_keeps_the_baseline(tmp_path: Path, provider: Provider) -> None:
    root = rename_merged(tmp_path)
    edit(root, SUITE_PATH, "id: cities\nwas: capitals\n", "id: capitals\n")
    commit(root, "Back")
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["verdict"], said.data["deciders"]) == (0, "PASSED", [])
    worse(root)
    assert evaluated(root, "--base", "main").code == 1


def test_an_id_that_only_the_branch_had_leads_to_nothing(tmp_path: Path, provider: Provider) -> None:
    """After a squash nobody would find the way: the id that main knows has to be said."""
    root = started(tmp_path)
    edit(root, SUITE_PATH, "id: capitals\n", "id: cities\nwas: capitals\n")
    commit(root, "Cities")
    edit(root, SUITE_PATH, "id: cities\nwas: capitals\n", "id: towns\nwas: cities\n")
    commit(root, "Towns")
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["deciders"][0]["kind"]) == (1, "suite")
    assert "a new id carries `was: capitals`" in said.data["deciders"][0]["text"]
    edit(root, SUITE_PATH, "was: cities\n", "was: capitals\n")
    assert evaluated(root, "--base", "main").code == 0
