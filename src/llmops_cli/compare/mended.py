"""Cases without an id that were edited: their ids are new, and they are no new cases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmops_cli.compare.asks import Asking
    from llmops_cli.compare.scores import Scores
    from llmops_cli.evals.origin import Origin

    Signature = frozenset[tuple[str, str]]


def with_new_ids(before: Scores, now: Mapping[str, Asking]) -> Scores:
    """A baseline whose cases without an id that were edited have the ids that they have now."""
    renamed = new_ids(before.cases, now)
    if not renamed:
        return before
    cases = [replace(case, id=renamed.get(id_, id_)) for id_, case in before.cases.items()]
    return replace(before, cases={case.id: case for case in sorted(cases, key=lambda case: case.id)})


def new_ids(before: Mapping[str, Asking], now: Mapping[str, Asking]) -> dict[str, str]:
    """The ids that cases without one have now, by those that they had before they were edited.

    A case whose id is new is the vanished one that asks the same but for one part of it, else the vanished
    one of the same file and line. Nothing is said of cases that have ids.
    """
    if before.keys() <= now.keys():
        return {}
    vanished = {
        id_: case.origin for id_, case in before.items() if id_ not in now and case.origin is not None
    }
    fresh = {id_: case.origin for id_, case in now.items() if id_ not in before and case.origin is not None}
    return {old: new for new, old in _pairs(fresh, vanished)}


def _pairs(fresh: Mapping[str, Origin], vanished: Mapping[str, Origin]) -> Iterator[tuple[str, str]]:
    """New and old ids that are one case: each at most once."""
    near: dict[Signature, list[str]] = {}
    by_place: dict[str, str] = {}
    for id_, origin in vanished.items():
        by_place[origin.place] = id_
        for signature in _signatures(origin):
            near.setdefault(signature, []).append(id_)
    left, rest = dict(vanished), {}
    for id_, origin in fresh.items():
        alike = [old for sign in _signatures(origin) for old in near.get(sign, ()) if old in left]
        if alike:
            old = next((name for name in alike if left[name].place == origin.place), alike[0])
            del left[old]
            yield id_, old
        else:
            rest[id_] = origin
    for id_, origin in rest.items():
        there = by_place.get(origin.place)
        if there is not None and there in left:
            del left[there]
            yield id_, there


def _signatures(origin: Origin) -> Iterator[Signature]:
    """All that it asks, and that without each of its parts in turn, where something is left then."""
    parts = frozenset(origin.fields.items())
    yield parts
    yield from (parts - {part} for part in parts if len(parts) > 1)
