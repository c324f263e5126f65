"""Pairs of cases become one change of a metric, whichever way they are stored."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.compare.compare import compare_stored
from llmops_cli.compare.scores import Scores, column, is_measured, measured
from llmops_cli.evals.metric import AMOUNTS, COST, MEASURED, metric_of
from tests.compare.stored import baseline, case

if TYPE_CHECKING:
    from llmops_cli.compare.metric_change import MetricChange

values = st.lists(st.sampled_from([0.0, 0.5, 1.0]), max_size=3).map(tuple)


def changes(before: Scores, now: Scores) -> dict[str, MetricChange]:
    (comparison,) = compare_stored([(before, now, None)])
    return {change.metric.name: change for change in comparison.metrics}


@given(st.lists(st.tuples(values, values, st.none() | st.floats(0, 9)), min_size=1, max_size=6))
def test_a_column_is_the_mean_of_each_case(
    drawn: list[tuple[tuple[float, ...], tuple[float, ...], float | None]],
) -> None:
    cases = [
        replace(case(number), scores={"pass_rate": passes, "tone": tone}, cost_usd=cost, latency_s=cost)
        for number, (passes, tone, cost) in enumerate(drawn)
    ]
    metrics = [*map(metric_of, ("pass_rate", "tone", "none", "pass@1", "pass^2", "latency_p95")), *AMOUNTS]
    for metric in metrics:
        assert column(cases, metric) == [found.value(metric) for found in cases]
    side = baseline(*cases)
    for metric in MEASURED:
        assert is_measured(side, metric) == bool(measured(side, metric))


def test_what_a_scorer_gives_is_a_score_even_under_the_name_of_an_amount() -> None:
    side = baseline(case(1, 0.5, metric="cost_usd", cost_usd=3.0), case(2, 1.0, metric="cost_usd"))
    assert measured(side, side.metric("cost_usd")) == {"c001": 0.5, "c002": 1.0}
    assert measured(side, COST) == {"c001": 3.0}


def test_metrics_are_named_in_the_order_they_are_seen_the_pass_rate_first() -> None:
    side = baseline(case(1, 0.5, metric="tone"), case(2, 1.0), case(3, 0.5, metric="brevity"))
    assert side.metric_names == ["pass_rate", "tone", "brevity"]
    assert list(side.metrics) == side.metric_names


def test_only_cases_that_have_a_metric_on_both_sides_are_pairs() -> None:
    before = baseline(*(case(n, 1.0, cost_usd=1.0) for n in range(6)))
    now = baseline(
        *(case(n, 0.0, cost_usd=None if n == 2 else 3.0) for n in range(5)), case(9, 1.0, cost_usd=2.0)
    )
    found = changes(before, now)
    assert (found["pass_rate"].pairs, found["pass_rate"].losses) == (5, 5)
    assert found["pass_rate"].now == pytest.approx(1 / 6)
    assert (found["cost_usd"].pairs, found["cost_usd"].change) == (4, 2.0)


def test_clusters_and_repeats_reach_the_test() -> None:
    before = baseline(*(case(n, 1.0, 1.0, cluster=f"g{n // 2}") for n in range(12)))
    now = baseline(*(case(n, 1.0, float(n % 3 == 0), cluster=f"g{n // 2}") for n in range(12)))
    found = changes(before, now)["pass_rate"]
    assert (found.test, found.units, found.pairs) == ("sign-flip", 6, 12)
    assert found.p_value == pytest.approx(2 / 2**6)
    assert found.noise is not None
    assert found.noise > 0


def test_a_rise_of_what_should_be_low_is_for_the_worse_and_has_its_interval_above_0() -> None:
    # An amount of 0 or 1 is no yes or no.
    before = baseline(*(case(n, 1.0, input_tokens=0.0) for n in range(40)))
    now = baseline(*(case(n, 1.0, input_tokens=float(n < 12)) for n in range(40)))
    found = changes(before, now)["input_tokens"]
    assert (found.test, found.losses, found.wins, found.change) == ("sign-flip", 12, 0, 0.3)
    assert found.interval is not None
    assert 0.0 < found.interval.low < 0.3 < found.interval.high
