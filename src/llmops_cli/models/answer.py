"""What comes back from a model call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Source = Literal["live", "cache", "replay", "recorded"]
"""How an answer was come by: asked now, from the answer cache, from a cassette, written in the case."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. None means that the provider did not say; it never means zero.

    `cached_tokens` is the part of `input_tokens` read from the provider's prompt cache,
    `cache_write_tokens` the part written to it, `reasoning_tokens` the hidden part of `output_tokens`.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a model.

    `text` is the message content ("" when the model only called tools). `tool_calls` are OpenAI-style
    dicts. `cost_usd` is None when unknown. `latency_s` is the duration of the last attempt in seconds,
    `attempts` counts all of them. `resolved` is the model that the provider says has answered.
    """

    text: str
    requested: str
    resolved: str | None = None
    finish_reason: str | None = None
    tool_calls: tuple[dict[str, Any], ...] = ()
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = None
    latency_s: float | None = None
    first_token_s: float | None = None
    request_id: str | None = None
    attempts: int = 1
    source: Source = "live"

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back, without what is unknown or empty."""
        # `dataclasses.asdict` copies deeply, which takes longer than all the rest of writing a journal.
        data = {name: value for name in self.__slots__ if (value := getattr(self, name)) not in (None, ())}
        data["usage"] = {
            name: value for name in Usage.__slots__ if (value := getattr(self.usage, name)) is not None
        }
        if self.tool_calls:
            data["tool_calls"] = list(self.tool_calls)
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any], *, source: Source | None = None) -> Answer:
        """Read what `to_json` wrote. Raises KeyError or TypeError when it was not an answer."""
        fields = dict(data)
        fields["usage"] = Usage(**fields.get("usage", {}))
        fields["tool_calls"] = tuple(fields.get("tool_calls", ()))
        if source is not None:
            fields["source"] = source
        return cls(**fields)
