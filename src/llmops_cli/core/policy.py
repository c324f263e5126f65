"""Who may accept baselines, and how old one may be: `policy` in llmops.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

OWNERS = "owners"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a project asks of an accepted baseline.

    `accept` are the e-mail addresses, or names, of those who may accept (none: everybody); `owners` among
    them stands for the owners of the suite. With `author_may_accept` false, somebody else than the authors of
    a change has to accept what lowers a baseline; where nothing is said, a drop that the gate forbids.
    Baselines older than `max_age_days` get a warning. `verify_recorded` is how many of the answers that a
    change brings in its cassettes are asked again.
    """

    accept: tuple[str, ...] = ()
    author_may_accept: bool | None = None
    max_age_days: int | None = None
    verify_recorded: int = 0

    @property
    def names_somebody(self) -> bool:
        """Whether it matters who accepts."""
        return bool(self.accept) or self.author_may_accept is False

    def allows(self, who: str, owners: tuple[str, ...]) -> bool:
        """Whether `Name <address>` may accept baselines of a suite with these owners."""
        return not self.accept or any(same_person(who, name) for name in self.acceptors(owners))

    def acceptors(self, owners: tuple[str, ...]) -> tuple[str, ...]:
        """Everybody who may accept for a suite with these owners."""
        named = [name for name in self.accept if name != OWNERS]
        return (*named, *(owners if OWNERS in self.accept else ()))


def policy_from(settings: Mapping[str, Any]) -> Policy:
    """The policy in the settings of a project, whose form the schema has checked."""
    given = settings.get("policy", {})
    return Policy(**{**given, "accept": tuple(given.get("accept", ()))})


def address(who: str) -> str:
    """The e-mail address in `Name <address>`, lower case; the text itself where there is none."""
    _, bracket, rest = who.rpartition("<")
    return (rest.rstrip("> ") if bracket else who).strip().lower()


def same_person(who: str, name: str) -> bool:
    """Whether `Name <address>` is the person of an address, of a name, or of both."""
    own_name = who.rpartition("<")[0].strip().lower()
    return address(who) == address(name) or ("@" not in name and own_name == name.strip().lower())
