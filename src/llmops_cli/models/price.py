"""What a call cost, from genai-prices or from the project's own prices. Unknown is None, never 0."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.models.answer import Answer, Usage

# Our provider names -> those of genai-prices. A provider that is not here has no list price: the same model
# costs something else on every host.
_PROVIDERS = {
    "anthropic": "anthropic",
    "azure": "azure",
    "bedrock": "aws",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "fireworks_ai": "fireworks",
    "gemini": "google",
    "groq": "groq",
    "mistral": "mistral",
    "openai": "openai",
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "together_ai": "together",
    "vertex_ai": "google",
    "xai": "x-ai",
}

_MILLION = 1_000_000
_warming: list[threading.Thread] = []
_loaded = threading.Event()


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs: US dollars per million tokens of each kind.

    `date` is since when the list has it, "" where nobody says. Two prices are one where all rates are.
    """

    input_per_million: float
    output_per_million: float
    cached_per_million: float
    cache_write_per_million: float
    date: str = field(default="", compare=False)

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Price:
        """The price that the mapping of a model says. Raises KeyError where a rate is missing."""
        per_input = float(entry["input_per_million"])
        return cls(
            per_input,
            float(entry["output_per_million"]),
            float(entry.get("cached_per_million", per_input)),
            float(entry.get("cache_write_per_million", per_input)),
            str(entry.get("date", "")),
        )

    def to_json(self) -> dict[str, Any]:
        """A mapping that `of` reads back, without what goes without saying."""
        data: dict[str, Any] = {
            "input_per_million": self.input_per_million,
            "output_per_million": self.output_per_million,
        }
        for name in ("cached_per_million", "cache_write_per_million"):
            if getattr(self, name) != self.input_per_million:
                data[name] = getattr(self, name)
        return {**data, "date": self.date} if self.date else data

    def cost(self, usage: Usage) -> float:
        """What tokens cost, those of input and output known."""
        cached, written = usage.cached_tokens or 0, usage.cache_write_tokens or 0
        fresh = max(0, (usage.input_tokens or 0) - cached - written)
        total = fresh * self.input_per_million + (usage.output_tokens or 0) * self.output_per_million
        total += cached * self.cached_per_million + written * self.cache_write_per_million
        return total / _MILLION

    def __str__(self) -> str:
        return f"${self.input_per_million:g} in, ${self.output_per_million:g} out per million tokens"


FREE = Price(0.0, 0.0, 0.0, 0.0)
"""What a model in this process costs."""


def own_price(model: str, prices: Mapping[str, Mapping[str, float]]) -> Price | None:
    """The price that the project itself says, or that goes without saying; the list is not asked."""
    if model.startswith("local/"):
        return FREE
    entry = prices.get(model, {})
    if "input_per_million" not in entry or "output_per_million" not in entry:
        return None
    return Price.of(entry)


def price_of(
    model: str, prices: Mapping[str, Mapping[str, float]], *, resolved: str | None = None
) -> Price | None:
    """The price of a model now: the project's own, else that of the list, its lowest tier."""
    project_price = own_price(model, prices)
    provider = _PROVIDERS.get(model.partition("/")[0])
    if project_price is not None or provider is None:
        return project_price
    names = (resolved, model.partition("/")[2])
    return next((price for name in names if name and (price := _list_price(name, provider))), None)


def priced_anew(answer: Answer, prices: Mapping[str, Mapping[str, float]]) -> Answer:
    """An answer that was kept, at the project's own price of today; as it is where the project has none."""
    entry = prices.get(answer.requested)
    if entry is None:
        return answer
    return replace(answer, cost_usd=cost_of(answer.usage, answer.requested, prices=prices))


def has_list_price(model: str) -> bool:
    """Whether the price of `provider/name` has to be looked up in genai-prices."""
    return model.partition("/")[0] in _PROVIDERS


def warm() -> None:
    """Begin to load the price list in the background (0.3 s), while the network is waited for."""
    if not _warming:
        thread = threading.Thread(target=_load, name="llmops-prices", daemon=True)
        _warming.append(thread)
        thread.start()


def is_loaded() -> bool:
    """Whether `cost_of` answers at once."""
    return _loaded.is_set()


def _load() -> None:
    import genai_prices

    # The first calculation builds the index of models.
    genai_prices.calc_price(genai_prices.Usage(input_tokens=1), "gpt-4o-mini", provider_id="openai")
    _loaded.set()


def cost_of(
    usage: Usage,
    model: str,
    *,
    resolved: str | None = None,
    prices: Mapping[str, Mapping[str, float]] | None = None,
) -> float | None:
    """Cost of one call in USD, or None when its price or its tokens are not known.

    `prices` are the project's own and win over the list. The resolved model is priced before the requested
    one, which may be an alias. Local models cost nothing.
    """
    if model.startswith("local/"):
        return 0.0
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    if prices and model in prices:
        project_price = own_price(model, prices)
        return None if project_price is None else project_price.cost(usage)
    provider = _PROVIDERS.get(model.partition("/")[0])
    if provider is None:
        return None
    for name in (resolved, model.partition("/")[2]):
        cost = _list_cost(usage, name, provider) if name else None
        if cost is not None:
            return cost
    return None


@lru_cache(maxsize=4096)
def _list_cost(usage: Usage, name: str, provider: str) -> float | None:
    import genai_prices

    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_tokens,
        cache_write_tokens=usage.cache_write_tokens,
    )
    try:
        return float(genai_prices.calc_price(counted, name, provider_id=provider).total_price)
    except (LookupError, ValueError):  # an unknown model, or counts that contradict one another
        return None


@lru_cache(maxsize=256)
def _list_price(name: str, provider: str) -> Price | None:
    import genai_prices

    tokens = genai_prices.Usage(input_tokens=1, output_tokens=1)
    try:
        model = genai_prices.calc_price(tokens, name, provider_id=provider).model
    except (LookupError, ValueError):
        return None
    now = datetime.now(UTC)
    rates = model.get_prices(now)
    per_input, per_output = _rate(rates.input_mtok), _rate(rates.output_mtok)
    if per_input is None or per_output is None:
        return None
    cached, written = _rate(rates.cache_read_mtok), _rate(rates.cache_write_mtok)
    return Price(
        per_input,
        per_output,
        per_input if cached is None else cached,
        per_input if written is None else written,
        _since(model.prices, now),
    )


def _rate(rate: Any) -> float | None:
    """A rate of the list; of one with tiers the first."""
    first = getattr(rate, "base", rate)
    return None if first is None else float(first)


def _since(prices: Any, now: datetime) -> str:
    """Since when the list has the price of today; "" where it does not say."""
    entries = prices if isinstance(prices, list) else []
    dates = [getattr(entry.constraint, "start_date", None) for entry in entries]
    return max((day.isoformat() for day in dates if day is not None and day <= now.date()), default="")
