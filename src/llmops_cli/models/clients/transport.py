"""HTTP for the native clients: one pooled session, JSON in and out, every failure a CallError."""

from __future__ import annotations

import io
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from llmops_cli.core.address import is_loopback, origin
from llmops_cli.core.errors import (
    AnswerTooLargeError,
    CallTimeoutError,
    RequestRefusedError,
    UnreachableError,
)
from llmops_cli.core.json_text import JsonTextError, read_json_text
from llmops_cli.models.clients.failures import bad_answer, failure_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.models.settings import ModelSettings, ProviderSettings


MB = 1_000_000
LARGE = 2**20
"""Bytes from which a body is sent piece by piece."""


@dataclass(frozen=True, slots=True)
class Success:
    """A provider's reply: the JSON object, the headers (any case), and how long it took in seconds."""

    data: dict[str, Any]
    headers: Mapping[str, str]
    seconds: float


class Transport:
    """Posts JSON to one provider over pooled connections. The caller's concurrency is the only limit."""

    def __init__(self, provider: ProviderSettings, base_url: str, settings: ModelSettings) -> None:
        self._provider = provider
        self._base_url = base_url.rstrip("/")
        self._timeout_s = settings.timeout_s
        self._most_mb = settings.max_answer_mb
        self._session: aiohttp.ClientSession | None = None

    async def post(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Success:
        """Send one request. Raises the CallError that fits what happened."""
        session = self._opened()
        try:
            payload = json.dumps(body, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            raise RequestRefusedError(
                f"the request is not JSON: {error}", "check params and messages"
            ) from error
        # aiohttp warns about large bytes, which it would send in one piece.
        data = payload if len(payload) < LARGE else io.BytesIO(payload)
        started = time.perf_counter()
        try:
            # Redirects are not followed: they would carry the key to another host.
            async with session.post(
                self._base_url + path, data=data, headers=headers, allow_redirects=False
            ) as response:
                status, got = response.status, response.headers
                raw, whole = await _read(response, int(self._most_mb * MB))
        except TimeoutError as error:
            raise self._too_slow() from error
        except aiohttp.InvalidURL as error:
            raise self._unreachable("this is not an address") from error
        except aiohttp.ClientResponseError as error:
            # Its text would name the whole address.
            raise self._unreachable(error.message or type(error).__name__) from error
        except (aiohttp.ClientError, OSError) as error:
            raise self._unreachable(str(error) or type(error).__name__) from error
        except ValueError as error:  # a line end inside a key or a header
            why = self._provider.secrets.mask(str(error))
            hint = "check the variables of the key and the headers"
            raise RequestRefusedError(
                f"{self._provider.name}: the request cannot be sent: {why}", hint
            ) from error
        seconds = time.perf_counter() - started
        if not 200 <= status < 300:
            raise failure_of(status, got, raw.decode("utf-8", "replace"), self._provider)
        if not whole:
            raise self._too_large()
        return Success(self._parsed(raw), got, seconds)

    async def close(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
                headers={"content-type": "application/json", "user-agent": "llmops-cli"},
                # HTTPS_PROXY and its kin apply, but a server on this machine is never behind a proxy.
                trust_env=not is_loopback(self._base_url),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _parsed(self, raw: bytes) -> dict[str, Any]:
        if not raw.strip():
            raise bad_answer(self._provider, "the answer is empty", "")
        try:
            text = raw.decode(json.detect_encoding(raw), "surrogatepass")
            data = read_json_text(text)
        except (JsonTextError, UnicodeDecodeError) as error:
            why = str(error) if isinstance(error, JsonTextError) else "it is no text"
            shown = raw.decode("utf-8", "replace")
            raise bad_answer(self._provider, f"the answer cannot be read: {why}", shown) from error
        if not isinstance(data, dict):
            raise bad_answer(self._provider, "the answer is not a JSON object", text)
        return data

    def _too_large(self) -> AnswerTooLargeError:
        return AnswerTooLargeError(
            f"{self._provider.name}: the answer has more than {self._most_mb:g} MB",
            "ask for less output, or raise `max_answer_mb` in llmops.yaml",
        )

    def _too_slow(self) -> CallTimeoutError:
        return CallTimeoutError(
            f"{self._provider.name}: no answer within {self._timeout_s:g} s",
            "raise `timeout_s`, or ask for less output",
        )

    def _unreachable(self, why: str) -> UnreachableError:
        text = self._provider.secrets.mask(why)
        return UnreachableError(
            f"{self._provider.name}: no connection to {origin(self._base_url)}: {text}",
            "check the network, the address (base_url) and the proxy variables",
        )


async def _read(response: aiohttp.ClientResponse, most: int) -> tuple[bytes, bool]:
    """The body, unpacked, and whether that is all of it: no more than `most` bytes are read."""
    pieces, size = [], 0
    while piece := await response.content.readany():
        pieces.append(piece)
        size += len(piece)
        if size > most:
            # What still comes belongs to no answer: the connection cannot be used again.
            response.close()
            return b"".join(pieces)[:most], False
    return b"".join(pieces), True


__all__ = ["Success", "Transport"]
