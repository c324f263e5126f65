"""HTTP for the forges: JSON in and out, one request at a time, every failure a ForgeError."""

from __future__ import annotations

import http.client
import json
import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import (
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from llmops_cli.core.address import is_loopback, origin
from llmops_cli.core.errors import ForgeDownError, ForgeError, ForgeLimitError
from llmops_cli.core.json_text import JsonTextError, read_json_text
from llmops_cli.core.redact import Secrets
from llmops_cli.forges.failures import failure_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmops_cli.forges.failures import HintFor
    from llmops_cli.forges.patience import Patience
    from llmops_cli.forges.target import Target

TIMEOUT_S = 30.0
"""Seconds without a sign of life."""
MOST_PAGES = 1000
PER_PAGE = "100"
_NEXT = re.compile(r'<([^<>]*)>[^<>]*;\s*rel="?next"?')


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: what the JSON says (None where there is none), and the headers in lower case."""

    data: Any
    headers: Mapping[str, str]


class Client:
    """Talks to one API with one token. It follows no redirect, and no link to another address."""

    def __init__(
        self,
        name: str,
        target: Target,
        patience: Patience,
        hint_for: HintFor,
        accept: str = "application/json",
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._name = name
        self._api_url = target.api_url
        self._token = target.token
        self._patience = patience
        self._hint_for = hint_for
        self._timeout_s = timeout_s
        self._headers = {
            "accept": accept,
            "authorization": f"Bearer {target.token}",
            "content-type": "application/json",
            "user-agent": "llmops-cli",
        }
        self._opener = OpenerDirector()
        # A server on this machine is never behind a proxy; for others HTTPS_PROXY and its kin apply.
        proxies: dict[str, str] | None = {} if is_loopback(self._api_url) else None
        for handler in (ProxyHandler(proxies), HTTPHandler(), HTTPSHandler(), UnknownHandler()):
            self._opener.add_handler(handler)

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """What is at an address."""
        return self.send("GET", path, query=query).data

    def pages(self, path: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """The entries of a list, page after page. Raises ForgeError when it has no end."""
        following: dict[str, str] | None = {**query, "per_page": PER_PAGE}
        seen: list[dict[str, str]] = []
        while following is not None:
            if following in seen or len(seen) >= MOST_PAGES:
                raise ForgeError(f"{self._name}: the list at {path} has no end")
            seen.append(following)
            reply = self.send("GET", path, query=following)
            if not isinstance(reply.data, list):
                raise self._unreadable("not a list", reply.data)
            yield from (entry for entry in reply.data if isinstance(entry, dict))
            following = _following(following, reply.headers)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        once: bool = False,
    ) -> Reply:
        """Send a request, again where that may help. With `once`, only where it was certainly not done."""
        attempt = 1
        while True:
            try:
                return self._attempt(method, path, query, body)
            except (ForgeDownError, ForgeLimitError) as error:
                if once and isinstance(error, ForgeDownError):
                    raise
                self._patience.wait(error, attempt)
                attempt += 1

    def _attempt(
        self, method: str, path: str, query: Mapping[str, str] | None, body: Mapping[str, Any] | None
    ) -> Reply:
        url = self._api_url + path + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        request = Request(url, data=data, headers=self._headers, method=method)  # noqa: S310 - http(s) only
        try:
            response = self._opener.open(request, timeout=self._timeout_s)
            if response is None:
                raise self._down("no answer")
            with response:
                status, raw = response.status, response.read()
                headers = {key.lower(): value for key, value in response.headers.items()}
        except TimeoutError as error:
            raise self._down(f"no answer within {self._timeout_s:g} s") from error
        except (OSError, http.client.HTTPException) as error:
            raise self._lost(error) from error
        text = raw.decode("utf-8", "replace")
        if not 200 <= status < 300:
            raise failure_of(self._name, status, headers, text, token=self._token, hint_for=self._hint_for)
        return Reply(self._parsed(text), headers)

    def _parsed(self, text: str) -> Any:
        if not text.strip():
            return None
        try:
            return read_json_text(text)
        except JsonTextError:
            raise self._unreadable("not JSON", text) from None

    def _unreadable(self, what: str, answer: object) -> ForgeError:
        start = Secrets([self._token]).mask(answer if isinstance(answer, str) else json.dumps(answer))[:80]
        return ForgeError(
            f"{self._name}: the answer is {what}; it begins: {start!r}",
            f"is {origin(self._api_url)} right, and does it speak {self._name}'s API? (--api-url)",
        )

    def _lost(self, error: Exception) -> ForgeError:
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, TimeoutError):
            return self._down(f"no answer within {self._timeout_s:g} s")
        why = str(reason) or type(reason).__name__
        if isinstance(reason, ssl.SSLCertVerificationError):
            hint = "SSL_CERT_FILE names the certificates to trust, for a server with one of your own"
            return ForgeError(f"{self._name}: {origin(self._api_url)} is not trusted: {why}", hint)
        return self._down(why)

    def _down(self, why: str) -> ForgeDownError:
        text = Secrets([self._token]).mask(why)
        return ForgeDownError(
            f"{self._name}: no connection to {origin(self._api_url)}: {text}",
            "check the network, the address (--api-url) and the proxy variables",
        )


def _following(query: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, str] | None:
    """The query of the next page; None after the last.

    Of a link only the query is taken: the token must not follow it to another address.
    """
    link = _NEXT.search(headers.get("link", ""))
    if link:
        try:
            return dict(parse_qsl(urlsplit(link[1]).query)) or None
        except ValueError:
            return None
    page = headers.get("x-next-page", "").strip()
    return {**query, "page": page} if page else None
