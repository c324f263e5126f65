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
        usage = cls(*(count_in(counts.get(name)) for name in _COUNTS))
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
        name = next((name for id_ in reply.ids if (name := name_in(id_))), None)
        return cls(
            text=secrets.mask(text),
            requested=requested,
            resolved=_masked(model, secrets),
            finish_reason=_masked(reason, secrets),
            tool_calls=tuple(secrets.masked(call) for call in calls),
            usage=Usage.of(reply.usage),
            latency_s=reply.seconds,
            first_token_s=reply.first_token_s,
            request_id=_masked(name, secrets),
        )

    def without(self, secrets: Secrets) -> Answer:
        """The same answer, and no secret in it: what was kept may be older than the secret."""
        return replace(
            self,
            text=secrets.mask(self.text),
            resolved=_masked(self.resolved, secrets),
            finish_reason=_masked(self.finish_reason, secrets),
            request_id=_masked(self.request_id, secrets),
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
        answer._require_sound()
        return answer

    def _require_sound(self) -> None:
        """Raise NotAnAnswerError where a part of it is none."""
        if not self._is_plainly_sound():
            for name, (may, may_be_none) in _PARTS.items():
                value = getattr(self, name)
                if not (may_be_none if value is None else may(value)):
                    raise NotAnAnswerError(f"`{name}` of the answer is odd")
        for name in _COUNTS:
            count = getattr(self.usage, name)
            if count is not None and not is_count(count):
                raise NotAnAnswerError(f"`usage.{name}` of the answer is odd")
        for call in self.tool_calls:
            if type(call) is not dict:
                raise NotAnAnswerError("a tool call of the answer is no mapping")
            require_json(call)

    def _is_plainly_sound(self) -> bool:
        """Whether each part is what `_PARTS` says: at once, for a cached run reads thousands of them."""
        return (
            type(self.text) is str
            and type(self.requested) is str
            and (self.resolved is None or is_label(self.resolved))
            and (self.finish_reason is None or is_label(self.finish_reason))
            and (self.request_id is None or is_label(self.request_id))
            and (self.cost_usd is None or is_amount(self.cost_usd))
            and (self.latency_s is None or is_amount(self.latency_s))
            and (self.first_token_s is None or is_amount(self.first_token_s))
            and type(self.attempts) is int
            and self.attempts > 0
            and type(self.source) is str
            and self.source in _SOURCES
        )


def _masked(name: str | None, secrets: Secrets) -> str | None:
    return None if name is None else secrets.mask(name)


_PARTS: dict[str, tuple[Callable[[Any], bool], bool]] = {
    "text": (is_text, False),
    "requested": (is_text, False),
    "resolved": (is_label, True),
    "finish_reason": (is_label, True),
    "request_id": (is_label, True),
    "cost_usd": (is_amount, True),
    "latency_s": (is_amount, True),
    "first_token_s": (is_amount, True),
    "attempts": (lambda value: type(value) is int and value > 0, False),
    "source": (lambda value: type(value) is str and value in _SOURCES, False),
}
"""What each part of an answer may be, and whether it may be None."""
