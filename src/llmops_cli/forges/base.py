"""What every forge can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from llmops_cli.forges.patience import Patience


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as the forge has it. `author` is None where the account is gone; later ids are newer."""

    id: int
    body: str
    url: str
    author: int | None
    by_bot: bool = False


class Forge(Protocol):
    """A forge, connected to one pull request. Every method raises the ForgeError that fits what happened.

    What can be repeated is repeated by the forge itself, except `create`: a comment that was written although
    no answer came must not be written twice.
    """

    name: ClassVar[str]
    longest: ClassVar[int]
    """Characters that a comment may have."""
    patience: Patience

    def open(self) -> str:
        """Find the pull request; to be called first. Says why where there is none to comment in any more."""

    def comments(self) -> list[Comment]:
        """All comments of the pull request."""

    def is_own(self, comment: Comment) -> bool:
        """Whether whoever the token belongs to wrote a comment, as far as the forge tells."""

    def create(self, body: str) -> Comment:
        """Write a comment. It is sent once: a ForgeDownError leaves open whether it is there."""

    def update(self, comment: Comment, body: str) -> Comment:
        """Change the text of a comment."""

    def delete(self, comment: Comment) -> None:
        """Remove a comment."""
