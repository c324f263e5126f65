"""A shard: the part of a run that one machine of several asks."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from llmops_cli.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmops_cli.evals.plan import Plan

MOST = 10_000
"""Shards of one run: more than anyone has machines."""

_FORM = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


def shard_of(case_id: str, of: int) -> int:
    """The number of the shard, of so many, that asks a case."""
    digest = hashlib.sha256(case_id.encode("utf-8", "surrogatepass")).digest()
    return 1 + int.from_bytes(digest) % of


AGAIN = "run that shard again"


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """Part `number` of `of` parts, counted from 1.

    A case belongs to one of them by a hash of its id alone: neither its place in the file nor the other cases
    move it, on no machine.
    """

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @property
    def title(self) -> str:
        """How it is called in a sentence."""
        return f"shard {self.number} of {self.of}"

    def has(self, case_id: str) -> bool:
        """Whether the case is asked in this shard."""
        return shard_of(case_id, self.of) == self.number

    def part_of(self, plan: Plan) -> Plan:
        """The plan with only the tasks of this shard; its subjects stay whole."""
        return replace(plan, tasks=tuple(task for task in plan.tasks if self.has(task.case.id)))

    @classmethod
    def of_header(cls, header: Mapping[str, Any]) -> Self | None:
        """The shard that a run was, from its header; None of a whole run. Raises InputError."""
        written = header.get("shard")
        if written is None:
            return None
        numbers = (
            written
            if isinstance(written, list) and [type(part) for part in written] == [int, int]
            else [0, 0]
        )
        number, of = numbers
        if not 1 <= number <= of <= MOST:
            message = f"run {header.get('id')} has a broken run.json: its shard is {written!r}"
            raise InputError(message, "`llmops runs rm` removes it")
        return cls(number, of)


def parse_shard(text: str) -> Shard:
    """`3/8`. Raises InputError for anything else, and for a shard that is not one of its number."""
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise InputError(f"`--shard {text}` is not a shard", "write I/N, such as 3/8: the third of eight")
    number, of = int(form[1]), int(form[2])
    if not 1 <= of <= MOST:
        raise InputError(f"`--shard {text}`: there can be 1 to {MOST:,} shards", "write I/N, such as 3/8")
    if not 1 <= number <= of:
        raise InputError(f"`--shard {text}`: shards of {of} count from 1 to {of}", f"the last is {of}/{of}")
    return Shard(number, of)


def ranges(numbers: Iterable[int]) -> str:
    """Numbers as people write them: `1, 4–6, 8`."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}, {b}" if b == a + 1 else f"{a}–{b}" for a, b in spans)
