"""Earlier ids: what was renamed says `was: OLD-ID`, and goes on with what is kept under that id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmops_cli.core.problem import Problem
    from llmops_cli.core.source import Source


class Renamed(Protocol):
    """A file with an id, and with the one that it had before, "" where it had none."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def was(self) -> str:
        """Its earlier id."""

    @property
    def source(self) -> Source:
        """Its file."""


def earlier_id_problems(by_id: Mapping[str, Renamed], noun: str) -> Iterator[Problem]:
    """Earlier ids that are still taken: only one can go on with what is kept under an id."""
    by_earlier: dict[str, Renamed] = {}
    for named in by_id.values():
        if not named.was:
            continue
        hint = f"`was` is the id that this {noun} alone had before"
        if named.was == named.id:
            yield named.source.problem(("was",), f"`{named.was}` is the id of this {noun} itself", hint)
            continue
        other = by_id.get(named.was) or by_earlier.setdefault(named.was, named)
        if other is not named:
            kind = "is the id of" if other.id == named.was else "is also what was"
            yield named.source.problem(("was",), f"`{named.was}` {kind} {other.source.path}", hint)
