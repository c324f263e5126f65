"""An id that another suite or prompt has or had: `was` takes nothing that is not the suite's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.policy.changes import commit_on_main_is_the_base, started
from tests.cli.projects import (
    BASELINE_PATH,
    PROMPT,
    PROMPT_PATH,
    SUITE,
    SUITE_PATH,
    accepted,
    commit,
    edit,
    evaluated,
    git,
    llmops,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

OTHER_PATH = "evalsets/towns.yaml"
OTHER = SUITE.replace("id: capitals\n", "id: towns\n")
OTHER_BASELINE = BASELINE_PATH.replace("/capitals/", "/towns/")


def merged(root: Path) -> None:
    """What is on the branch is on main now."""
    commit(root)
    commit_on_main_is_the_base(root)


def with_two(folder: Path) -> Path:
    """On main there are two suites, `capitals` and `towns`, each with a baseline."""
    root = started(folder, suite={OTHER_PATH: OTHER})
    assert (root / OTHER_BASELINE).is_file()
    return root


def test_a_suite_that_has_its_id_from_main_takes_no_other_s_place(tmp_path: Path, provider: Provider) -> None:
    root = with_two(tmp_path)
    git(root, "rm", "-q", OTHER_PATH)
    edit(root, SUITE_PATH, "id: capitals\n", "id: capitals\nwas: towns\n")
    commit(root, "One suite is enough")
    said = evaluated(root, "--base", "main")
    (gone,) = said.data["deciders"]
    assert (said.code, gone["kind"], gone["suite"], gone["stops"]) == (1, "suite", "towns", True)
    told = "the suite `towns` is gone; `was: towns` carries nothing to capitals, which goes on as itself"
    assert told in gone["text"]
    assert [change["path"] for change in said.data["base"]["changes"]] == [OTHER_BASELINE]
    git(root, "rm", "-rq", "baselines/towns")
    commit(root, "Nor its baseline")
    said = evaluated(root, "--base", "main")
    kinds = [change["kind"] for change in said.data["base"]["changes"]]
    assert (said.code, said.data["deciders"][0]["suite"], kinds) == (1, "towns", ["removed"])


def exchanged(root: Path, first: tuple[str, str], second: tuple[str, str]) -> None:
    """Give two suites their new ids: each pair is a suite's lines of now and those that it gets."""
    for path, (now, later) in zip((SUITE_PATH, OTHER_PATH), (first, second), strict=True):
        edit(root, path, now, later)


def test_two_suites_exchange_their_ids_in_two_changes(tmp_path: Path, provider: Provider) -> None:
    root = with_two(tmp_path)
    exchanged(
        root, ("id: capitals\n", "id: towns\nwas: capitals\n"), ("id: towns\n", "id: capitals\nwas: towns\n")
    )
    refused = llmops(root, "eval", "--base", "main")
    assert refused.code == 2
    hint = "accept the baseline of each under a new id in one change, and take the ids in the next"
    assert hint in " ".join(refused.err.split())

    git(root, "checkout", "-q", ".")
    exchanged(root, ("id: capitals\n", "id: a\nwas: capitals\n"), ("id: towns\n", "id: b\nwas: towns\n"))
    accepted(root)
    commit(root, "New ids")
    assert evaluated(root, "--base", "main").code == 0
    commit_on_main_is_the_base(root)
    exchanged(
        root,
        ("id: a\nwas: capitals\n", "id: towns\nwas: a\n"),
        ("id: b\nwas: towns\n", "id: capitals\nwas: b\n"),
    )
    commit(root, "Exchanged")
    said = evaluated(root, "--base", "main")
    verdicts = {subject["suite"]: subject["verdict"] for subject in said.data["subjects"]}
    assert (said.code, verdicts) == (0, {"capitals": "PASSED", "towns": "PASSED"})
    assert (said.data["base"]["changes"], said.data["deciders"]) == ([], [])


def test_an_id_in_a_list_is_one_suite_s_alone(tmp_path: Path, provider: Provider) -> None:
    root = with_two(tmp_path)
    exchanged(
        root, ("id: capitals\n", "id: a\nwas: [x, capitals]\n"), ("id: towns\n", "id: b\nwas: [towns, x]\n")
    )
    refused = llmops(root, "check")
    assert (refused.code, "`x` is also what was evalsets/" in refused.both) == (2, True)
    edit(root, OTHER_PATH, "was: [towns, x]", "was: [towns, b]")
    refused = llmops(root, "check")
    assert (refused.code, "`b` is the id of this suite itself" in refused.both) == (2, True)
    for wrong in ("[]", "[towns, towns]", "[To wns]", "7"):
        write(root / OTHER_PATH, OTHER.replace("id: towns\n", f"id: b\nwas: {wrong}\n"))
        refused = llmops(root, "check")
        assert (refused.code, "evalsets/towns.yaml:2" in refused.both) == (2, True), wrong


TWO = SUITE.replace("prompt: capital\n", "prompts: [capital, seat]\n")
SEAT = PROMPT.replace("id: capital\n", "id: seat\n")


def test_a_prompt_beside_others_says_every_id(tmp_path: Path, provider: Provider) -> None:
    """Its baseline lies in a folder of its own, under the id that it had first."""
    root = started(tmp_path, suite={SUITE_PATH: TWO, "prompts/seat.yaml": SEAT})
    edit(root, PROMPT_PATH, "id: capital\n", "id: city\nwas: capital\n")
    edit(root, SUITE_PATH, "[capital, seat]", "[city, seat]")
    merged(root)
    edit(root, PROMPT_PATH, "id: city\nwas: capital\n", "id: main\nwas: city\n")
    edit(root, SUITE_PATH, "[city, seat]", "[main, seat]")
    commit(root, "Main")
    said = evaluated(root, "--base", "main")
    (change,) = said.data["base"]["changes"]
    assert (said.code, change["kind"]) == (1, "unused")
    assert "say `was: [city, capital]` in prompts/capital.yaml" in change["policy_not_met"][0]
    edit(root, PROMPT_PATH, "was: city\n", "was: [city, capital]\n")
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["base"]["changes"], said.data["deciders"]) == (0, [], [])


def test_a_prompt_alone_is_asked_for_every_id(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, PROMPT_PATH, "id: capital\n", "id: city\nwas: capital\n")
    edit(root, SUITE_PATH, "prompt: capital\n", "prompt: city\n")
    merged(root)
    edit(root, PROMPT_PATH, "id: city\nwas: capital\n", "id: main\nwas: city\n")
    edit(root, SUITE_PATH, "prompt: city\n", "prompt: main\n")
    refused = llmops(root, "eval", "--base", "main")
    assert (refused.code, "says `was: [city, capital]`" in refused.err) == (2, True), refused.both
