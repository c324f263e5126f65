"""From a reply that is not a success to the error that says what to do, and no secret in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmops_cli.core.address import origin
from llmops_cli.core.errors import (
    AuthError,
    BadAnswerError,
    CallError,
    CallTimeoutError,
    RateLimitError,
    RequestRefusedError,
    ServerError,
)
from llmops_cli.core.json_text import JsonTextError, read_json_text
from llmops_cli.core.retry import retry_after_s

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.models.settings import ProviderSettings

SHOWN = 200
"""Characters of a provider's answer that an error message shows."""

LONGEST_MESSAGE = 1000
"""Characters that are shown of what a provider says of its error."""

_STATUS_OF = {
    "authentication_error": 401,
    "invalid_api_key": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "model_not_found": 404,
    "invalid_request_error": 400,
    "context_length_exceeded": 400,
    "request_too_large": 413,
    "timeout_error": 408,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "resource_exhausted": 429,
    "insufficient_quota": 429,
    "billing_hard_limit_reached": 429,
    "billing_not_active": 429,
    "overloaded_error": 529,
}
"""What providers call an error, in lower case -> the status that they give it elsewhere."""

_QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})


class QuotaSpentError(RateLimitError):
    """A 429 that waiting does not cure: the account's quota is used up."""

    retryable = False


def failure_of(status: int, headers: Mapping[str, str], body: str, provider: ProviderSettings) -> CallError:
    """Return the error for a status that is not a success. `body` is the provider's answer as text."""
    message, code = _complaint(body, provider)
    return _failure(f"{status}", status, headers, (message, code), provider)


def failure_inside(error: Any, headers: Mapping[str, str], provider: ProviderSettings) -> CallError:
    """Return the error for a 200 that holds one: what `error` says, of the kind that its own code names.

    One that names none may go away by itself, as the trouble of a server does.
    """
    message, code = _told(error, "")
    status = _status_in(error)
    shown = "an error" if status is None else f"{status}"
    return _failure(f"{shown} inside of a 200", status or 500, headers, (message, code), provider)


def bad_answer(provider: ProviderSettings, why: str, body: str) -> BadAnswerError:
    """Return the error for an answer that cannot be read; shows how it begins."""
    start = provider.secrets.mask(body)[:SHOWN]
    shown = f"; it begins: {start!r}" if start else ""
    return BadAnswerError(
        f"{provider.name}: {why}{shown}", "check that the address speaks the API of its `kind`"
    )


def _failure(
    what: str,
    status: int,
    headers: Mapping[str, str],
    complaint: tuple[str, str],
    provider: ProviderSettings,
) -> CallError:
    message, code = complaint
    # Cut only then: half of a secret would not be known for one.
    shown = provider.secrets.mask(message)[:LONGEST_MESSAGE]
    text = f"{provider.name}: {what}" + (f": {shown}" if shown else "")
    if status in (401, 403):
        return AuthError(text, auth_hint(provider), status=status)
    if status == 429:
        return _rate_limit(text, code, headers, status)
    if status == 408:
        return CallTimeoutError(text, "the provider gave up waiting; ask again", status=status)
    if status >= 500:
        wait = retry_after_s(headers)
        return ServerError(text, "the provider has trouble; ask again later", status=status, retry_after=wait)
    return RequestRefusedError(text, _refused_hint(status, provider), status=status)


def auth_hint(provider: ProviderSettings) -> str:
    """Which variable holds the key that was not accepted."""
    if provider.api_key_env:
        state = "the key in" if provider.api_key else "no key is set:"
        return f"{state} {provider.api_key_env} {'was not accepted' if provider.api_key else 'is empty'}"
    if provider.name in {"openai", "anthropic"}:
        return f"set {provider.name.upper()}_API_KEY"
    return (
        f"name the variable that holds the key: `providers: {{{provider.name}: {{api_key_env: VARIABLE}}}}`"
    )


def _rate_limit(text: str, code: str, headers: Mapping[str, str], status: int) -> CallError:
    if code in _QUOTA_CODES:
        return QuotaSpentError(text, "the account's quota is used up; waiting does not help", status=status)
    hint = "ask with fewer at a time (`-j`) or later"
    return RateLimitError(text, hint, status=status, retry_after=retry_after_s(headers))


def _refused_hint(status: int, provider: ProviderSettings) -> str:
    if status == 404:
        where = f" and the address {origin(provider.base_url)}" if provider.base_url else ""
        return f"check the model's name{where}; most OpenAI-compatible addresses end in /v1"
    if status < 400:
        return "the address redirects; write the final one as base_url"
    return "the provider does not take this request; check params, messages and the output schema"


def _complaint(body: str, provider: ProviderSettings) -> tuple[str, str]:
    """Return the provider's message and error code, whatever shape it gave them."""
    start = provider.secrets.mask(body.strip())[:SHOWN]
    try:
        data = read_json_text(body)
    except JsonTextError:
        return start, ""
    if isinstance(data, list) and data:  # Google wraps its errors in a list
        data = data[0]
    return _told(data.get("error", data) if isinstance(data, dict) else data, start)


def _told(error: Any, otherwise: str) -> tuple[str, str]:
    """What an error says of itself, and its code; `otherwise` is what to show where it says nothing."""
    if not isinstance(error, dict):
        return (error if isinstance(error, str) else json.dumps(error)), ""
    message = error.get("message") or error.get("detail") or otherwise or json.dumps(error)
    text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
    return text, str(error.get("code") or error.get("type") or "")


def _status_in(error: Any) -> int | None:
    """The HTTP status that an error names, as a number or by one of the names that providers use."""
    if not isinstance(error, dict):
        return None
    for name in ("code", "status", "type"):
        value = error.get(name)
        if type(value) is str and value.isascii() and value.isdigit() and len(value) == 3:
            value = int(value)
        if type(value) is int and 400 <= value <= 599:
            return value
        if type(value) is str and value.lower() in _STATUS_OF:
            return _STATUS_OF[value.lower()]
    return None
