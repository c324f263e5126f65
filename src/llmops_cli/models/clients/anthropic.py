"""Anthropic's Messages API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmops_cli.models.checks import NotAnAnswerError, count_in, require_json
from llmops_cli.models.clients.anthropic_shape import NOT_SENT, messages_body
from llmops_cli.models.clients.chat_shape import check_params
from llmops_cli.models.clients.door import admit
from llmops_cli.models.clients.transport import Transport
from llmops_cli.models.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmops_cli.models.answer import Answer
    from llmops_cli.models.request import Request
    from llmops_cli.models.settings import ModelSettings, ProviderSettings

DEFAULT_URL = "https://api.anthropic.com"
VERSION = "2023-06-01"

# One vocabulary for every provider, so that a scorer can ask for `length` without knowing who answered.
_FINISH = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls"}


class AnthropicClient:
    """Messages over HTTP, from and to OpenAI-style requests.

    System messages become `system`, in their order. `max_tokens` is 1024 when the prompt file has none (the
    API demands one); `max_completion_tokens` and `stop` become `max_tokens` and `stop_sequences`;
    `tool_choice` and `parallel_tool_calls` are translated. `seed` is left out, because Anthropic has none and
    it asks for nothing but reproducibility; the first call says so. Every other param is sent as written, and
    one that Anthropic does not know is its 400. `output` becomes `output_config.format`.
    """

    def __init__(
        self, provider: ProviderSettings, settings: ModelSettings, report: Callable[[str], None]
    ) -> None:
        self._provider = provider
        self._report = report
        self._told: set[str] = set()
        self._headers = {"anthropic-version": VERSION, **provider.headers}
        if provider.api_key:
            self._headers["x-api-key"] = provider.api_key
        # Both forms of the address are in use: with and without /v1.
        url = (provider.base_url or DEFAULT_URL).rstrip("/").removesuffix("/v1")
        self._transport = Transport(provider, url, settings)

    async def answer(self, request: Request) -> Answer:
        """Ask once. Raises a CallError."""
        check_params(request)
        body = messages_body(request)
        for name in sorted((NOT_SENT & request.params.keys()) - self._told):
            self._told.add(name)
            self._report(f"{self._provider.name}: `{name}` is not sent, Anthropic has no such param")
        reply = await self._transport.post("/v1/messages", body, self._headers)

        def read(data: Mapping[str, Any]) -> Reply:
            return read_message(data, seconds=reply.seconds, request_id=reply.headers.get("request-id"))

        return admit(reply.data, read, request, self._provider, headers=reply.headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()


def read_message(data: Mapping[str, Any], *, seconds: float, request_id: str | None) -> Reply:
    """What a message says that took so long, and has this id in its headers.

    Raises NotAnAnswerError when it has another shape.
    """
    reason, error = data.get("stop_reason"), data.get("error")
    if error or reason == "error":
        return Reply(None, error=error, finish_reason=reason)
    blocks = data.get("content")
    if not isinstance(blocks, list):
        raise NotAnAnswerError("it has no list `content`")
    if not all(isinstance(block, dict) and isinstance(block.get("type"), str) for block in blocks):
        raise NotAnAnswerError("a block of the content has no type")
    if any(type(block.get("text")) is not str for block in blocks if block["type"] == "text"):
        raise NotAnAnswerError("a block of the content has no text")
    return Reply(
        text="".join(block["text"] for block in blocks if block["type"] == "text"),
        tool_calls=[_tool_call(block) for block in blocks if block["type"] == "tool_use"],
        finish_reason=_FINISH.get(reason, reason) if isinstance(reason, str) else None,
        model=data.get("model"),
        usage=_usage(data.get("usage")),
        ids=(request_id, data.get("id")),
        seconds=seconds,
    )


def _tool_call(block: dict[str, Any]) -> dict[str, Any]:
    inputs = block.get("input")
    if not isinstance(inputs, dict):
        raise NotAnAnswerError("the input of a tool call is no mapping")
    require_json(inputs)
    arguments = json.dumps(inputs, ensure_ascii=False)
    return {
        "id": block.get("id"),
        "type": "function",
        "function": {"name": block.get("name"), "arguments": arguments},
    }


def _usage(usage: Any) -> dict[str, Any]:
    if not isinstance(usage, dict):
        return {}
    fresh = count_in(usage.get("input_tokens"))
    read = count_in(usage.get("cache_read_input_tokens"))
    written = count_in(usage.get("cache_creation_input_tokens"))
    return {
        # Anthropic counts the cached parts apart; here `input_tokens` is the whole prompt for every provider.
        "input_tokens": None if fresh is None else fresh + (read or 0) + (written or 0),
        "output_tokens": usage.get("output_tokens"),
        "cached_tokens": read,
        "cache_write_tokens": written,
    }
