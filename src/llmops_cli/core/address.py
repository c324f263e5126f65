"""Addresses of servers: what of them may be shown, and which are on this machine."""

from __future__ import annotations

import binascii
import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_USERINFO = re.compile(r"^(\s*[A-Za-z][A-Za-z0-9+.-]*://)([^/?#\\]*)@")


@dataclass(frozen=True, slots=True)
class Login:
    """The user and the password that an address may carry."""

    user: str
    password: str

    @property
    def header(self) -> str:
        """The value of the header `Authorization` that says it."""
        both = f"{self.user}:{self.password}".encode()
        return f"Basic {binascii.b2a_base64(both, newline=False).decode('ascii')}"


def without_login(url: str) -> tuple[str, Login | None]:
    """The address without the user and the password in it, and these, where it has any."""
    match = _USERINFO.match(url)
    if match is None:
        return url, None
    user, _, password = match[2].partition(":")
    return match[1] + url[match.end() :], Login(unquote(user), unquote(password))


def origin(url: str) -> str:
    """Scheme, host and port, and nothing else that the address may carry; its scheme alone if it is none."""
    address, _ = without_login(url)
    # A password with a slash in it leaves a part of itself where the port is looked for.
    if not is_readable(address):
        return f"{_scheme(address)}://…"
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def is_readable(url: str) -> bool:
    """Whether a host, and a port that can be one, stand where they belong."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_loopback(url: str) -> bool:
    """Whether the server is on this machine, and so never behind a proxy."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _scheme(url: str) -> str:
    before, mark, _ = url.partition("://")
    return before.strip() if mark and before.strip().isalpha() else "…"
