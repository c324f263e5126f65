"""What stored usage would have cost at another price: a change of price is no change of the answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmops_cli.compare.scores import COST_PLACES
from llmops_cli.models.answer import Usage
from llmops_cli.models.price import FREE, Price, is_loaded, own_price, price_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from llmops_cli.compare.scores import CaseScores, Scores
    from llmops_cli.evals.result import Outcome, SubjectResult

_ROUNDING = 2 * 10.0**-COST_PLACES
"""How far a cost may lie from its price: stored costs are rounded, and so are means of tokens."""


def stored_price(scores: Scores, likely: Iterable[Price]) -> Price | None:
    """The price that the costs of some scores were reckoned with; None where nobody can tell.

    What the file says counts; an older one does not say it, and then it is a likely price that gives every
    cost, or the one that the costs and tokens themselves give.
    """
    entry = scores.prices.get(scores.model)
    if entry is not None:
        return Price.of(entry)
    priced = [
        case for case in scores.cases.values() if _usage(case) is not None and case.cost_usd is not None
    ]
    if not priced:
        return None
    candidates = list(likely)
    candidates += [price for price in (_solved(priced), *_scaled(candidates, priced[0])) if price is not None]
    return next((price for price in candidates if _explains(price, priced)), None)


@dataclass(frozen=True, slots=True)
class PriceMove:
    """A model's price when its baseline was accepted, and now."""

    model: str
    before: Price
    now: Price

    def __str__(self) -> str:
        return moved_text(self.before, self.now)


def moved_text(before: Price | None, now: Price | None) -> str:
    """How a price moved; None is the one of the list."""
    if before is None or now is None:
        return f"{before or 'that of the list'} → {now or 'that of the list'}"
    kinds = (("in", "input_per_million"), ("out", "output_per_million"))
    rates = [(kind, getattr(before, name), getattr(now, name)) for kind, name in kinds]
    told = [f"{kind} ${was:g} → ${becomes:g}" for kind, was, becomes in rates if was != becomes]
    return f"{', '.join(told)} per million tokens" if told else "of cached tokens"


def price_move(
    baseline: Scores,
    prices: Mapping[str, Mapping[str, float]],
    before: Mapping[str, Mapping[str, float]] | None = None,
) -> PriceMove | None:
    """How the price of a baseline's model moved since it was accepted; None where it did not.

    `prices` are the project's own now, `before` those of the base. A price that is only in the list counts
    where the list is loaded: a run that asks nobody does not wait for it, and its answers keep their costs.
    """
    model = baseline.model
    now = price_of(model, prices) if is_loaded() else own_price(model, prices)
    if now is None or now == FREE:
        return None
    earlier = own_price(model, before or {})
    was = stored_price(baseline, [now] if earlier is None else [now, earlier])
    return None if was is None or was == now else PriceMove(model, was, now)


def at_price_now(baseline: Scores, prices: Mapping[str, Mapping[str, float]]) -> Scores:
    """A baseline at the price of today."""
    move = price_move(baseline, prices)
    return baseline if move is None else at_price(baseline, move.before, move.now)


def at_price(scores: Scores, was: Price, now: Price) -> Scores:
    """The same scores with the costs of their tokens at another price; what else they cost stays."""
    cases = {
        id_: case if case.cost_usd is None else replace(case, cost_usd=_cost(case, case.cost_usd, was, now))
        for id_, case in scores.cases.items()
    }
    return replace(scores, cases=cases, prices={**scores.prices, scores.model: now.to_json()})


def at_price_of(old: Scores, new: Scores) -> Scores:
    """Stored scores at the price of others, where both say theirs and the model is one."""
    was, now = old.prices.get(old.model), new.prices.get(new.model)
    if was is None or now is None or old.model != new.model or Price.of(was) == Price.of(now):
        return old
    return at_price(old, Price.of(was), Price.of(now))


def result_at_price(result: SubjectResult, price: Price) -> SubjectResult:
    """A result with the answers of its model at another price, those of known usage."""
    return replace(result, outcomes=tuple(_outcome_at(outcome, price) for outcome in result.outcomes))


def _outcome_at(outcome: Outcome, price: Price) -> Outcome:
    answer = outcome.answer
    if answer is None or answer.cost_usd is None or answer.source == "recorded":
        return outcome
    if answer.usage.input_tokens is None or answer.usage.output_tokens is None:
        return outcome
    return replace(outcome, answer=replace(answer, cost_usd=price.cost(answer.usage)))


def _usage(case: CaseScores) -> tuple[float, float] | None:
    if case.input_tokens is None or case.output_tokens is None:
        return None
    return case.input_tokens, case.output_tokens


def _plain_cost(price: Price, tokens: tuple[float, float]) -> float:
    """What tokens cost when none is cached: means of repeats are no whole numbers, and cost all the same."""
    return price.cost(Usage(*tokens))  # type: ignore[arg-type]


def _cost(case: CaseScores, cost: float, was: Price, now: Price) -> float | None:
    """A stored cost at another price. A judge's part of it stays; so does the rebate for cached tokens."""
    tokens = _usage(case)
    if tokens is None:
        return None
    before, after = _plain_cost(was, tokens), _plain_cost(now, tokens)
    if cost >= before - _ROUNDING:
        return round(max(0.0, cost - before) + after, COST_PLACES)
    return round(cost * after / before, COST_PLACES)


def _explains(price: Price, cases: Sequence[CaseScores]) -> bool:
    """Whether a price gives every cost."""
    return all(
        tokens is not None
        and case.cost_usd is not None
        and abs(_plain_cost(price, tokens) - case.cost_usd) <= _ROUNDING + 1e-6 * case.cost_usd
        for case in cases
        for tokens in [_usage(case)]
    )


def _scaled(prices: Iterable[Price], case: CaseScores) -> Iterator[Price]:
    """Prices with both rates so much higher or lower that they give the cost of one case."""
    tokens = _usage(case)
    for price in prices:
        plain = _plain_cost(price, tokens) if tokens is not None else 0.0
        if plain and case.cost_usd is not None:
            factor = case.cost_usd / plain
            per_input, per_output = factor * price.input_per_million, factor * price.output_per_million
            yield Price(per_input, per_output, per_input, per_input)


def _solved(cases: Sequence[CaseScores]) -> Price | None:
    """The two rates that lie nearest to all costs; None where the tokens do not tell them apart."""
    rows = [
        (*tokens, case.cost_usd) for case in cases if (tokens := _usage(case)) and case.cost_usd is not None
    ]
    in_in = sum(into * into for into, _, _ in rows)
    out_out = sum(out * out for _, out, _ in rows)
    in_out = sum(into * out for into, out, _ in rows)
    in_cost = sum(into * cost for into, _, cost in rows)
    out_cost = sum(out * cost for _, out, cost in rows)
    determinant = in_in * out_out - in_out * in_out
    if determinant <= 1e-9 * in_in * out_out:
        return None
    per_input = (in_cost * out_out - out_cost * in_out) / determinant * 1e6
    per_output = (out_cost * in_in - in_cost * in_out) / determinant * 1e6
    if per_input < 0 or per_output < 0:
        return None
    return Price(per_input, per_output, per_input, per_input)
