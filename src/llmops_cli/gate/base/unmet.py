"""A point of the policy that a change to a baseline does not meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "no reason",
    "old acceptance",
    "needed",
    "unnamed",
    "acceptor",
    "author",
    "alone",
    "hidden",
    "alone decider",
    "no author",
    "hand",
    "elsewhere",
    "removal",
    "change",
]

_TEXTS: dict[Kind, str] = {
    "no reason": "no reason is given",
    "old acceptance": "nobody accepted it: who and why are those of the earlier file",
    "needed": "the suite still runs and has no baseline now: accept its scores anew",
    "unnamed": "the suite still runs and lost its baseline: say {who}, or accept its scores",
    "acceptor": "none of those who may accept has: {who}",
    "alone": "the gate forbids this drop, and nobody but its author accepted it",
    "hidden": "cases that changed or went may hide a drop, and nobody but the author of that accepted it",
    "alone decider": "nobody but the author of the change accepted it, and no policy of the base allows that",
    "no author": "git names no author of the change, so nobody can tell whether another accepted it",
    "author": "nobody but the author of the change accepted it",
    "hand": "{who} is named, and made no commit of this file",
    "elsewhere": "the acceptance was given on {who}, which is no commit of this change: accept again",
    "removal": "the removal is not committed",
    "change": "the change is not committed",
}


@dataclass(frozen=True, slots=True)
class Unmet:
    """What the policy asks for and does not have. `who` are those who may accept, who or what is named."""

    kind: Kind
    who: str = ""

    @property
    def text(self) -> str:
        """It in words."""
        return _TEXTS[self.kind].format(who=self.who)
