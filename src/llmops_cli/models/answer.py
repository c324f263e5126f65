"""What comes back from a model call, and the one door through which it comes in."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from llmops_cli.models.checks import (
    NotAnAnswerError,
    count_in,
    is_amount,
    is_count,
    is_label,
    is_name,
    is_text,
    name_in,
    require_json,
    text_in,
    tool_calls_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmops_cli.core.redact import Secrets
    from llmops_cli.models.reply import Reply

Source = Literal["live", "cache", "replay", "recorded"]
"""How an answer was come by: asked now, from the answer cache, from a cassette, written in the case."""
_SOURCES = frozenset(get_args(Source))


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

    @classmethod
    def of(cls, counts: Mapping[str, Any]) -> Usage:
        """What a provider counted. A count that is none is not known, and so is a part beyond its whole."""
        usage = cls(**{name: count_in(counts.get(name)) for name in _COUNTS})
        parts = (usage.cached_tokens or 0) + (usage.cache_write_tokens or 0)
        if usage.input_tokens is not None and parts > usage.input_tokens:
            usage = cls(usage.input_tokens, usage.output_tokens, reasoning_tokens=usage.reasoning_tokens)
        if usage.output_tokens is not None and (usage.reasoning_tokens or 0) > usage.output_tokens:
            whole = (usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.cache_write_tokens)
            usage = cls(*whole)
        return usage


_COUNTS = tuple(part.name for part in fields(Usage))


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

    @classmethod
    def from_reply(cls, reply: Reply, requested: str, secrets: Secrets) -> Answer:
        """The answer in a reply: the only way in for what a provider says.

        An odd part that an answer can do without is not known. No secret comes along, not even where the
        model repeats it. Raises NotAnAnswerError for odd text and tool calls.
        """
        text, calls = text_in(reply.text), tool_calls_in(reply.tool_calls)
        model, reason = name_in(reply.model), name_in(reply.finish_reason)
        name = next((id_ for id_ in reply.ids if is_name(id_)), None)
        answer = cls(
            text=text,
            requested=requested,
            resolved=model,
            finish_reason=reason,
            tool_calls=calls,
            usage=Usage.of(reply.usage),
            latency_s=reply.seconds,
            first_token_s=reply.first_token_s,
            request_id=name,
        )
        return answer.without(secrets)

    def without(self, secrets: Secrets) -> Answer:
        """The same answer, and no secret in it: what was kept may be older than the secret."""
        names = (self.resolved, self.finish_reason, self.request_id)
        resolved, reason, request_id = (None if name is None else secrets.mask(name) for name in names)
        return replace(
            self,
            text=secrets.mask(self.text),
            resolved=resolved,
            finish_reason=reason,
            request_id=request_id,
            tool_calls=tuple(secrets.masked(call) for call in self.tool_calls),
        )

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back, without what is unknown or empty."""
        # `dataclasses.asdict` copies deeply, which takes longer than all the rest of writing a journal.
        data = {name: value for name in self.__slots__ if (value := getattr(self, name)) not in (None, ())}
        data["usage"] = {name: value for name in _COUNTS if (value := getattr(self.usage, name)) is not None}
        if self.tool_calls:
            data["tool_calls"] = list(self.tool_calls)
        return data

    @classmethod
    def from_json(cls, data: Any, *, source: Source | None = None) -> Answer:
        """Read what `to_json` wrote. Raises NotAnAnswerError where any part of it is not what it wrote."""
        try:
            parts = dict(data)
            parts["usage"] = Usage(**parts.get("usage", {}))
            parts["tool_calls"] = tuple(parts.get("tool_calls", ()))
            if source is not None:
                parts["source"] = source
            answer = cls(**parts)
        except (TypeError, ValueError) as error:
            raise NotAnAnswerError(f"it is no answer: {error}") from None
        return answer._checked()

    def _checked(self) -> Answer:
        """The same answer. Raises NotAnAnswerError where a part of it is none."""
        for name, may in _PARTS:
            value = getattr(self, name)
            if value is not None and not may(value):
                raise NotAnAnswerError(f"`{name}` of the answer is odd")
        for name in _COUNTS:
            count = getattr(self.usage, name)
            if count is not None and not is_count(count):
                raise NotAnAnswerError(f"`usage.{name}` of the answer is odd")
        for call in self.tool_calls:
            if type(call) is not dict:
                raise NotAnAnswerError("a tool call of the answer is no mapping")
            require_json(call)
        if self.text is None or self.requested is None or self.attempts is None or self.source is None:
            raise NotAnAnswerError("the answer lacks a part")
        return self


_PARTS: tuple[tuple[str, Callable[[Any], bool]], ...] = (
    ("text", is_text),
    ("requested", is_text),
    ("resolved", is_label),
    ("finish_reason", is_label),
    ("request_id", is_label),
    ("cost_usd", is_amount),
    ("latency_s", is_amount),
    ("first_token_s", is_amount),
    ("attempts", is_count),
    ("source", lambda source: type(source) is str and source in _SOURCES),
)
"""What each part of an answer may be, where it is there."""
