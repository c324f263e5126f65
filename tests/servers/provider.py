"""A provider on loopback: a real HTTP server that speaks OpenAI chat completions and Anthropic messages.

    with Provider(answer=lambda call: call.user.upper()) as provider:
        ... OPENAI_BASE_URL=provider.openai_url, ANTHROPIC_BASE_URL=provider.anthropic_url ...
        assert provider.count == 3 and provider.calls[0].body["model"] == "m"

`answer` gets a `Call` and returns the text, a whole JSON body as a dict, or a `Raw` reply. `misbehave` makes
the next calls, or all of them, fail in a chosen way.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from aiohttp import web

from tests.servers.loop import server_loop

Fault = Literal["malformed", "empty", "wrong-shape", "hang", "drop"]


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came in; `api` is "openai" or "anthropic"."""

    api: str
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def model(self) -> str:
        return str(self.body.get("model"))

    @property
    def user(self) -> str:
        """Text of the last user message."""
        for message in reversed(self.body.get("messages", [])):
            if message.get("role") == "user":
                content = message.get("content")
                if isinstance(content, str):
                    return content
                return " ".join(part.get("text", "") for part in content if part.get("type") == "text")
        return ""


@dataclass(frozen=True, slots=True)
class Raw:
    """A reply as it goes over the wire: its status, its headers, and what it holds, whatever that is."""

    body: str | bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


AnswerWith = Callable[[Call], "str | dict[str, Any] | Raw"]


@dataclass(slots=True)
class Behaviour:
    """How a call is answered instead: an HTTP status (with headers and a message), a fault, a delay."""

    status: int | None = None
    fault: Fault | None = None
    delay_s: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "told to fail"
    code: str = ""
    times: int | None = 1


def _echo(call: Call) -> str:
    return f"echo: {call.user}"


class Provider:
    """The server, in a thread beside the test. Use it as a context manager; every address is loopback."""

    def __init__(self, answer: AnswerWith = _echo, *, delay_s: float = 0.0) -> None:
        self._answer = answer
        self._delay_s = delay_s
        self._behaviours: deque[Behaviour] = deque()
        self._stopping = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.calls: list[Call] = []
        self.most_at_once = 0
        self._at_once = 0
        self.port = 0

    def __enter__(self) -> Self:
        server_loop().run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        server_loop().run(self._stop())

    @property
    def count(self) -> int:
        """Calls so far, failed ones included."""
        return len(self.calls)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def openai_url(self) -> str:
        """For OPENAI_BASE_URL."""
        return f"{self.base_url}/v1"

    @property
    def anthropic_url(self) -> str:
        """For ANTHROPIC_BASE_URL."""
        return self.base_url

    def misbehave(
        self,
        status: int | None = None,
        *,
        fault: Fault | None = None,
        times: int | None = 1,
        headers: Mapping[str, str] | None = None,
        message: str = "told to fail",
        code: str = "",
        delay_s: float = 0.0,
    ) -> None:
        """Answer the next `times` calls (None: all that follow) this way, in the order of the orders."""
        self._behaviours.append(
            Behaviour(
                status=status,
                fault=fault,
                times=times,
                headers=headers or {},
                message=message,
                code=code,
                delay_s=delay_s,
            )
        )

    def behave(self) -> None:
        """Forget every misbehaviour."""
        self._behaviours.clear()

    def _next(self) -> Behaviour | None:
        while self._behaviours:
            first = self._behaviours[0]
            if first.times is None:
                return first
            if first.times > 0:
                first.times -= 1
                return first
            self._behaviours.popleft()
        return None

    async def _start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._openai)
        app.router.add_post("/v1/messages", self._anthropic)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        """Refuse new connections; those that are open end when nobody waits for it."""
        assert self._runner is not None
        self._stopping.set()
        for site in list(self._runner.sites):
            await site.stop()
        server_loop().end(self._runner.cleanup())

    async def _openai(self, request: web.Request) -> web.StreamResponse:
        return await self._handle(request, "openai", _openai_body)

    async def _anthropic(self, request: web.Request) -> web.StreamResponse:
        return await self._handle(request, "anthropic", _anthropic_body)

    async def _handle(
        self, request: web.Request, api: str, shape: Callable[[Call, str], dict[str, Any]]
    ) -> web.StreamResponse:
        raw = await request.read()
        call = Call(
            api, request.path, {key.lower(): value for key, value in request.headers.items()}, json.loads(raw)
        )
        self.calls.append(call)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._reply(request, call, shape)
        finally:
            self._at_once -= 1

    async def _reply(
        self, request: web.Request, call: Call, shape: Callable[[Call, str], dict[str, Any]]
    ) -> web.StreamResponse:
        behaviour = self._next() or Behaviour()
        await asyncio.sleep(self._delay_s + behaviour.delay_s)
        if behaviour.status is not None:
            error = {"message": behaviour.message, "type": behaviour.code or "error", "code": behaviour.code}
            return web.json_response(
                {"type": "error", "error": error}, status=behaviour.status, headers=behaviour.headers
            )
        if behaviour.fault is not None:
            return await self._fail(request, behaviour.fault)
        said = self._answer(call)
        if isinstance(said, Raw):
            return web.Response(body=said.body, status=said.status, headers=said.headers)
        body = said if isinstance(said, dict) else shape(call, said)
        header = "x-request-id" if call.api == "openai" else "request-id"
        return web.json_response(body, headers={header: f"req-{len(self.calls)}"})

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault == "hang":
            await self._stopping.wait()
        if fault in ("drop", "hang"):
            if request.transport is not None:
                request.transport.close()
            return web.Response()
        texts = {"malformed": '{"choices": [{"mess', "empty": "", "wrong-shape": '{"hello": "world"}'}
        return web.Response(text=texts[fault], content_type="application/json")


def _openai_body(call: Call, text: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": call.model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": 40,
            "completion_tokens": 2,
            "total_tokens": 42,
            "prompt_tokens_details": {"cached_tokens": 8},
            "completion_tokens_details": {"reasoning_tokens": 1},
        },
    }


def _anthropic_body(call: Call, text: str) -> dict[str, Any]:
    return {
        "id": "msg-1",
        "type": "message",
        "role": "assistant",
        "model": call.model,
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 32, "cache_read_input_tokens": 8, "output_tokens": 2},
    }
