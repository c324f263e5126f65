"""Ask again when that may help, and soon stop when it does not."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.core.errors import CallError, UnreachableError
from llmops_cli.core.retry import BASE_S, backoff_s

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmops_cli.models.answer import Answer
    from llmops_cli.models.clients.base import Client
    from llmops_cli.models.request import Request

LONGEST_RETRY_AFTER_S = 60.0
UNREACHABLE_RETRIES = 2
"""A server that is not there must fail quickly."""
_JITTER = random.Random()  # noqa: S311 - not a secret


async def ask_with_retries(
    client: Client,
    request: Request,
    *,
    max_attempts: int = 5,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    rng: random.Random = _JITTER,
) -> Answer:
    """Ask up to `max_attempts` times, with exponential backoff and full jitter between.

    The answer carries the number of attempts. Raises the last CallError, which tells how often was asked.
    """
    unreachable = 0
    attempt = 1
    while True:
        try:
            return replace(await client.answer(request), attempts=attempt)
        except CallError as error:
            unreachable += isinstance(error, UnreachableError)
            if not error.retryable or attempt >= max_attempts or unreachable > UNREACHABLE_RETRIES:
                if attempt > 1:
                    error.message += f" (asked {attempt} times)"
                raise
            await sleep(wait_s(error, attempt, rng))
            attempt += 1


def wait_s(error: CallError, attempt: int, rng: random.Random) -> float:
    """Seconds to wait after the given attempt (counted from 1) failed."""
    if error.retry_after is not None:
        # A little more than asked for, so that all waiting calls do not come back in one instant.
        return min(error.retry_after, LONGEST_RETRY_AFTER_S) + rng.uniform(0, BASE_S)
    return backoff_s(attempt, rng)
