"""From an answer that is not a success to the error that says what to do."""

from __future__ import annotations

import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from llmops_cli.core.address import origin
from llmops_cli.core.errors import (
    CommentTooLongError,
    ForgeDeniedError,
    ForgeDownError,
    ForgeError,
    ForgeLimitError,
    ForgeMissingError,
)
from llmops_cli.core.json_text import JsonTextError, read_json_text
from llmops_cli.core.redact import Secrets
from llmops_cli.core.retry import number, retry_after_s

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    HintFor = Callable[[int, str], str]

SHOWN = 200
"""Characters of an answer that an error message shows."""
SECONDARY_S = 60.0
"""Seconds to wait for a secondary limit that does not say how long: GitHub asks for a minute at least."""
_SECONDARY = re.compile(r"secondary rate limit|abuse detection", re.IGNORECASE)
_TOO_LONG = re.compile(r"too long(?:[^\d]{0,40}maximum is (\d+))?", re.IGNORECASE)


def failure_of(
    name: str, status: int, headers: Mapping[str, str], body: str, *, token: str, hint_for: HintFor
) -> ForgeError:
    """Return the error for a status that is not a success; header names are lower case.

    `hint_for` gives the next step after a refusal, from the status and what the forge said.
    """
    complaint = Secrets([token]).mask(_complaint(body))
    text = f"{name}: {status}" + (f": {complaint}" if complaint else "")
    if status in (403, 429) and (limit := _limit(name, status, headers, complaint)):
        return limit
    if status in (401, 403):
        return ForgeDeniedError(text, hint_for(status, complaint))
    if status == 404:
        return ForgeMissingError(text, hint_for(status, complaint))
    if status == 408 or status >= 500:
        hint = f"{name} has trouble; run the command again later"
        return ForgeDownError(text, hint, retry_after=retry_after_s(headers))
    if status < 400:
        return _redirect(name, status, headers, token)
    if status == 413 or (status in (400, 422) and _TOO_LONG.search(complaint)):
        too_long = _TOO_LONG.search(complaint)
        longest = int(too_long[1]) if too_long and too_long[1] else None
        return CommentTooLongError(text, "shorten the report", longest=longest)
    return ForgeError(text, hint_for(status, complaint))


def _redirect(name: str, status: int, headers: Mapping[str, str], token: str) -> ForgeError:
    where = headers.get("location", "")
    try:
        shown = Secrets([token]).mask(origin(where)) if "://" in where else "another address"
    except ValueError:
        shown = "another address"
    return ForgeError(
        f"{name}: {status}: the address redirects to {shown}; it is not followed, the token would go along",
        "write the final address (--api-url), or the repository's name as it is now (--repository)",
    )


def _limit(name: str, status: int, headers: Mapping[str, str], complaint: str) -> ForgeLimitError | None:
    asked = retry_after_s(headers)
    secondary = _SECONDARY.search(complaint)
    used_up = "0" in (headers.get("x-ratelimit-remaining"), headers.get("ratelimit-remaining"))
    if asked is None and used_up and not secondary:
        asked = _until(headers)
    if asked is None and secondary:
        asked = SECONDARY_S
    if status == 403 and asked is None and not used_up:
        return None
    kind = "the secondary rate limit" if secondary else "the rate limit"
    return ForgeLimitError(f"{name}: {status}: {kind} is used up", retry_after=asked)


def _until(headers: Mapping[str, str]) -> float | None:
    """Seconds until the limit is set back, by the server's own clock where it tells the time."""
    reset = number(headers.get("x-ratelimit-reset") or headers.get("ratelimit-reset"))
    if reset is None:
        return None
    try:
        now = parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError):
        now = time.time()
    return max(0.0, reset - now)


def _complaint(body: str) -> str:
    """What the forge says of itself, on one line, whatever shape it gave it."""
    try:
        data = read_json_text(body)
    except JsonTextError:
        # A page of HTML, from whatever stands before the forge, says nothing worth a line.
        return "" if body.lstrip().startswith("<") else _short(body)
    if not isinstance(data, dict):
        return _short(body)
    message = data.get("message") or data.get("error_description") or data.get("error") or ""
    errors = data.get("errors")
    details = [
        str(error.get("message") or error.get("code") or "") if isinstance(error, dict) else str(error)
        for error in (errors if isinstance(errors, list) else [])
    ]
    shown = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
    return _short(": ".join(part for part in (shown, "; ".join(filter(None, details))) if part))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"
