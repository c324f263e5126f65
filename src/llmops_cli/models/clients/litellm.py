"""Every other provider, through litellm: slow to import (2 to 3 s), so only when such a model is called."""

from __future__ import annotations

import json
import time
import warnings
from typing import TYPE_CHECKING, Any

from llmops_cli.core.environment import settle
from llmops_cli.core.errors import CallError, CallTimeoutError, RequestRefusedError, UnreachableError
from llmops_cli.models.clients.chat_shape import chat_body, read_chat
from llmops_cli.models.clients.door import admit
from llmops_cli.models.clients.failures import bad_answer, failure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from llmops_cli.models.answer import Answer
    from llmops_cli.models.reply import Reply
    from llmops_cli.models.request import Request
    from llmops_cli.models.settings import ModelSettings, ProviderSettings


class LitellmClient:
    """One attempt through `litellm.acompletion`.

    The model is passed on as written (`groq/…`), params too; a param that the provider has no word for is a
    RequestRefusedError, never dropped. litellm's own retries, price table download, telemetry and printing
    are off, and its cost is not used: it is wrong for custom prices with cache tokens.
    """

    def __init__(
        self, provider: ProviderSettings, settings: ModelSettings, _report: Callable[[str], None]
    ) -> None:
        self._provider = provider
        self._timeout_s = settings.timeout_s
        self._litellm = _load()

    async def answer(self, request: Request) -> Answer:
        """Ask once. Raises a CallError."""
        options = self._options(chat_body(request, request.model))
        started = time.perf_counter()
        try:
            response = await self._litellm.acompletion(**options)
        except Exception as error:
            raise self._failure(error) from error
        seconds = time.perf_counter() - started

        def read(data: Mapping[str, Any]) -> Reply:
            return read_chat(data, seconds=seconds)

        return admit(_plain(response), read, request, self._provider)

    async def close(self) -> None:
        """Close the connections that litellm keeps for the whole process."""
        await self._litellm.close_litellm_async_clients()
        await _stop_logging()

    def _options(self, body: dict[str, Any]) -> dict[str, Any]:
        options = {**body, "timeout": self._timeout_s, "num_retries": 0, "max_retries": 0}
        if self._provider.api_key:
            options["api_key"] = self._provider.api_key
        if self._provider.base_url:
            options["api_base"] = self._provider.base_url
        if self._provider.headers:
            options["extra_headers"] = dict(self._provider.headers)
        return options

    def _failure(self, error: Exception) -> CallError:
        lite = self._litellm
        text = self._provider.secrets.mask(str(error))
        name = self._provider.name
        if isinstance(error, lite.Timeout):
            return CallTimeoutError(f"{name}: no answer within {self._timeout_s:g} s", "raise `timeout_s`")
        status = getattr(error, "status_code", None)
        causes = {type(cause).__name__ for cause in _chain(error)}
        if not causes & _BY_STATUS:
            # litellm gives all of these the status 500 or none, so what happened is read from the causes.
            if causes & _NO_CONNECTION:
                hint = "check the network, the address (base_url) and the proxy variables"
                return UnreachableError(f"{name}: no connection: {text}", hint)
            if causes & _UNREADABLE or "choices" in text:
                return bad_answer(self._provider, "litellm cannot read the answer", text)
        if isinstance(status, int) and status >= 400:
            return failure_of(status, _headers_of(error), _body_in(text), self._provider)
        hint = "check the model's name, params and the address"
        return RequestRefusedError(f"{name}: {type(error).__name__}: {text}", hint)


_BY_STATUS = frozenset(
    {"HTTPStatusError", "MaskedHTTPStatusError", "BadRequestError", "UnsupportedParamsError"}
)
_NO_CONNECTION = frozenset(
    {
        "ConnectError", "ConnectTimeout", "ReadError", "WriteError", "RemoteProtocolError", "ProxyError",
        "ClientConnectorError", "ServerDisconnectedError", "ClientOSError", "ConnectionRefusedError",
    }
)  # fmt: skip
_UNREADABLE = frozenset(
    {"JSONDecodeError", "KeyError", "TypeError", "AttributeError", "IndexError", "APIResponseValidationError"}
)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _body_in(text: str) -> str:
    """Return the provider's JSON at the end of litellm's message, or the message when there is none."""
    start = text.find("{")
    try:
        json.loads(text[start:])
    except ValueError:
        return text
    return text[start:]


def _load() -> Any:
    # Set before the import, which would download a price table otherwise.
    settle("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import litellm
    # Its model classes warn while answers are read, which says nothing to our users.
    warnings.filterwarnings("ignore", module=r"(litellm|pydantic)(\.|$)")
    warnings.filterwarnings("ignore", message=r"(?s).*Pydantic serializer warnings")
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.turn_off_message_logging = True
    litellm.drop_params = False
    litellm.modify_params = False
    return litellm


def _plain(response: Any) -> dict[str, Any]:
    data = response.model_dump() if hasattr(response, "model_dump") else {}
    return data if isinstance(data, dict) else {}


def _headers_of(error: Exception) -> dict[str, str]:
    headers = getattr(error, "litellm_response_headers", None)
    if headers is None:
        headers = getattr(getattr(error, "response", None), "headers", None)
    return {str(key).lower(): str(value) for key, value in dict(headers or {}).items()}


async def _stop_logging() -> None:
    # The worker is a task of our loop; left alone, the loop's end would complain about it.
    from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER

    await GLOBAL_LOGGING_WORKER.stop()
