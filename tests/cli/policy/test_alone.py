"""What the author of a change alone accepts lets nothing pass that the gate stops."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import WORSE, words
from tests.cli.approving import accept, approved, become, by_base, commit_all
from tests.cli.policy.changes import ALONE, started
from tests.cli.projects import (
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE,
    SUITE_PATH,
    commit,
    edit,
    evaluated,
    git,
    llmops,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.provider import Provider

MORE_PATH = "evalsets/more.yaml"
MORE = SUITE.replace("id: capitals\n", "id: more\n")
ENTRY = "providers: {gw: {kind: openai, base_url: 'http://127.0.0.1:9/v1', api_key_env: GW_KEY}}\n"
WORDS = '  - not-contains: "As an AI"\n'
TWO = {
    SUITE_PATH: SUITE.replace("gate:\n", f"{WORDS}gate:\n"),
    "scorers/s.py": "def f(output, case):\n    return 1\n",
}
NOT_COUNTED = "nobody but the author of the change accepted it, and no policy of the base allows that"


def gate(root: Path) -> None:
    edit(root, SUITE_PATH, "max_drop: 0.05", "max_drop: 0.95")
    edit(root, PROMPT_PATH, "Answer with one word.", WORSE)


def metric(root: Path) -> None:
    edit(root, SUITE_PATH, WORDS, "")


def pin(root: Path) -> None:
    edit(root, SUITE_PATH, "prompt: capital", "prompt: capital@1.0.0")
    edit(root, PROMPT_PATH, "version: 1.0.0", "version: 1.1.0")
    edit(root, PROMPT_PATH, "Answer with one word.", "Answer in one word.")


def address(root: Path) -> None:
    edit(root, PROJECT_PATH, "max_attempts: 2\n", f"max_attempts: 2\n{ENTRY}")


def variables(root: Path) -> None:
    use = "  - python: {path: 'scorers/s.py:f', env: [HOME]}\n    metric: own\n"
    edit(root, SUITE_PATH, "gate:\n", f"{use}gate:\n")


def suite(root: Path) -> None:
    git(root, "rm", "-q", MORE_PATH)


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "gate": (gate, "LOOSENED: by the rules of main it is REGRESSED: capitals pass_rate 100.0% → 30.0%"),
    "metric": (metric, "LOOSENED: evalsets/capitals.yaml: no scorer gives `not-contains` any more"),
    "pin": (pin, "LOOSENED: evalsets/capitals.yaml: `capital@1.1.0` on "),
    "address": (address, "REFUSED: llmops.yaml: the entry of the provider `gw` is new: questions go to "),
    "variables": (variables, "REFUSED: "),
    "suite": (suite, "LOOSENED: "),
}


def began(folder: Path, kind: str, settings: str = "") -> Path:
    """A suite with a baseline on main, or two, and a branch for the change."""
    return started(folder, settings, {**TWO, MORE_PATH: MORE} if kind == "suite" else TWO)


def headline(root: Path) -> str:
    return words(llmops(root, "eval", "--base", "main").out.partition("\n\n")[0])


@pytest.mark.parametrize("kind", CHANGES)
def test_it_takes_somebody_else(tmp_path: Path, provider: Provider, kind: str) -> None:
    root = began(tmp_path, kind)
    change, begins = CHANGES[kind]
    change(root)
    assert by_base(root).code == 1
    assert headline(root).startswith(begins)
    shown = words(accept(root).out)
    assert f"stays stopped until somebody else accepts it too: {NOT_COUNTED}" in shown
    alone = by_base(root)
    (decider,) = alone.data["deciders"]
    assert (alone.code, decider["accepted"], decider["not_counted"]) == (1, None, NOT_COUNTED)
    assert headline(root).startswith(begins)
    approved(root, "Bob says so")
    agreed = by_base(root)
    (decider,) = agreed.data["deciders"]
    assert (agreed.code, decider["stops"], decider["not_counted"]) == (0, False, None)
    assert decider["accepted"] == {"by": "Bob <bob@example.com>", "reason": "Bob says so"}
    first = headline(root)
    assert first.startswith(begins.replace("REFUSED", "LOOSENED"))
    assert "accepted by Bob <bob@example.com>: Bob says so" in first
    assert "(the run itself: PASSED" in first


@pytest.mark.parametrize("kind", CHANGES)
def test_a_project_of_one_person_says_so_first(tmp_path: Path, provider: Provider, kind: str) -> None:
    """Its author accepts, and the first line says what, who and why all the same."""
    root = began(tmp_path, kind, ALONE)
    change, begins = CHANGES[kind]
    change(root)
    stopped = by_base(root)
    assert stopped.code == 1
    assert "somebody else than the author" not in words(llmops(root, "eval", "--base", "main").out)
    shown = accept(root)
    assert "stays stopped" not in words(shown.out)
    agreed = by_base(root)
    assert (agreed.code, agreed.data["deciders"][0]["not_counted"]) == (0, None)
    first = headline(root)
    assert first.startswith(begins.replace("REFUSED", "LOOSENED"))
    assert "accepted by Ada <ada@example.com>: It is right" in first


def test_the_policy_of_the_change_itself_lets_nobody_accept(tmp_path: Path, provider: Provider) -> None:
    root = began(tmp_path, "gate")
    gate(root)
    edit(root, PROJECT_PATH, "max_attempts: 2\n", f"max_attempts: 2\n{ALONE}")
    accept(root)
    said = by_base(root)
    assert (said.code, said.data["loosened"][0]["verdict"]) == (1, "REGRESSED")


def test_the_red_run_says_who_may(tmp_path: Path, provider: Provider) -> None:
    root = began(tmp_path, "gate")
    gate(root)
    by_base(root)
    for form in ("terminal", "markdown"):
        told = words(llmops(root, "eval", "--base", "main", "--format", form).out).replace("\\", "")
        assert (
            "somebody else than the author (who works alone first says `policy: {author_may_accept: true}` "
            "in llmops.yaml on main) accepts it on this branch"
        ) in told


def test_every_report_says_who_let_it_pass(tmp_path: Path, provider: Provider) -> None:
    root = began(tmp_path, "gate")
    gate(root)
    approved(root, "Bob says so")
    places = {form: tmp_path / f".llmops/r.{form}" for form in ("md", "html", "json")}
    reports = [word for place in places.values() for word in ("-o", str(place))]
    said = llmops(root, "eval", "--base", "main", *reports)
    assert said.code == 0
    for text in (said.out, places["md"].read_text("utf-8"), places["html"].read_text("utf-8")):
        plain = words(html.unescape(re.sub("<[^<>]+>", "", text)).replace("\\", ""))
        assert "LOOSENED: by the rules of main it is REGRESSED" in plain
        assert re.search(r"accepted by Bob .*?: Bob says so \(the run itself: PASSED", plain), plain[:400]
        assert "This change loosens the rules that judge it, and that is accepted" in plain
    data = json.loads(places["json"].read_text("utf-8"))
    assert data["headline"].startswith("LOOSENED: by the rules of main it is REGRESSED: capitals pass_rate")
    assert data["headline"].endswith(
        "; accepted by Bob <bob@example.com>: Bob says so (the run itself: PASSED: "
        "1 suite, 10 cases, nothing that the gate forbids)"
    )
    assert not data["blocks"]
    assert (data["loosened"], data["waived"][0]["verdict"], data["exit_code"]) == ([], "REGRESSED", 0)


def test_who_accepted_has_to_have_written_it(tmp_path: Path, provider: Provider) -> None:
    """A name that Ada types is no approval of Bob."""
    root = began(tmp_path, "metric")
    metric(root)
    commit_all(root)
    become(root, "Bob")
    accept(root)
    become(root, "Ada")
    commit(root, "Bob would say so")
    said = by_base(root)
    assert (said.code, said.data["deciders"][0]["not_counted"]) == (1, NOT_COUNTED)


def test_what_is_not_committed_is_of_whoever_is_here(tmp_path: Path, provider: Provider) -> None:
    """Else it would be green here and red in CI."""
    root = began(tmp_path, "gate")
    gate(root)
    accept(root)
    assert evaluated(root, "--base", "main").code == 1


HONEST: dict[str, Callable[[Path], None]] = {
    "tightened": lambda root: edit(root, SUITE_PATH, "max_drop: 0.05", "max_drop: 0.04"),
    "looser, and nothing falls": lambda root: edit(root, SUITE_PATH, "max_drop: 0.05", "max_drop: 0.2"),
    "a metric more": lambda root: edit(root, SUITE_PATH, "gate:\n", "  - not-starts-with: Sorry\ngate:\n"),
    "reworded": lambda root: edit(root, PROMPT_PATH, "Answer with one word.", "Answer in one word."),
    "policy": lambda root: edit(root, PROJECT_PATH, "max_attempts: 2\n", f"max_attempts: 2\n{ALONE}"),
}


@pytest.mark.parametrize("kind", HONEST)
def test_what_stops_nothing_needs_nobody(tmp_path: Path, provider: Provider, kind: str) -> None:
    root = began(tmp_path, kind)
    HONEST[kind](root)
    said = by_base(root)
    assert (said.code, said.data["loosened"], said.data["waived"]) == (0, [], [])
    assert "LOOSENED" not in headline(root)
    if said.data["deciders"]:  # whoever accepts it anyway changes nothing
        accept(root)
        said = by_base(root)
        assert (said.code, said.data["deciders"][0]["accepted"]["by"]) == (0, "Ada <ada@example.com>")
        assert "LOOSENED" not in headline(root)
