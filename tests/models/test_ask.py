from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from llmops_cli.core.errors import (
    AuthError,
    BadAnswerError,
    CallError,
    RateLimitError,
    RequestRefusedError,
    ServerError,
    UnreachableError,
)
from llmops_cli.models.answer import Answer, Usage
from llmops_cli.models.ask import Models
from llmops_cli.models.price import cost_of
from llmops_cli.models.request import Request
from llmops_cli.models.retry import ask_with_retries
from llmops_cli.models.settings import ModelSettings
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Mapping

QUESTION = Request("gateway/m", ({"role": "user", "content": "hello"},))


class Flaky:
    """A client that fails with the given errors, then answers."""

    def __init__(self, *errors: CallError) -> None:
        self.errors = list(errors)
        self.asked = 0

    async def answer(self, request: Request) -> Answer:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return Answer("ok", request.model)

    async def close(self) -> None:
        return


def retry(client: Flaky, max_attempts: int = 5) -> tuple[Answer | CallError, list[float]]:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def work() -> Answer | CallError:
        try:
            return await ask_with_retries(
                client, QUESTION, max_attempts=max_attempts, sleep=sleep, rng=random.Random(1)
            )
        except CallError as error:
            return error

    return asyncio.run(work()), waits


def test_attempts_are_counted_and_waits_grow_within_their_bounds() -> None:
    result, waits = retry(Flaky(ServerError("x"), ServerError("x"), BadAnswerError("x")))
    assert isinstance(result, Answer)
    assert result.attempts == 4
    assert all(0 <= wait <= 0.5 * 2**attempt for attempt, wait in enumerate(waits, 1))


def test_the_wait_asked_for_is_honoured_up_to_a_minute() -> None:
    _, waits = retry(Flaky(RateLimitError("x", retry_after=3), RateLimitError("x", retry_after=3600)))
    assert 3 <= waits[0] <= 3.5
    assert 60 <= waits[1] <= 60.5


def test_it_ends() -> None:
    client = Flaky(*(RateLimitError("limit") for _ in range(99)))
    result, waits = retry(client)
    assert isinstance(result, RateLimitError)
    assert "asked 5 times" in str(result)
    assert (client.asked, len(waits)) == (5, 4)


@pytest.mark.parametrize(("error", "asked"), [(AuthError("x"), 1), (RequestRefusedError("x"), 1)])
def test_what_asking_again_cannot_cure_is_asked_once(error: CallError, asked: int) -> None:
    client = Flaky(error, error)
    retry(client)
    assert client.asked == asked


def test_a_dead_server_fails_quickly() -> None:
    client = Flaky(*(UnreachableError("gone") for _ in range(9)))
    retry(client, max_attempts=9)
    assert client.asked == 3


def settings(provider: Provider, prices: Mapping[str, Mapping[str, float]] | None = None) -> ModelSettings:
    return ModelSettings(
        providers={"gateway": {"kind": "openai", "base_url": provider.openai_url}},
        env={},
        max_attempts=2,
        prices=prices or {},
    )


def ask_many(settings: ModelSettings, count: int, model: str = "gateway/m") -> list[Answer | BaseException]:
    async def work() -> list[Answer | BaseException]:
        asked = Request(model, QUESTION.messages)
        results: list[Answer | BaseException] = []
        async with Models(settings) as models:
            for _ in range(count):
                results += await asyncio.gather(models.ask(asked), return_exceptions=True)
        return results

    return asyncio.run(work())


@pytest.mark.usefixtures("shortest_waits")
def test_a_rate_limit_that_passes_is_an_answer(provider: Provider) -> None:
    provider.misbehave(429, headers={"retry-after-ms": "10"})
    (answer,) = ask_many(settings(provider), 1)
    assert isinstance(answer, Answer)
    assert answer.attempts == 2
    assert answer.cost_usd is None, "an unknown price is not zero"


def test_after_the_first_auth_error_nobody_is_called(provider: Provider) -> None:
    provider.misbehave(401, times=None)
    results = ask_many(settings(provider), 5)
    assert all(isinstance(result, AuthError) for result in results)
    assert provider.count == 1
    assert "not asked again" in str(results[-1])


@pytest.mark.usefixtures("shortest_waits")
def test_after_three_calls_without_a_connection_nobody_is_called() -> None:
    with Provider() as provider:
        provider.misbehave(fault="drop", times=None)
        results = ask_many(settings(provider), 6)
        assert all(isinstance(result, UnreachableError) for result in results)
        assert provider.count == 6, "three calls of two attempts"


def test_many_at_once_share_one_client() -> None:
    async def work(settings: ModelSettings) -> list[Answer]:
        async with Models(settings) as models:
            return await asyncio.gather(*(models.ask(QUESTION) for _ in range(100)))

    with Provider(delay_s=0.5) as provider:
        answers = asyncio.run(work(settings(provider)))
        assert provider.most_at_once > 50
    assert {answer.text for answer in answers} == {"echo: hello"}


def test_an_unknown_provider_is_refused(provider: Provider) -> None:
    (error,) = ask_many(settings(provider), 1, "gatewy/m")
    assert isinstance(error, RequestRefusedError)
    assert "did you mean `gateway`" in str(error)


def test_a_price_of_the_project_is_stamped_on_the_answer(provider: Provider) -> None:
    prices = {"gateway/m": {"input_per_million": 1.0, "output_per_million": 2.0, "cached_per_million": 0.5}}
    (answer,) = ask_many(settings(provider, prices=prices), 1)
    assert isinstance(answer, Answer)
    assert answer.cost_usd == pytest.approx((32 * 1.0 + 8 * 0.5 + 2 * 2.0) / 1e6)


def test_list_prices() -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=1_000_000)
    assert cost_of(usage, "openai/gpt-4o-mini-2024-07-18") == pytest.approx(0.75)
    cached = Usage(input_tokens=1_000_000, output_tokens=0, cached_tokens=1_000_000)
    assert cost_of(cached, "openai/gpt-4o-mini-2024-07-18") == pytest.approx(0.075)
    assert cost_of(usage, "openai/no-such-model") is None
    assert cost_of(usage, "gateway/gpt-4o-mini") is None
    assert cost_of(Usage(input_tokens=5), "openai/gpt-4o-mini-2024-07-18") is None
    assert cost_of(Usage(), "local/smollm2") == 0.0
    assert (
        cost_of(usage, "openai/gpt-4o-mini", prices={"openai/gpt-4o-mini": {"input_per_million": 1.0}})
        is None
    )
