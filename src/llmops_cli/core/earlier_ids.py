"""Earlier ids: what was renamed says `was: OLD-ID`, and goes on with what is kept under that id.

What was renamed more than once says all of them, newest first. No history is asked: a shallow clone has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmops_cli.core.problem import Problem
    from llmops_cli.core.source import Source


class Renamed(Protocol):
    """A file with an id, and with those that it had before."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def was(self) -> tuple[str, ...]:
        """Its earlier ids, newest first."""

    @property
    def source(self) -> Source:
        """Its file."""


def earlier_ids(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The `was` of a file, which is one id or a list of them."""
    was = data.get("was", ())
    return (was,) if isinstance(was, str) else tuple(was)


def as_was(ids: Sequence[str]) -> str:
    """What to write into a file for these earlier ids, newest first."""
    return f"`was: {ids[0]}`" if len(ids) == 1 else f"`was: [{', '.join(ids)}]`"


def earlier_id_problems(by_id: Mapping[str, Renamed], noun: str) -> Iterator[Problem]:
    """Earlier ids that are still taken: only one can go on with what is kept under an id."""
    by_earlier: dict[str, Renamed] = {}
    for named in by_id.values():
        for earlier in named.was:
            hint = f"`was` is the id that this {noun} alone had before"
            if earlier == named.id:
                yield named.source.problem(("was",), f"`{earlier}` is the id of this {noun} itself", hint)
                continue
            other = by_id.get(earlier) or by_earlier.setdefault(earlier, named)
            if other is named:
                continue
            if other.id == earlier:
                message = f"`{earlier}` is the id of {other.source.path}"
                hint += (
                    "; to take an id that another one has, accept the baseline of each under a new id"
                    " in one change, and take the ids in the next"
                )
            else:
                message = f"`{earlier}` is also what was {other.source.path}"
            yield named.source.problem(("was",), message, hint)


def going_on(now: Mapping[str, Renamed], before: Mapping[str, Renamed]) -> dict[str, str]:
    """By each id of now, the id of earlier that goes on under it: one from one.

    The same id, else what it says it was, else what shares an id from before with it. What has its id from
    earlier takes no other's place, whatever its `was` says: the other is gone.
    """
    pairs = {id_: id_ for id_ in now if id_ in before}
    new = [named for named in now.values() if named.id not in before]
    for named in new:
        earlier = next((id_ for id_ in named.was if id_ in before and id_ not in now), None)
        if earlier is not None:
            pairs[named.id] = earlier
    for named in new:
        if named.id not in pairs:
            ids, taken = {named.id, *named.was}, set(pairs.values())
            free = (other for other in before.values() if other.id not in taken)
            shared = next((other.id for other in free if ids.intersection(other.was)), None)
            if shared is not None:
                pairs[named.id] = shared
    return pairs
