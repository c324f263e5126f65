"""A commit and who made it, as git has them."""

from __future__ import annotations

from dataclasses import dataclass

SHORT = 10
"""Hex digits of a commit that are shown."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who commits: name and e-mail address as git knows them."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its full hash, when it was made (ISO, with the offset), who wrote it, its first line."""

    hash: str
    date: str
    author: Identity
    subject: str

    @property
    def short(self) -> str:
        """The hash as it is shown."""
        return self.hash[:SHORT]

    @property
    def day(self) -> str:
        """The date as it is shown."""
        return self.date[:10]
