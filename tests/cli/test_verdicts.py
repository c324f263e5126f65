"""Every verdict of the gate, on sixty cases and more, through the front door."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.answering import (
    EQUALS,
    JUDGE,
    RULE,
    SIXTY,
    baseline_of,
    knows_all_but,
    lands,
    number_of,
    only,
    resolved_as,
    scoring,
    shown_with,
    with_answers,
    words,
)
from tests.cli.projects import (
    CASES_PATH,
    PROJECT_PATH,
    SUITE_PATH,
    accepted,
    edit,
    evaluated,
    llmops,
    project,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.servers.provider import Call, Provider


def gated(rule: str, count: int = 60) -> dict[str, str]:
    return {**scoring(EQUALS, rule=rule), CASES_PATH: lands(count)}


@dataclass(frozen=True)
class Drawn:
    """A change of answers: which cases are wrong before and now, and what the gate says of it."""

    name: str
    before: range
    now: range
    verdict: str
    code: int
    rule: str = RULE
    reasons: tuple[str, ...] = ()
    count: int = 60
    word: str = "City"
    more: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


SIGNIFICANT = "significant, and more than is tolerated"
DRAWN = [
    Drawn("a real drop", range(0), range(6), "REGRESSED", 1, reasons=(SIGNIFICANT,)),
    Drawn("a real gain", range(6), range(0), "IMPROVED", 0),
    Drawn("a real gain that may be worse elsewhere", range(12), range(11, 13), "IMPROVED", 0),
    Drawn("the same answers", range(3), range(3), "PASSED", 0),
    Drawn(
        "other words and the same scores, of cases enough", range(0), range(0), "PASSED", 0,
        count=100, word="  City",
    ),
    Drawn(
        "other words and the same scores, of too few cases", range(0), range(0), "INCONCLUSIVE", 0,
        word="  City", reasons=("60 cases cannot tell; about 13 more would",),
    ),
    Drawn(
        "a small drop", range(0), range(1), "INCONCLUSIVE", 0,
        reasons=("60 cases cannot tell; about 120 more would",),
    ),
    Drawn(
        "a small drop where that is forbidden", range(0), range(1), "INCONCLUSIVE", 1,
        rule=f"{RULE}\n  inconclusive: fail", reasons=("60 cases cannot tell; about 120 more would",),
    ),
    Drawn(
        "a drop below what is tolerated", range(0), range(6), "INCONCLUSIVE", 0,
        rule="pass_rate: {max_drop: 0.15}", reasons=("60 cases cannot tell; about 140 more would",),
    ),
    Drawn(
        "a drop that a relative tolerance covers", range(0), range(6), "PASSED", 0,
        rule="pass_rate: {max_drop: 25%}",
    ),
    Drawn(
        "a broken floor without a drop", range(6), range(6), "REGRESSED", 1,
        rule="pass_rate: {floor: 0.95}", reasons=("below the floor of 0.95",),
    ),
    Drawn(
        "a drop on a supporting tier", range(0), range(6), "REGRESSED", 1,
        rule="pass_rate: {max_drop: 0.05, tier: supporting}", reasons=(SIGNIFICANT,),
    ),
    Drawn(
        "a drop on an advisory tier", range(0), range(6), "PASSED", 0,
        rule="pass_rate: {max_drop: 0.05, tier: advisory}", reasons=(SIGNIFICANT,),
        more={"metric": "REGRESSED"},
    ),
    Drawn(
        "a drop that a stricter level does not believe", range(0), range(6), "INCONCLUSIVE", 0,
        rule=f"{RULE}\n  alpha: 0.01",
        reasons=("60 cases cannot tell; about 15 more would, if the drop stays as it is",),
    ),
]  # fmt: skip


@pytest.mark.parametrize("drawn", DRAWN, ids=str)
def test_a_verdict(drawn: Drawn, tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(drawn.before), gated(drawn.rule, drawn.count))
    said = with_answers(knows_all_but(drawn.now, drawn.word), root)
    assert (said.data["verdict"], said.code) == (drawn.verdict, drawn.code), said.out
    rate = only(said)["metrics"]["pass_rate"]
    assert rate["verdict"] == drawn.more.get("metric", drawn.verdict)
    assert tuple(rate["reasons"]) == drawn.reasons


def test_inconclusive_says_the_drop_and_what_the_suite_can_see(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), SIXTY)
    said = shown_with(knows_all_but(range(2)), root)
    assert said.out.splitlines()[0].startswith("INCONCLUSIVE: capitals pass_rate 100.0% → 96.7% (−3.3")
    assert "pass_rate: 60 cases cannot tell; about 580 more would" in words(said.out)
    assert (
        "pass_rate: the gate tolerates a drop of 5.0 pt; the smallest that 60 cases see 4 times out of 5 is "
        "about 15.6 pt"
    ) in words(said.out)


def test_inconclusive_with_repeats_says_how_many_would_do(tmp_path: Path, provider: Provider) -> None:
    files = {
        CASES_PATH: lands(60),
        SUITE_PATH: scoring(EQUALS)[SUITE_PATH].replace("cases:", "repeats: 2\ncases:"),
    }

    def wavering(parity: int) -> Callable[[Call], str]:
        """Twenty cases of which one of two answers is wrong, whichever it is."""
        asked: dict[int, int] = {}

        def answer(call: Call) -> str:
            number = number_of(call)
            asked[number] = asked.get(number, 0) + 1
            bad = number < 20 and (number + asked[number] * (number % 3 > 0) + parity) % 2
            return f"{'Village' if bad else 'City'} {number:03}"

        return answer

    root = baseline_of(tmp_path, wavering(0), files)
    said = with_answers(wavering(1), root)
    assert said.data["verdict"] == "INCONCLUSIVE"
    (reason,) = only(said)["metrics"]["pass_rate"]["reasons"]
    assert reason == "60 cases cannot tell; about 370 more would, or 32 repeats of each on both sides"


def test_a_drop_in_one_cluster_is_one_event(tmp_path: Path, provider: Provider) -> None:
    verdicts = {}
    for name, cluster in (("alone", lambda number: None), ("joined", lambda number: f"c{number // 10}")):
        files = {CASES_PATH: lands(60, cluster=cluster)}
        root = baseline_of(tmp_path / name, knows_all_but(()), files)
        rate = only(with_answers(knows_all_but(range(8)), root))["metrics"]["pass_rate"]
        verdicts[name] = (rate["verdict"], rate["test"], rate["pairs"], rate["units"], rate["p_value"])
    assert verdicts == {
        "alone": ("REGRESSED", "mcnemar", 60, 60, pytest.approx(2 / 2**8)),
        "joined": ("INCONCLUSIVE", "sign-flip", 60, 6, 1.0),
    }


def test_no_baseline_is_no_reason_to_stop(tmp_path: Path, provider: Provider) -> None:
    said = shown_with(knows_all_but(()), project(tmp_path, SIXTY))
    assert said.code == 0
    assert said.out.startswith("NO_BASELINE: capitals has no baseline yet\n")


def test_a_run_in_which_every_call_failed(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    provider.misbehave(503, times=None, headers={"retry-after": "0"})
    said = evaluated(root)
    assert (said.code, said.data["verdict"]) == (3, "ERROR")
    assert len(only(said)["failures"]) == 10
    assert {metric["now"] for metric in only(said)["metrics"].values()} == {None}
    shown = llmops(root, "eval").out
    assert shown.startswith("ERROR: capitals has no verdict: 10 of 10 answers failed\n")
    assert "100.0%" not in shown


def test_a_changed_scorer_is_incomparable(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), {**SIXTY, PROJECT_PATH: "store_outputs: false\n"})
    edit(root, SUITE_PATH, EQUALS, '- icontains: "{{ expected }}"\n    metric: equals')
    said = shown_with(knows_all_but(()), root)
    assert said.code == 1
    assert words(said.out).startswith(
        "INCOMPARABLE: capitals pass_rate: its scorers changed since the baseline, and its answers cannot be "
        "judged anew: only hashes of the answers are kept (100.0%); changed since the baseline: "
        "scorer `equals` changed"
    )


def test_the_name_of_a_metric_is_no_limit(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), {**SIXTY, PROJECT_PATH: "store_outputs: false\n"})
    plan = "contains: City\n    metric: floor_plan"
    edit(root, SUITE_PATH, EQUALS, f"{EQUALS}\n  - {plan}")
    edit(root, SUITE_PATH, RULE, f"{RULE}\n  floor_plan: {{max_drop: 0.05}}")
    said = shown_with(knows_all_but(()), root)
    assert said.code == 1
    assert "the baseline does not say what `floor_plan` rested on" in words(said.out)
    assert "beyond a floor or ceiling" not in words(said.out)
    assert "if the change is right, accept it: llmops baseline accept capitals" in words(said.out)


def judged_by(model: str, score: float = 1.0) -> Callable[[Call], str | dict[str, Any]]:
    """A model that knows everything, judged by one that answers under this name."""

    def answer(call: Call) -> str | dict[str, Any]:
        if call.model == "gpt-4o-2024-08-06":
            return resolved_as(model, f'{{"reason": "kind", "score": {score}}}')
        return knows_all_but(())(call)

    return answer


def test_another_judge_behind_the_same_name_is_incomparable(tmp_path: Path, provider: Provider) -> None:
    files = {**scoring(EQUALS, JUDGE, rule="tone: {max_drop: 0.05}"), CASES_PATH: lands(12)}
    root = baseline_of(tmp_path, judged_by("gpt-4o-2024-08-06"), files)
    assert with_answers(judged_by("gpt-4o-2024-08-06"), root).data["verdict"] == "PASSED"
    said = with_answers(judged_by("gpt-4o-2024-11-20", 0.2), root)
    assert (said.code, said.data["verdict"]) == (1, "INCOMPARABLE")
    reason = "its judge changed: gpt-4o-2024-08-06 → gpt-4o-2024-11-20"
    metrics = only(said)["metrics"]
    assert {name: metrics[name]["reasons"] for name in ("tone", "pass_rate")} == {
        "tone": [reason],
        "pass_rate": [reason],
    }
    assert metrics["equals"]["change"] == 0, "what no judge has a part in is still compared"
    assert only(said)["changed_since_baseline"] == [
        "the provider changed the judge of `tone`: gpt-4o-2024-08-06 → gpt-4o-2024-11-20"
    ]


def test_lost_cases_fail_until_they_are_accepted_with_a_reason(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), SIXTY)
    provider._answer = knows_all_but(())
    write(root / CASES_PATH, lands(58))
    for _ in range(2):
        said = evaluated(root)
        assert (said.code, said.data["verdict"]) == (1, "INCOMPARABLE")
        assert only(said)["cases_removed"] == ["land-058", "land-059"]
    shown = llmops(root, "eval").out
    assert shown.startswith("INCOMPARABLE: capitals 2 cases went (land-058, land-059)")
    assert llmops(root, "baseline", "accept", "capitals").code == 2
    assert llmops(root, "baseline", "accept", "capitals", "--reason", "they were doubles").code == 0
    assert evaluated(root).data["verdict"] == "PASSED"


def test_a_drop_in_one_of_many_metrics_is_corrected_for(tmp_path: Path, provider: Provider) -> None:
    """p = 2/2^6 = 0.03 alone; Holm over two metrics makes 0.06 of it."""
    rules = f"{RULE}\n  contains: {{max_drop: 0.05}}"
    root = baseline_of(
        tmp_path, knows_all_but(()), {**scoring(EQUALS, "- contains: i", rule=rules), CASES_PATH: lands(60)}
    )
    rate = only(with_answers(knows_all_but(range(6)), root))["metrics"]["pass_rate"]
    assert (rate["p_value"], rate["adjusted_p_value"]) == (pytest.approx(2 / 2**6), pytest.approx(4 / 2**6))
    assert rate["verdict"] == "INCONCLUSIVE"


@pytest.mark.parametrize("tier", ["critical", "supporting", "advisory"])
def test_tiers_of_a_scorer(tier: str, tmp_path: Path, provider: Provider) -> None:
    rule = f"pass_rate: {{max_drop: 0.9}}\n  equals: {{floor: 0.95, tier: {tier}}}"
    said = shown_with(knows_all_but(range(6)), project(tmp_path, gated(rule)))
    assert said.code == (0 if tier == "advisory" else 1)
    assert ("REGRESSED (advisory)" in said.out) is (tier == "advisory")
    assert said.out.startswith("NO_BASELINE" if tier == "advisory" else "REGRESSED")
    assert "equals: below the floor of 0.95" in words(said.out)


def test_accepting_and_comparing_again(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(range(6)), SIXTY)
    provider._answer = knows_all_but(())
    assert evaluated(root, "--cache", "off").data["verdict"] == "IMPROVED"
    accepted(root)
    assert evaluated(root).data["verdict"] == "PASSED"
