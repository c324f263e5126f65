"""Anthropic's Messages API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmops_cli.models.answer import Answer, Usage
from llmops_cli.models.clients.anthropic_shape import NOT_SENT, messages_body
from llmops_cli.models.clients.chat_shape import check_params, whole
from llmops_cli.models.clients.failures import bad_answer
from llmops_cli.models.clients.transport import Reply, Transport

if TYPE_CHECKING:
    from collections.abc import Callable

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
        self._transport = Transport(provider, url, timeout_s=settings.timeout_s)

    async def answer(self, request: Request) -> Answer:
        """Ask once. Raises a CallError."""
        check_params(request)
        body = messages_body(request)
        for name in sorted((NOT_SENT & request.params.keys()) - self._told):
            self._told.add(name)
            self._report(f"{self._provider.name}: `{name}` is not sent, Anthropic has no such param")
        return self._read(await self._transport.post("/v1/messages", body, self._headers), request)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    def _read(self, reply: Reply, request: Request) -> Answer:
        data = reply.data
        try:
            blocks = data["content"]
            text = "".join(block["text"] for block in blocks if block["type"] == "text")
            calls = tuple(_tool_call(block) for block in blocks if block["type"] == "tool_use")
            reason = data.get("stop_reason") or ""
        except (KeyError, TypeError) as error:
            shown = json.dumps(data, ensure_ascii=False)
            raise bad_answer(self._provider, "the answer is not a message", shown) from error
        return Answer(
            text=text,
            requested=request.model,
            resolved=data.get("model") or None,
            finish_reason=_FINISH.get(reason, reason) or None,
            tool_calls=calls,
            usage=_usage(data.get("usage")),
            latency_s=reply.seconds,
            request_id=reply.headers.get("request-id") or data.get("id"),
        )


def _tool_call(block: dict[str, Any]) -> dict[str, Any]:
    arguments = json.dumps(block["input"], ensure_ascii=False)
    return {
        "id": block["id"],
        "type": "function",
        "function": {"name": block["name"], "arguments": arguments},
    }


def _usage(usage: Any) -> Usage:
    if not isinstance(usage, dict):
        return Usage()
    fresh = whole(usage.get("input_tokens"))
    read = whole(usage.get("cache_read_input_tokens"))
    written = whole(usage.get("cache_creation_input_tokens"))
    return Usage(
        # Anthropic counts the cached parts apart; here `input_tokens` is the whole prompt for every provider.
        input_tokens=None if fresh is None else fresh + (read or 0) + (written or 0),
        output_tokens=whole(usage.get("output_tokens")),
        cached_tokens=read,
        cache_write_tokens=written,
    )
