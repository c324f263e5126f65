"""The front door: `async with Models(settings) as models: await models.ask(request)`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from llmops_cli.core.errors import AuthError, CallError, RequestRefusedError, UnreachableError
from llmops_cli.models import price
from llmops_cli.models.clients import make_client
from llmops_cli.models.diagnose import faults_of
from llmops_cli.models.retry import ask_with_retries

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from llmops_cli.models.answer import Answer
    from llmops_cli.models.clients.base import Client
    from llmops_cli.models.request import Request
    from llmops_cli.models.settings import ModelSettings

UNREACHABLE_IN_A_ROW = 3
"""Calls in a row (each with its retries) without a connection, after which a provider is given up."""


def _silent(_line: str) -> None:
    return


@dataclass(slots=True)
class _Line:
    """The line to one provider: its client, and why it is cut, once it is."""

    client: Client
    unreachable: int = 0
    cut: CallError | None = field(default=None)


class Models:
    """Asks models of any provider: one client each, retries, prices, and no knocking at a closed door.

    The first AuthError of a provider, or three calls in a row that found no connection, fail its further
    calls at once. `report` takes one line of talk for the user. Use it inside one event loop.
    """

    def __init__(self, settings: ModelSettings, report: Callable[[str], None] = _silent) -> None:
        self._settings = settings
        self._report = report
        self._lines: dict[str, _Line] = {}
        self._opening = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def ask(self, request: Request) -> Answer:
        """One answer, its price stamped on it. Raises the CallError that is left after all attempts."""
        line = await self._line(request)
        if line.cut is not None:
            raise _again(line.cut)
        priced = request.model not in self._settings.prices and price.has_list_price(request.model)
        if priced:
            price.warm()
        try:
            answer = await ask_with_retries(line.client, request, max_attempts=self._settings.max_attempts)
        except CallError as error:
            self._note(line, error)
            raise
        line.unreachable = 0
        cost = await self._cost(answer, priced=priced)
        return replace(answer, cost_usd=cost)

    async def close(self) -> None:
        """Close every client; the first failure to close is raised after all were tried."""
        lines, self._lines = list(self._lines.values()), {}
        results = await asyncio.gather(*(line.client.close() for line in lines), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _line(self, request: Request) -> _Line:
        name = request.provider
        if name not in self._lines:
            async with self._opening:
                if name not in self._lines:
                    self._lines[name] = _Line(await self._open(request))
        return self._lines[name]

    async def _open(self, request: Request) -> Client:
        provider = self._settings.provider(request.provider)
        if provider is None:
            fault = faults_of(request.model, self._settings)[0]
            raise RequestRefusedError(fault.message, fault.hint)
        # In a thread: importing litellm takes seconds, and calls in flight would count them as their latency.
        return await asyncio.to_thread(make_client, provider, self._settings, self._report)

    @staticmethod
    def _note(line: _Line, error: CallError) -> None:
        # One file of weights that cannot be loaded says nothing about the other local models.
        if isinstance(error, UnreachableError) and error.retryable:
            line.unreachable += 1
            if line.unreachable >= UNREACHABLE_IN_A_ROW:
                line.cut = error
            return
        line.unreachable = 0
        if isinstance(error, AuthError):
            line.cut = error

    async def _cost(self, answer: Answer, *, priced: bool) -> float | None:
        def work() -> float | None:
            prices = self._settings.prices
            return price.cost_of(answer.usage, answer.requested, resolved=answer.resolved, prices=prices)

        # The first price waits for the list to load; a thread waits, so that other calls go on.
        return await asyncio.to_thread(work) if priced and not price.is_loaded() else work()


def _again(error: CallError) -> CallError:
    # A new instance: raising one error from many tasks would grow its traceback.
    return type(error)(f"{error.message}; not asked again", error.hint, status=error.status)
