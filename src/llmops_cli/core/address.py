"""Addresses of servers: what of them may be shown, and which are on this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def origin(url: str) -> str:
    """Scheme, host and port, without a user name and a password that the address may carry."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def is_loopback(url: str) -> bool:
    """Whether the server is on this machine, and so never behind a proxy."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
