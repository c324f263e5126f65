"""From an HTTP answer that is not a success to the error that says what to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import (
    AuthError,
    BadAnswerError,
    CallError,
    CallTimeoutError,
    RateLimitError,
    RequestRefusedError,
    ServerError,
)
from llmops_cli.core.redact import redact
from llmops_cli.core.retry import retry_after_s

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.models.settings import ProviderSettings

SHOWN = 200
"""Characters of a provider's answer that an error message shows."""

_QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})


class QuotaSpentError(RateLimitError):
    """A 429 that waiting does not cure: the account's quota is used up."""

    retryable = False


def failure_of(status: int, headers: Mapping[str, str], body: str, provider: ProviderSettings) -> CallError:
    """Return the error for a status that is not a success. `body` is the provider's answer as text."""
    message, code = _complaint(body)
    shown = redact(message, provider.secrets)
    text = f"{provider.name}: {status}" + (f": {shown}" if shown else "")
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


def bad_answer(provider: ProviderSettings, why: str, body: str) -> BadAnswerError:
    """Return the error for an answer that cannot be read; shows how it begins."""
    start = redact(body, provider.secrets)[:SHOWN]
    shown = f"; it begins: {start!r}" if start else ""
    return BadAnswerError(
        f"{provider.name}: {why}{shown}", "check that the address speaks the API of its `kind`"
    )


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
        where = f" and the address {provider.base_url}" if provider.base_url else ""
        return f"check the model's name{where}; most OpenAI-compatible addresses end in /v1"
    if status < 400:
        return "the address redirects; write the final one as base_url"
    return "the provider does not take this request; check params, messages and the output schema"


def _complaint(body: str) -> tuple[str, str]:
    """Return the provider's message and error code, whatever shape it gave them."""
    try:
        data: Any = json.loads(body)
    except ValueError:
        return body.strip()[:SHOWN], ""
    if isinstance(data, list) and data:  # Google wraps its errors in a list
        data = data[0]
    inner = data.get("error", data) if isinstance(data, dict) else data
    if not isinstance(inner, dict):
        return str(inner)[: 5 * SHOWN], ""
    message = inner.get("message") or inner.get("detail") or body.strip()[:SHOWN]
    return str(message)[: 5 * SHOWN], str(inner.get("code") or inner.get("type") or "")
