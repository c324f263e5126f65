"""What accepting needs, and what it leaves as it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.baselines.read import from_text
from tests.cli.broken_lines import signed
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    MODEL,
    PROJECT_PATH,
    SUITE_PATH,
    accepted,
    changed,
    commit,
    edit,
    git,
    lines,
    llmops,
    project,
    repository,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

TWO = "name: demo\npolicy: {author_may_accept: false}\n"


def accepted_with(root: Path, reason: str) -> dict[str, Any]:
    """Accept the newest run; the header's acceptance."""
    made = llmops(root, "baseline", "accept", "--all", "--reason", reason)
    assert made.code == 0, made.both
    return acceptance(root)


def acceptance(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / BASELINE_PATH).read_text("utf-8").split("\n")[0])["accepted"]
    return found


def slower(root: Path) -> None:
    """The newest run again, as a model would have answered it that takes ten seconds more each time."""
    (run,) = (path for path in (root / ".llmops/runs").iterdir() if path.name == newest(root))
    rows = [json.loads(line) for line in (run / "cases.jsonl").read_text("utf-8").splitlines()]
    for row in rows:
        row["answer"]["latency_s"] += 10
    write(run / "cases.jsonl", lines(*map(signed, rows)))


def newest(root: Path) -> str:
    return max(path.name for path in (root / ".llmops/runs").iterdir())


def second_person(root: Path) -> None:
    """A live run of somebody else: the same answers, other latencies."""
    git(root, "config", "user.name", "Bo")
    git(root, "config", "user.email", "bo@example.com")
    assert llmops(root, "eval", "--cache", "off").code == 0
    slower(root)


@pytest.mark.parametrize("policy", ["name: demo\n", TWO], ids=["one person", "two people"])
def test_other_latencies_are_no_other_scores(policy: str, tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path, {PROJECT_PATH: policy}))
    assert llmops(root, "eval").code == 0
    first = accepted_with(root, "Ada knows why")
    text = (root / BASELINE_PATH).read_text("utf-8")
    second_person(root)
    second = accepted_with(root, "")
    if policy == TWO:
        assert second == {**first, "approved_by": ["Bo <bo@example.com>"]}
    else:
        assert (root / BASELINE_PATH).read_text("utf-8") == text


def test_other_latencies_are_other_scores_where_a_rule_is_about_them(
    tmp_path: Path, provider: Provider
) -> None:
    rule = "latency_p95: {ceiling: 60, tier: advisory}"
    files = changed(SUITE_PATH, "  pass_rate: {max_drop: 0.05}", f"  {rule}")
    root = repository(project(tmp_path, {**files, PROJECT_PATH: TWO}))
    assert llmops(root, "eval").code == 0
    accepted_with(root, "Ada knows why")
    second_person(root)
    assert accepted_with(root, "Slower")["by"] == "Bo <bo@example.com>"


def test_inputs_that_changed_need_a_reason(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    before = (root / BASELINE_PATH).read_bytes()
    rows = [json.loads(line) for line in (root / CASES_PATH).read_text("utf-8").splitlines()]
    rows[5]["context"] = ["Peru lies in South America."]
    write(root / CASES_PATH, lines(*rows))
    assert llmops(root, "eval").code == 0
    said = llmops(root, "baseline", "accept", "--all")
    assert said.code == 2
    assert said.err == (
        f"capitals · capital@1.0.0 · {MODEL} has other inputs of a case than the baseline (peru): "
        'accepting it needs a reason\n    llmops baseline accept … --reason "why this is right"\n'
    )
    assert (root / BASELINE_PATH).read_bytes() == before
    assert accepted_with(root, "Checked")["reason"] == "Checked"


def test_a_gold_answer_in_the_metadata_is_part_of_the_case(tmp_path: Path, provider: Provider) -> None:
    def row(country: str, gold: str) -> dict[str, Any]:
        return {"id": country.lower(), "vars": {"country": country}, "metadata": {"gold": gold}}

    rows = [row("Peru", "Lima"), row("Cuba", "Havana"), row("France", "Paris")]
    files = {
        CASES_PATH: lines(*rows),
        **changed(SUITE_PATH, "{{ expected }}", "{{ metadata.gold }}"),
    }
    root = repository(project(tmp_path, files))
    accepted(root)
    commit(root)
    edit(root, CASES_PATH, '"gold": "Lima"', '"gold": "Cusco"')
    said = llmops(root, "eval", "--format", "json")
    (subject,) = said.data["subjects"]
    assert subject["cases_changed"] == ["peru"]


def test_a_case_without_metadata_keeps_its_hash(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    found = from_text((root / BASELINE_PATH).read_text("utf-8"), BASELINE_PATH)
    assert found.cases["peru"].inputs == "93d67cb0eb3bca12"
