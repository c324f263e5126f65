"""Whether a case asks the same on two sides, and what an older file leaves out of a case that it has.

Files of earlier versions have the metadata of a case in its one hash; present ones keep a hash without and
one with them, so that each can be recognised by the other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmops_cli.compare.scores import CaseScores, Scores
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.origin import Origin
    from llmops_cli.scorers.base import Marking


class Asking(Protocol):
    """A case of a suite, or of a baseline, by what it asks."""

    @property
    def inputs(self) -> str:
        """Hash of what it asks."""

    @property
    def with_metadata(self) -> str:
        """The same with its metadata; "" where it has none."""

    @property
    def whole(self) -> str:
        """The second where there is one, else the first."""

    @property
    def tags_hash(self) -> str | None:
        """Hash of its tags; None where nobody knows them."""

    @property
    def origin(self) -> Origin | None:
        """What tells it from others where it has no id of its own."""


def asks_the_same(one: Asking, other: Asking) -> bool:
    """Whether two cases ask the same and are compared with the same, whatever their tags and metadata."""
    return one.inputs == other.inputs or one.whole == other.whole


def is_same(now: Asking, before: Asking, reads: frozenset[Marking]) -> bool:
    """Whether nothing that decides over a case is another than before.

    `reads` are the markings that something that decides reads. Of tags that no scorer read before nothing is
    known: they count as the same.
    """
    if not asks_the_same(now, before):
        return False
    tags = {now.tags_hash, before.tags_hash} - {None}
    if "tags" in reads and len(tags) > 1:
        return False
    return "metadata" not in reads or now.whole == before.whole


def told_by(baseline: Scores, cases: Iterable[Case], *, tags: bool = False) -> Scores:
    """A baseline with what its file does not say of its cases, by the cases that it was made of.

    A case that asks something else than in the file tells nothing of it. `tags` says that the cases are of
    then, and have the tags that they had.
    """
    told = {}
    for case in cases:
        stored = baseline.cases.get(case.id)
        if stored is not None:
            fuller = _fuller(stored, case, tags=tags)
            if fuller is not stored:
                told[case.id] = fuller
    return replace(baseline, cases={**baseline.cases, **told}) if told else baseline


def _fuller(stored: CaseScores, case: Case, *, tags: bool) -> CaseScores:
    if stored.inputs == case.with_metadata and not stored.with_metadata:
        stored = replace(stored, inputs=case.inputs, with_metadata=case.with_metadata)
    if stored.inputs != case.inputs:
        return stored
    if stored.origin is None and not case.has_id:
        stored = replace(stored, origin=case.origin)
    return replace(stored, tags_hash=case.tags_hash) if tags and stored.tags_hash is None else stored
