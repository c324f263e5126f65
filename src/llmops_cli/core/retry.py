"""How long to wait before asking a server again."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

BASE_S = 0.5
CAP_S = 20.0


def backoff_s(attempt: int, rng: random.Random) -> float:
    """Seconds to wait after the given attempt (counted from 1) failed: exponential, with full jitter."""
    return rng.uniform(0, min(CAP_S, BASE_S * 2**attempt))


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the wait in seconds that is asked for: `retry-after-ms`, or `retry-after` (seconds or date)."""
    milliseconds = number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = number(value)
    if seconds is not None or value is None:
        return seconds
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:  # "-0000" reads as naive, and means UTC
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def number(text: str | None) -> float | None:
    """A header's number, 0 or more; None where it is missing or something else."""
    try:
        value = float(text) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and math.isfinite(value) and value >= 0 else None
