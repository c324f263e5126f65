"""Waiting between the attempts of one command, and for how long at most."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from llmops_cli.core.errors import ForgeLimitError
from llmops_cli.core.retry import BASE_S, backoff_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.core.errors import ForgeDownError

MOST_ATTEMPTS = 4
"""Of one request."""
LONGEST_S = 180.0
"""Seconds that one command waits in all: a job must not stand still for an hour."""


class Patience:
    """Waits before a request is sent again, and says so."""

    def __init__(self, talk: Callable[[str], None]) -> None:
        self.talk = talk
        self._left_s = LONGEST_S
        self._rng = random.Random()  # noqa: S311 - jitter, not a secret

    def wait(self, error: ForgeDownError | ForgeLimitError, attempt: int) -> None:
        """Wait after the given attempt (counted from 1) failed. Raises the error where that is no use."""
        asked = error.retry_after
        # A little more than asked for, so that all jobs that wait do not come back in one instant.
        seconds = backoff_s(attempt, self._rng) if asked is None else asked + self._rng.uniform(0, BASE_S)
        if attempt >= MOST_ATTEMPTS or seconds > self._left_s:
            if attempt > 1:
                error.message += f" (asked {attempt} times)"
            if isinstance(error, ForgeLimitError):
                long = seconds > self._left_s
                error.hint = (
                    f"run the command again in {_time(seconds)}" if long else "run the command again later"
                )
            raise error
        self._left_s -= seconds
        self.talk(f"{error.message}; asking again in {_time(seconds)}")
        time.sleep(seconds)


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
