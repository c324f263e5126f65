"""What a call cost, from genai-prices or from the project's own prices. Unknown is None, never 0."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.models.answer import Usage

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
    entry = (prices or {}).get(model)
    if entry is not None:
        return _own_cost(usage, entry)
    provider = _PROVIDERS.get(model.partition("/")[0])
    if provider is None:
        return None
    for name in (resolved, model.partition("/")[2]):
        cost = _list_cost(usage, name, provider) if name else None
        if cost is not None:
            return cost
    return None


def _own_cost(usage: Usage, entry: Mapping[str, float]) -> float | None:
    if "input_per_million" not in entry or "output_per_million" not in entry:
        return None
    cached, written = usage.cached_tokens or 0, usage.cache_write_tokens or 0
    per_input = entry["input_per_million"]
    fresh = max(0, (usage.input_tokens or 0) - cached - written)
    total = fresh * per_input + (usage.output_tokens or 0) * entry["output_per_million"]
    total += cached * entry.get("cached_per_million", per_input)
    total += written * entry.get("cache_write_per_million", per_input)
    return total / _MILLION


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
