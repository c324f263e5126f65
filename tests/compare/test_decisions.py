"""Verdicts on scores that are easily judged wrongly, through the comparison of two sets of scores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from llmops_cli.compare.compare import compare_stored
from llmops_cli.compare.verdict import Verdict
from llmops_cli.core.source import Source
from llmops_cli.evals.metric import metric_of
from llmops_cli.evals.suite import Gate, GateRule, Suite, Tolerance
from tests.compare.stored import baseline, case

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmops_cli.compare.metric_change import MetricChange
    from llmops_cli.compare.scores import CaseScores, Scores


def drop(metric: str, amount: float, **more: object) -> GateRule:
    return replace(GateRule(metric_of(metric), max_drop=Tolerance(amount)), **more)  # type: ignore[arg-type]


def rise(metric: str, share: float, **more: object) -> GateRule:
    rule = GateRule(metric_of(metric), max_rise=Tolerance(share, relative=True))
    return replace(rule, **more)  # type: ignore[arg-type]


def judged(
    before: Iterable[CaseScores], now: Iterable[CaseScores], *rules: GateRule
) -> dict[str, MetricChange]:
    """Each metric with its verdict."""
    return suites((baseline(*before), baseline(*now), rules))[0]


def suites(*sides: tuple[Scores, Scores, tuple[GateRule, ...]]) -> list[dict[str, MetricChange]]:
    """The metrics of several suites that are judged in one run."""
    found = compare_stored(
        [
            (before, now, Suite("s", Source("s.yaml", {}), (), (), (), (), Gate(rules=rules)))
            for before, now, rules in sides
        ]
    )
    return [{change.metric.name: change for change in comparison.metrics} for comparison in found]


def test_a_mean_of_five_answers_is_not_compared_with_one() -> None:
    """In four of thirty cases one of the later repeats fails: the first answers say that nothing changed."""
    before = [case(n, 1.0) for n in range(30)]
    now = [case(n, 1.0, 1.0, float(n > 7), 1.0, 1.0) for n in range(30)]
    found = judged(before, now, drop("pass_rate", 0.0))["pass_rate"]
    assert (found.change, found.losses, found.p_value) == (0.0, 0, 1.0)
    assert found.verdict is Verdict.INCONCLUSIVE
    turned = judged(now, before, drop("pass_rate", 0.0))["pass_rate"]
    assert (turned.change, turned.wins) == (0.0, 0)


def test_few_cases_that_moved_do_not_prove_that_the_others_cannot() -> None:
    """Twelve cases asked three times, of which one improved once."""
    before = [case(0, 0.0, 1.0, 1.0), *(case(n, 1.0, 1.0, 1.0) for n in range(1, 12))]
    now = [case(n, 1.0, 1.0, 1.0) for n in range(12)]
    found = judged(before, now, drop("pass_rate", 0.05))["pass_rate"]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.interval is not None
    assert found.interval.low < -0.1


def test_two_clusters_that_balance_are_not_certain() -> None:
    before = [case(n, float(n % 2), cluster=f"g{n // 2}") for n in range(4)]
    now = [case(n, float(n % 2 == 0), cluster=f"g{n // 2}") for n in range(4)]
    found = judged(before, now, drop("pass_rate", 0.0))["pass_rate"]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == (-1.0, 1.0)


def test_what_costs_nothing_as_before_has_passed() -> None:
    """A local model costs 0: no yes or no, and no cases are too few."""
    for count in (1, 2, 100):
        same = [case(n, 1.0, cost_usd=0.0, output_tokens=1.0) for n in range(count)]
        found = judged(same, same, rise("cost_usd", 0.1), rise("output_tokens", 0.1))
        assert found["cost_usd"].verdict is found["output_tokens"].verdict is Verdict.PASSED


def test_a_share_is_one_of_what_is_compared() -> None:
    """Twenty dear cases have other inputs now: a tenth of their cost says nothing about the cheap ones."""
    cheap = [case(n, 1.0, cost_usd=0.001) for n in range(40)]
    dear = [case(100 + n, 1.0, cost_usd=0.1) for n in range(20)]
    dearer = [replace(each, cost_usd=0.0018) for each in cheap]
    other = [replace(each, inputs="f" * 16) for each in dear]
    found = judged([*cheap, *dear], [*dearer, *other], rise("cost_usd", 0.1))["cost_usd"]
    assert found.verdict is Verdict.REGRESSED
    assert found.reference == pytest.approx(0.001)


def test_a_run_of_many_metrics_still_sees_what_broke() -> None:
    """The correction over 600 metrics asks for p-values that 10,000 flips cannot show."""
    before = baseline(*(case(n, 1.0, 1.0, metric="tone") for n in range(25)))
    now = baseline(*(case(n, 0.2, 0.24, metric="tone") for n in range(25)))
    found = suites(*[(before, now, (drop("tone", 0.05),))] * 600)
    assert {each["tone"].verdict for each in found} == {Verdict.REGRESSED}
    assert found[0]["tone"].family == 600


def test_one_edited_case_does_not_make_a_metric_of_few_cases_incomparable() -> None:
    tone = [case(n, 0.9, metric="tone") for n in range(10)]
    plain = [case(100 + n, 1.0) for n in range(40)]
    edited = [replace(plain[0], inputs="f" * 16), *plain[1:]]
    found = judged([*tone, *plain], [*tone, *edited], drop("tone", 0.2))["tone"]
    assert found.verdict is not Verdict.INCOMPARABLE


def test_a_baseline_with_too_few_repeats_is_named() -> None:
    before = [case(n, 1.0) for n in range(40)]
    now = [case(n, 1.0, 1.0, 1.0) for n in range(40)]
    found = judged(before, now, drop("pass^3", 0.05))["pass^3"]
    assert found.verdict is Verdict.INCOMPARABLE
    assert found.why == ("the baseline has 1 repeat of each case: accept one with 3",)


def test_rules_without_a_test_are_not_in_the_correction() -> None:
    before = [
        replace(case(n, 1.0), scores={"pass_rate": (1.0,), "a": (1.0,), "b": (1.0,)}) for n in range(60)
    ]
    now = [
        replace(each, scores={**each.scores, "pass_rate": (float(at > 6),)}) for at, each in enumerate(before)
    ]
    floors = (GateRule(metric_of("a"), floor=0.1), GateRule(metric_of("b"), floor=0.1))
    advice = drop("a", 0.1, tier="advisory")
    alone = judged(before, now, drop("pass_rate", 0.0))["pass_rate"]
    for more in (floors, (advice,)):
        among = judged(before, now, drop("pass_rate", 0.0), *more)["pass_rate"]
        assert (among.adjusted_p, among.family) == (alone.adjusted_p, 1)
    two = judged(before, now, drop("pass_rate", 0.0), drop("b", 0.0))["pass_rate"]
    assert two.family == 2


def test_latency_is_in_the_correction() -> None:
    calm = [case(n, 1.0, latency_s=1.0 + n / 100) for n in range(80)]
    slow = [replace(each, latency_s=(each.latency_s or 0) * 1.5) for each in calm]
    found = judged(calm, slow, drop("pass_rate", 0.0), rise("latency_p50", 0.1), rise("latency_p95", 0.1))
    assert found["latency_p50"].family == 3
    assert found["latency_p50"].adjusted_p == pytest.approx(3 * (found["latency_p50"].p_value or 0))
    assert found["latency_p50"].verdict is Verdict.REGRESSED


def test_the_order_of_repeats_makes_no_difference() -> None:
    before = [case(n, 0.3, 0.2, 0.1, metric="tone") for n in range(10)]
    now = [case(n, 0.1, 0.2, 0.3, metric="tone") for n in range(10)]
    found = judged(before, now, drop("tone", 0.5))["tone"]
    assert (found.change, found.wins, found.losses) == (0.0, 0, 0)


def test_a_value_that_vanishes_is_an_error() -> None:
    before = [replace(case(n, 1.0), scores={"pass_rate": (1.0,), "tone": (0.9,)}) for n in range(50)]
    now = [case(n, 1.0) if n < 15 else before[n] for n in range(50)]
    found = judged(before, now, drop("tone", 0.2))["tone"]
    assert found.verdict is Verdict.ERROR
    assert found.why == ("15 of the cases that had a value in the baseline have none now",)


STAYS = ", if the drop stays as it is"


@pytest.mark.parametrize(
    ("count", "losses", "wins", "rules", "said"),
    [
        (10, 0, 0, 0, "10 cases cannot tell; about 63 more would"),
        (30, 0, 0, 0, "30 cases cannot tell; about 43 more would"),
        (60, 5, 0, 0, "60 cases cannot tell (p 0.062); about 6 more would, if the drop stays as it is"),
        (
            200,
            18,
            6,
            11,
            f"200 cases cannot tell (p 0.023, 0.27 corrected over 12 metrics); about 95 more would{STAYS}",
        ),
    ],
)
def test_how_many_more_cases(count: int, losses: int, wins: int, rules: int, said: str) -> None:
    """Found by the test and the interval themselves, not by a rule of thumb."""
    names = [f"m{number}" for number in range(rules)]

    def side(passed: list[float]) -> list[CaseScores]:
        return [
            replace(case(at), scores={"pass_rate": (value,), **dict.fromkeys(names, (1.0,))})
            for at, value in enumerate(passed)
        ]

    before = side([1.0] * losses + [0.0] * wins + [1.0] * (count - losses - wins))
    now = side([0.0] * losses + [1.0] * wins + [1.0] * (count - losses - wins))
    now = [replace(each, hashes=("1" * 16,)) for each in now]  # other answers, or it would be the same run
    found = judged(before, now, drop("pass_rate", 0.05), *(drop(name, 0.5) for name in names))["pass_rate"]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.why == (said,)


def test_a_drop_of_just_what_is_tolerated_is_said_to_be_that() -> None:
    before = [case(n, 1.0) for n in range(100)]
    now = [case(n, float(n >= 10)) for n in range(100)]
    found = judged(before, now, drop("pass_rate", 0.1))["pass_rate"]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.why == ("100 cases cannot tell: the drop that is seen is just what is tolerated",)


def test_clusters_are_what_is_missing() -> None:
    before = [case(n, 1.0, cluster=f"g{n // 10}") for n in range(40)]
    now = [case(n, 0.0, cluster=f"g{n // 10}") for n in range(40)]
    found = judged(before, now, drop("pass_rate", 0.05))["pass_rate"]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.detectable == float("inf"), "four clusters cannot reach the level, whatever breaks"
    assert "(4 clusters)" in found.why[0]
    assert "about 2 more clusters would" in found.why[0]


def test_how_many_more_cases_of_graded_scores() -> None:
    """So many of the same kind are enough, and half of them are not: the test itself says so."""
    fell = [0.5, 0.4, 0.3, 0.3, 0.2, -0.1, -0.2, 0.0]

    def found(times: int) -> MetricChange:
        before = [case(n, 0.6, metric="tone") for n in range(8 * times)]
        now = [case(n, 0.6 - fell[n % 8], metric="tone") for n in range(8 * times)]
        return judged(before, now, drop("tone", 0.05))["tone"]

    assert found(1).verdict is Verdict.INCONCLUSIVE
    assert "; about 6 more would, if the drop stays as it is" in found(1).why[0]
    assert found(2).verdict is Verdict.REGRESSED


def test_what_can_be_seen_is_beyond_what_is_tolerated() -> None:
    before = [case(n, 1.0) for n in range(1000)]
    now = [case(n, float(n >= 40)) for n in range(1000)]
    loose = judged(before, now, drop("pass_rate", 0.05))["pass_rate"]
    strict = judged(before, now, drop("pass_rate", 0.0))["pass_rate"]
    assert loose.detectable is not None
    assert strict.detectable is not None
    assert strict.detectable < 0.03 < 0.05 < loose.detectable < 0.06


def test_the_clusters_of_the_baseline_count() -> None:
    """A change that puts every case into one cluster cannot make its drop disappear."""
    before = [case(n, 1.0) for n in range(60)]
    now = [case(n, float(n > 15), cluster="one") for n in range(60)]
    (comparison,) = compare_stored([(baseline(*before), baseline(*now), None)])
    assert comparison.verdict is Verdict.REGRESSED
    assert "clusters of cases" in comparison.causes


def test_noise_of_clusters_is_that_of_clusters() -> None:
    before = [case(n, 1.0, cluster=f"g{n // 10}") for n in range(100)]
    now = [replace(case(n, float(n >= 10), cluster=f"g{n // 10}"), hashes=("1" * 16,)) for n in range(100)]
    (comparison,) = compare_stored([(baseline(*before), baseline(*now), None)])
    assert comparison.attribution is not None
    assert comparison.attribution.noise is not None
    assert comparison.attribution.noise.deviation == pytest.approx(0.1)


@pytest.mark.parametrize("metric", ["pass_rate", "pass@2", "pass^2", "score", "tone"])
def test_what_rests_on_another_judge_is_not_compared(metric: str) -> None:
    cases = [
        replace(case(n, 1.0, 0.0), scores={"pass_rate": (1.0, 0.0), "tone": (0.9, 0.2), "score": (0.9, 0.2)})
        for n in range(20)
    ]
    before, now = (
        replace(baseline(*cases), judges={"tone": {"model": "m", "resolved": [name], "noise": None}})
        for name in ("m-1", "m-2")
    )
    (found,) = suites((before, now, (drop(metric, 0.05),)))
    assert found[metric].verdict is Verdict.INCOMPARABLE
    assert found[metric].why == ("its judge changed: m-1 → m-2",)
