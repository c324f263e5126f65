"""Who accepted a changed decider, and why.

What belongs to a suite stands in the headers of its baselines, under `accepted`: `deciders` has a hash for
each decider, `approvals` who accepted it. The rest stands in `baselines/approvals.jsonl`, one approval a
line, sorted.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.places import APPROVALS as PATH
from llmops_cli.core.canonical import canonical_json, content_hash
from llmops_cli.core.errors import InputError
from llmops_cli.core.files import write_text
from llmops_cli.core.problem import Problem
from llmops_cli.core.source import read_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from llmops_cli.core.project import Project
    from llmops_cli.core.tree import Tree

DECIDERS, NAMES = "deciders", "approvals"
"""Keys of `accepted` in a header: the hashes, and who accepted."""


@dataclass(frozen=True, slots=True, order=True)
class Approval:
    """`by` accepts that `what` went from one value to another, which `hash` stands for, for a `reason`.

    `at` is the commit that it was given on: the same step, taken once more later, needs its own approval.
    """

    what: str
    hash: str
    by: str
    reason: str
    at: str


def read_approvals(tree: Tree) -> list[Approval]:
    """The approvals of a project that are no suite's. Raises InputError when the file is broken."""
    if not tree.has(PATH):
        return []
    approvals = []
    for number, line in enumerate(tree.read(PATH).splitlines(), start=1):
        if not line.strip():
            continue
        data = read_json(line, PATH, line=number, limits=tree.limits).data
        names = set(Approval.__slots__)
        if (
            not isinstance(data, dict)
            or data.keys() != names
            or not all(isinstance(v, str) for v in data.values())
        ):
            message = f"an approval has {', '.join(sorted(names))}, all of them text"
            raise InputError(
                problems=[Problem(PATH, number, 0, message, "git checkout the file, and accept again")]
            )
        approvals.append(Approval(**data))
    return approvals


def write_approvals(project: Project, approvals: Iterable[Approval]) -> None:
    """Write the file: one approval for each value, sorted. Raises StorageError."""
    rows = sorted(set(approvals))
    text = "".join(f"{canonical_json(asdict(row))}\n" for row in rows)
    write_text(project.on_disk(PATH), text)


@dataclass(frozen=True)
class HeaderApprovals:
    """The approvals in the header of one baseline: `now` is its `accepted`, `before` that of the base.

    A hash stands for the step from one value to another, for who accepted it, why and on which commit, and
    for the hash that the base has for the same decider. So it counts in one change only: once that is merged,
    the base has the hash itself, and copied later, it goes on from another one.
    """

    now: Mapping[str, Any]
    before: Mapping[str, Any]

    def of(self, what: str, step: str) -> list[Approval]:
        """Those of a decider that took this very step in this change."""
        rows = self.now.get(NAMES, {}).get(what, [])
        stored = self.now.get(DECIDERS, {}).get(what)
        if stored == self._previous(what) or stored != self._hash(what, step, rows):
            return []
        return [Approval(what, step, row["by"], row["reason"], row["at"]) for row in rows]

    def with_more(self, approval: Approval) -> HeaderApprovals:
        """The same with one more; what the same person said of the decider before is replaced."""
        what = approval.what
        given = [*self.of(what, approval.hash), approval]
        last = {one.by: {"by": one.by, "reason": one.reason, "at": one.at} for one in given}
        rows = [last[by] for by in sorted(last)]
        hashes = {**self.now.get(DECIDERS, {}), what: self._hash(what, approval.hash, rows)}
        names = {**self.now.get(NAMES, {}), what: rows}
        return HeaderApprovals(
            {**self.now, DECIDERS: dict(sorted(hashes.items())), NAMES: dict(sorted(names.items()))},
            self.before,
        )

    def _previous(self, what: str) -> str:
        stored: str = self.before.get(DECIDERS, {}).get(what, "")
        return stored

    def _hash(self, what: str, step: str, rows: list[dict[str, str]]) -> str:
        return content_hash(
            [step, self._previous(what), [[row["by"], row["reason"], row["at"]] for row in rows]]
        )


def kept_approvals(accepted: Mapping[str, Any]) -> dict[str, Any]:
    """What an acceptance says of deciders: it stays where scores are accepted anew."""
    return {key: accepted[key] for key in (DECIDERS, NAMES) if key in accepted}


def of_scores(accepted: Mapping[str, Any]) -> dict[str, Any]:
    """What an acceptance says of scores, without that of deciders."""
    return {key: value for key, value in accepted.items() if key not in (DECIDERS, NAMES)}


def told_approvals(accepted: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[str]:
    """Each approval in a header that an earlier one did not have, in words."""
    for what, rows in accepted.get(NAMES, {}).items():
        for row in rows:
            if row not in before.get(NAMES, {}).get(what, []):
                yield f"{what} accepted by {row['by'].partition(' <')[0]}: {row['reason']}"


def merged_approvals(
    base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> dict[str, Any]:
    """The approvals of both sides of a merge; where both accepted one decider otherwise, those before.

    Then the gate asks for it again: what was accepted on either side is not what the merge makes of it.
    """
    merged: dict[str, dict[str, Any]] = {DECIDERS: {}, NAMES: {}}
    for what in sorted({*ours.get(DECIDERS, {}), *theirs.get(DECIDERS, {})}):
        before, mine, yours = (
            (side.get(DECIDERS, {}).get(what), side.get(NAMES, {}).get(what)) for side in (base, ours, theirs)
        )
        hash_, rows = mine if yours in (before, mine) else yours if mine == before else before
        if hash_ is not None:
            merged[DECIDERS][what] = hash_
            merged[NAMES][what] = rows or []
    return merged if merged[DECIDERS] else {}
