"""The price that stored costs were reckoned with, found again from tokens and costs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.compare.pricing import at_price, stored_price
from llmops_cli.compare.scores import COST_PLACES
from llmops_cli.models.answer import Usage
from llmops_cli.models.price import Price
from tests.compare.stored import baseline, case

if TYPE_CHECKING:
    from llmops_cli.compare.scores import Scores

RATES = st.floats(0.01, 100, allow_nan=False).map(lambda rate: round(rate, 3))
TOKENS = st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 2000)), min_size=1, max_size=20)


def price(per_input: float, per_output: float) -> Price:
    return Price(per_input, per_output, per_input, per_input)


def spent(tokens: list[tuple[int, int]], at: Price, more: float = 0.0) -> Scores:
    """Scores of cases that used these tokens at a price, and something else beside."""
    return baseline(
        *(
            case(
                number,
                1.0,
                input_tokens=float(into),
                output_tokens=float(out),
                cost_usd=round(at.cost(Usage(into, out)) + more, COST_PLACES),
            )
            for number, (into, out) in enumerate(tokens)
        )
    )


@given(TOKENS, RATES, RATES, RATES, RATES)
def test_costs_at_another_price_are_those_of_the_tokens(
    tokens: list[tuple[int, int]], per_input: float, per_output: float, now_in: float, now_out: float
) -> None:
    now = price(now_in, now_out)
    before = spent(tokens, price(per_input, per_output))
    was = stored_price(before, [now])
    if was is None:
        return  # rounded costs that no price gives exactly: nobody can tell
    wanted = spent(tokens, now)
    for id_, kept in at_price(before, was, now).cases.items():
        assert kept.cost_usd == pytest.approx(wanted.cases[id_].cost_usd, rel=1e-3, abs=1e-7)


def test_a_price_is_found_where_tokens_differ_and_where_all_are_alike() -> None:
    found = stored_price(spent([(100, 10), (40, 90), (800, 3)], price(2.5, 10)), [])
    assert found is not None
    assert (found.input_per_million, found.output_per_million) == pytest.approx((2.5, 10), rel=1e-3)
    alike = spent([(40, 2), (40, 2)], price(1, 1))
    assert stored_price(alike, []) is None, "any price gives these costs"
    was = stored_price(alike, [price(3, 3)])
    assert was is not None
    repriced = at_price(alike, was, price(3, 3))
    assert [kept.cost_usd for kept in repriced.cases.values()] == pytest.approx([0.000126] * 2)


def test_what_the_file_says_counts_and_a_judge_keeps_its_part() -> None:
    before = replace(spent([(100, 10)], price(2, 2), more=0.5), prices={"m/n": price(2, 2).to_json()})
    was = stored_price(before, [price(9, 9)])
    assert was == price(2, 2)
    (only,) = at_price(before, price(2, 2), price(4, 4)).cases.values()
    assert only.cost_usd == pytest.approx(0.5 + 110 * 4e-6)


def test_costs_of_something_else_say_nothing_of_a_price() -> None:
    assert stored_price(spent([(100, 10), (40, 90), (800, 3)], price(2, 2), more=0.5), [price(1, 1)]) is None
