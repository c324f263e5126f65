"""Provider entries of llmops.yaml: where questions are sent, and which variables go with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.core.address import origin, without_login
from llmops_cli.core.canonical import text_hash
from llmops_cli.core.project import MARKER
from llmops_cli.gate.deciders.change import DeciderChange, Effect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmops_cli.gate.deciders.sides import Sides


def find(sides: Sides) -> Iterator[DeciderChange]:
    """Entries that are new or others than at the base: nothing is sent until somebody accepts them.

    One that is gone sends nothing, unless its name is a provider that llmops knows by itself.
    """
    before = sides.base.project
    if before is None:
        return
    was, now = before.providers, sides.now.project.providers
    for name in sorted(was.keys() | now.keys()):
        old, new = _values(was.get(name)), _values(now.get(name))
        if old != new:
            yield DeciderChange("provider", name, "", MARKER, old, new, _text(name, old, new), Effect.REFUSES)


def _values(entry: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """An entry, its address as scheme, host and port, and a hash of the rest: it may hold what is secret."""
    if entry is None:
        return None
    base_url = entry.get("base_url")
    if base_url is None:
        return dict(sorted(entry.items()))
    address = {"base_url": origin(base_url), "address": text_hash(without_login(base_url)[0])}
    return dict(sorted({**entry, **address}.items()))


def _text(name: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> str:
    if new is None:
        return f"{MARKER}: the entry of the provider `{name}` is gone"
    base_url = new.get("base_url")
    address = origin(base_url) if base_url else _variable(new.get("base_url_env"))
    sent = [
        variable
        for variable in (new.get("api_key_env"), *(new.get("headers_env") or {}).values())
        if variable
    ]
    goes = f"questions go to {address}" if address else "questions go to its usual address"
    with_them = f", with the value of {' and '.join(sent)}" if sent else ""
    state = "is new" if old is None else "is another"
    return f"{MARKER}: the entry of the provider `{name}` {state}: {goes}{with_them}"


def _variable(name: str | None) -> str:
    return f"the address in {name}" if name else ""
