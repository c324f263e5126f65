"""OpenAI's chat completions, and every server that speaks them: vLLM, Ollama, llama.cpp, gateways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.models.clients.chat_shape import chat_body, read_chat
from llmops_cli.models.clients.door import admit
from llmops_cli.models.clients.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmops_cli.models.answer import Answer
    from llmops_cli.models.reply import Reply
    from llmops_cli.models.request import Request
    from llmops_cli.models.settings import ModelSettings, ProviderSettings

DEFAULT_URL = "https://api.openai.com/v1"


class OpenAIClient:
    """Chat completions over HTTP.

    Params are sent as written, so a reasoning model that wants `max_completion_tokens` gets what the prompt
    file says, and a param that the provider does not know is the provider's own 400. `output` becomes
    `response_format` unless params hold one.
    """

    def __init__(
        self, provider: ProviderSettings, settings: ModelSettings, _report: Callable[[str], None]
    ) -> None:
        self._provider = provider
        self._headers = dict(provider.headers)
        if provider.api_key:
            self._headers["authorization"] = f"Bearer {provider.api_key}"
        url = provider.base_url or DEFAULT_URL
        self._transport = Transport(provider, url, settings)

    async def answer(self, request: Request) -> Answer:
        """Ask once. Raises a CallError."""
        reply = await self._transport.post(
            "/chat/completions", chat_body(request, request.name), self._headers
        )

        def read(data: Mapping[str, Any]) -> Reply:
            return read_chat(data, seconds=reply.seconds, request_id=reply.headers.get("x-request-id"))

        return admit(reply.data, read, request, self._provider, headers=reply.headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()
