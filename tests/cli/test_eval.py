"""`llmops eval` on projects that are right: each verdict, and how it is shown."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.answering import EQUALS, RULE, only, scoring, with_answers, wrong
from tests.cli.projects import (
    BASELINE_PATH,
    CAPITALS,
    CASES,
    CASES_PATH,
    KEY,
    MODEL,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    capital,
    cases,
    changed,
    edit,
    evaluated,
    lines,
    llmops,
    project,
    repository,
    write,
)
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Call


def test_from_the_first_run_to_a_regression(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    first = evaluated(root)
    assert (first.code, first.data["verdict"]) == (0, "NO_BASELINE")
    assert provider.count == 10
    assert "accept as the baseline: llmops baseline accept capitals" in llmops(root, "eval").out

    made = llmops(root, "baseline", "accept", "capitals")
    assert made.code == 0
    assert BASELINE_PATH in made.out
    header = json.loads((root / BASELINE_PATH).read_text().splitlines()[0])
    assert header["accepted"] == {
        "by": "Ada <ada@example.com>",
        "reason": "",
        "verdict": "NO_BASELINE",
        "previous": {},
        "runs_looked_at": 1,
    }
    assert header["metrics"] == {"pass_rate": 1.0, "equals": 1.0}

    same = evaluated(root)
    assert (same.code, same.data["verdict"]) == (0, "PASSED")
    assert only(same)["changed_since_baseline"] == []
    assert provider.count == 10

    worse = with_answers(wrong(*list(CAPITALS)[:7]), root)
    assert (worse.code, worse.data["verdict"]) == (1, "REGRESSED")
    subject = only(worse)
    assert subject["forbidden"] is True
    rate = subject["metrics"]["pass_rate"]
    assert (rate["baseline"], rate["now"], rate["worse"], rate["better"]) == (1, pytest.approx(0.3), 7, 0)
    assert rate["p_value"] == pytest.approx(2 / 2**7)
    assert rate["reasons"] == ["significant, and more than is tolerated"]
    assert len(subject["flips"]) == 7
    flip = next(flip for flip in subject["flips"] if flip["case"] == "france")
    assert (flip["before"], flip["now"], flip["worse"]) == ("Paris", "Atlantis", True)
    assert flip["place"] == f"{CASES_PATH}:1"
    assert flip["reasons"][0].startswith("equals: ")
    assert llmops(root, "baseline", "accept", "capitals").code == 2


def test_the_terminal_shows_old_and_new_answers(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    with Provider(wrong(*CAPITALS)) as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", other.openai_url)
        shown = llmops(root, "eval", "--cache", "off").out
    assert shown.startswith("REGRESSED: capitals pass_rate 100.0% → 0.0% (")
    assert "Changed cases: 10 fail now that passed, 0 pass now that failed" in shown
    assert "france fails now" in shown
    assert "Paris" in shown
    assert "Atlantis" in shown
    assert 'llmops baseline accept capitals --reason "…"' in shown


def test_a_regression_is_accepted_with_a_reason_only(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    with_answers(wrong(*CAPITALS), root)
    refused = llmops(root, "baseline", "accept", "capitals")
    assert refused.code == 2
    assert refused.err == (
        f"capitals · capital@1.0.0 · {MODEL} is REGRESSED: accepting it needs a reason\n"
        '    llmops baseline accept … --reason "why this is right"\n'
    )
    assert llmops(root, "baseline", "accept", "capitals", "--reason", "Atlantis it is").code == 0
    header = json.loads((root / BASELINE_PATH).read_text().splitlines()[0])
    assert header["accepted"]["reason"] == "Atlantis it is"
    assert header["accepted"]["verdict"] == "REGRESSED"
    assert header["accepted"]["previous"] == {"pass_rate": 1.0, "equals": 1.0}


def test_a_few_worse_answers_are_inconclusive_and_may_be_forbidden(
    tmp_path: Path, provider: Provider
) -> None:
    for rule, code in ((RULE, 0), (f"{RULE}\n  inconclusive: fail", 1)):
        root = repository(project(tmp_path / str(code), changed(SUITE_PATH, RULE, rule)))
        accepted(root)
        said = with_answers(wrong("France"), root)
        assert (said.code, said.data["verdict"]) == (code, "INCONCLUSIVE")
        assert [flip["case"] for flip in only(said)["flips"]] == ["france"]


def test_better_answers(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    assert with_answers(wrong(*CAPITALS), root).code == 0
    assert llmops(root, "baseline", "accept", "--all").code == 0
    said = evaluated(root)
    assert (said.code, said.data["verdict"]) == (0, "IMPROVED")
    assert not any(flip["worse"] for flip in only(said)["flips"])


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("pass_rate: {floor: 0.95}", "below the floor of 0.95"),
        ("equals: {floor: 0.95}", "below the floor of 0.95"),
        ("input_tokens: {ceiling: 39}", "above the ceiling of 39"),
    ],
)
def test_limits_hold_without_a_baseline(rule: str, wanted: str, tmp_path: Path, provider: Provider) -> None:
    said = with_answers(wrong("France"), project(tmp_path, changed(SUITE_PATH, RULE, rule)))
    assert (said.code, said.data["verdict"]) == (1, "REGRESSED")
    reasons = [reason for metric in only(said)["metrics"].values() for reason in metric["reasons"]]
    assert reasons == [wanted]


def test_a_floor_that_holds_exactly(tmp_path: Path, provider: Provider) -> None:
    said = with_answers(
        wrong("France"), project(tmp_path, changed(SUITE_PATH, RULE, "pass_rate: {floor: 0.9}"))
    )
    assert said.code == 0


@pytest.mark.parametrize("entry", ["[tag:smoke]", "[id:fr*]", "all", "tag:smoke"])
def test_a_case_that_must_pass(entry: str, tmp_path: Path, provider: Provider) -> None:
    files = {
        **changed(SUITE_PATH, RULE, f"must_pass: {entry}"),
        **changed(CASES_PATH, '"id": "france"', '"tags": ["smoke"], "id": "france"'),
    }
    root = project(tmp_path, files)
    assert evaluated(root).code == 0
    said = with_answers(wrong("France"), root)
    assert (said.code, said.data["verdict"]) == (1, "REGRESSED")
    assert only(said)["must_pass_failed"] == ["france"]


SCORERS_CHANGED = "its scorers changed since the baseline"
HASHES = {PROJECT_PATH: "store_outputs: false\n"}


def test_another_scorer_is_incomparable_where_no_answers_are_kept(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path, HASHES))
    accepted(root)
    edit(root, SUITE_PATH, EQUALS, '- icontains: "{{ expected }}"')
    said = evaluated(root)
    assert (said.code, said.data["verdict"]) == (1, "INCOMPARABLE")
    assert provider.count == 10
    assert only(said)["changed_since_baseline"] == ["scorer `equals` removed", "scorer `icontains` added"]
    assert only(said)["metrics"]["pass_rate"]["reasons"] == [
        f"{SCORERS_CHANGED}, and its answers cannot be judged anew: only hashes of the answers are kept"
    ]
    assert llmops(root, "baseline", "accept", "--all").code == 2
    assert llmops(root, "baseline", "accept", "--all", "--reason", "case does not matter").code == 0
    assert evaluated(root).data["verdict"] == "PASSED"


def test_cases_that_go_come_and_change(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    write(
        root / CASES_PATH, CASES.replace('"expected": "Paris"', '"expected": "paris"') + cases(Chad="no idea")
    )
    said = evaluated(root)
    assert said.code == 0, said.both
    assert only(said)["cases_added"] == ["chad"]
    assert only(said)["cases_changed"] == ["france"]
    assert only(said)["metrics"]["pass_rate"]["pairs"] == 9

    write(root / CASES_PATH, "".join(CASES.splitlines(keepends=True)[1:]))
    lost = evaluated(root)
    assert (lost.code, lost.data["verdict"]) == (1, "INCOMPARABLE")
    assert only(lost)["cases_removed"] == ["france"]
    assert "cases gone since the baseline: 1 (france)" in llmops(root, "eval").out


def test_an_unchanged_rerun_of_some_cases_has_passed(tmp_path: Path, provider: Provider) -> None:
    """A filter leaves few cases, too few for an interval, and yet nothing is other than it was."""
    root = repository(project(tmp_path))
    accepted(root)
    said = evaluated(root, "--filter", "id:france")
    assert (said.code, said.data["verdict"]) == (0, "PASSED")
    assert with_answers(wrong("France"), root, "--filter", "id:france").data["verdict"] == "INCONCLUSIVE"


def test_a_filter_does_not_lose_cases(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    said = evaluated(root, "--filter", "id:*n*", "--filter", "id:*a*")
    assert said.code == 0
    assert only(said)["cases_removed"] == []
    assert only(said)["cases"] == sum("n" in name.lower() and "a" in name.lower() for name in CAPITALS)
    assert said.data["run"]["filters"] == ["id:*n*", "id:*a*"]


def test_a_recorded_answer_needs_no_key_and_no_call(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    rows: list[dict[str, Any]] = [
        {"id": "a", "country": "France", "expected": "Paris", "output": "Paris"},
        {"id": "b", "country": "Spain", "expected": {"city": "Madrid"}, "output": {"city": "Madrid"}},
    ]
    said = evaluated(project(tmp_path, {CASES_PATH: lines(*rows)}))
    assert said.code == 0, said.both
    assert only(said)["metrics"]["pass_rate"]["now"] == 1
    assert (only(said)["calls"], only(said)["cost_usd"]) == (0, None)
    assert provider.count == 0


def test_repeats_are_asked_each_and_averaged_inside_a_case(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    seen: dict[str, int] = {}

    def wavering(call: Call) -> str:
        seen[call.user] = seen.get(call.user, 0) + 1
        return capital(call) if seen[call.user] < 3 else "Atlantis"

    said = with_answers(wavering, root, "--repeats", "3")
    assert said.code == 0
    assert only(said)["outcomes"] == 30
    assert only(said)["cases"] == 10
    assert only(said)["metrics"]["pass_rate"]["now"] == pytest.approx(2 / 3)
    assert llmops(root, "baseline", "accept", "--all").code == 0
    row = json.loads((root / BASELINE_PATH).read_text().splitlines()[1])
    assert len(row["hashes"]) == 3
    assert sorted(row["scores"]["pass_rate"]) == [0, 1, 1]


def test_the_json_answer(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    data = evaluated(root).data
    assert data["schema"] == 1
    assert data["exit_code"] == 0
    assert (data["headline"], data["blocks"]) == (
        "PASSED: 1 suite, 10 cases, nothing that the gate forbids",
        False,
    )
    assert set(data) == {
        "schema", "verdict", "exit_code", "headline", "blocks", "error", "run", "subjects", "predecessors",
        "loosened", "waived", "partial", "shard", "offline", "deciders", "base", "changed", "warnings",
        "recorded_by_author", "repriced",
    }  # fmt: skip
    assert data["run"]["cache"] == "auto"
    subject = data["subjects"][0]
    assert (subject["suite"], subject["prompt"], subject["model"]) == ("capitals", "capital@1.0.0", MODEL)
    assert subject["baseline"]["by"] == "Ada <ada@example.com>"
    rate = subject["metrics"]["pass_rate"]
    assert (rate["baseline"], rate["now"], rate["change"], rate["pairs"]) == (1, 1, 0, 10)
    assert rate["interval"][0] < 0 < rate["interval"][1]
    assert (rate["confidence"], rate["tier"], rate["verdict"]) == (0.95, "critical", "PASSED")
    assert KEY not in json.dumps(data)


def test_two_suites_and_one_of_them(tmp_path: Path, provider: Provider) -> None:
    second = changed(SUITE_PATH, "id: capitals", "id: europe")[SUITE_PATH].replace(
        "capitals.jsonl", "europe.jsonl"
    )
    files = {"evalsets/europe.yaml": second, "evalsets/europe.jsonl": cases(France="Paris", Spain="Madrid")}
    root = project(tmp_path, files)
    assert only(evaluated(root, "europe"))["suite"] == "europe"
    assert provider.count == 2
    both = evaluated(root)
    assert [subject["suite"] for subject in both.data["subjects"]] == ["capitals", "europe"]
    assert provider.count == 10


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("pass_rate: {tier: critical}", "the rule for `pass_rate` limits nothing"),
        ("pass_rate: {max_drop: 5}", "`max_drop` of `pass_rate` would tolerate any drop"),
        ("pass_rate: {max_drop: 100%}", "`max_drop` of `pass_rate` would tolerate any drop"),
    ],
)
def test_a_rule_that_cannot_fire_is_refused(rule: str, said: str, tmp_path: Path, provider: Provider) -> None:
    ran = llmops(project(tmp_path, scoring(EQUALS, rule=rule)), "eval")
    assert ran.code == 2
    assert said in ran.err
    assert provider.count == 0


def test_a_floor_alone_keeps_the_tolerated_drop(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path, {**scoring(EQUALS, rule="pass_rate: {floor: 0.1}"), **HASHES}))
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "--all").code == 0
    edit(root, SUITE_PATH, EQUALS, f"{EQUALS}\n  - not-contains: zzz")
    assert llmops(root, "eval").code == 1


def test_most_cases_changed_is_not_a_pass(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "--all").code == 0
    path = root / CASES_PATH
    cases = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for case in cases[1:]:
        case["expected"] = "Atlantis"
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), "utf-8")
    said = evaluated(root)
    assert said.code == 1
    assert only(said)["metrics"]["pass_rate"]["verdict"] == "INCOMPARABLE"
    assert only(said)["metrics"]["pass_rate"]["reasons"] == [
        "only 1 of 10 cases are the same as in the baseline"
    ]


def test_a_committed_baseline_that_is_deleted_is_missed(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "--all").code == 0
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    (baseline,) = (root / "baselines").rglob("*.jsonl")
    baseline.unlink()
    said = llmops(root, "eval")
    assert said.code == 2
    assert "the committed baseline is gone from the disk" in said.err


def test_scores_edited_by_hand_are_found(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "--all").code == 0
    (baseline,) = (root / "baselines").rglob("*.jsonl")
    text = baseline.read_text("utf-8")
    baseline.write_text(text.replace('"pass_rate": [1.0]', '"pass_rate": [0.0]', 1), "utf-8")
    said = llmops(root, "eval")
    assert said.code == 2
    assert "the header's metrics are not those of the cases" in said.err


def test_a_part_of_the_tokens_is_not_the_tokens(tmp_path: Path, provider: Provider) -> None:
    files = scoring("- cost: 0.000001", rule="pass_rate: {max_drop: 0.1}")
    files = {**files, **changed(PROMPT_PATH, MODEL, "mine/m")}
    files[PROJECT_PATH] = f"providers:\n  mine: {{kind: openai, base_url: '{provider.openai_url}'}}\n"
    said = evaluated(project(tmp_path, files))
    assert said.code == 3
    assert only(said)["metrics"]["pass_rate"]["reasons"] == ["no scorer that decides had anything to measure"]
