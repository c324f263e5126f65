"""One comment for each project in a pull request: written once, and edited from then on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from llmops_cli.core.errors import (
    CommentTooLongError,
    ForgeDeniedError,
    ForgeDownError,
    ForgeError,
    ForgeMissingError,
)
from llmops_cli.forges import connect
from llmops_cli.forges.commands import without_commands
from llmops_cli.forges.cut import Fitted, fit
from llmops_cli.forges.marker import is_marked

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.forges.base import Comment, Forge
    from llmops_cli.forges.target import Target

MOST_CUTS = 5
"""Times that a server may say that the text is still too long."""

Action = Literal["created", "updated", "unchanged", "skipped"]


@dataclass(frozen=True, slots=True)
class Posted:
    """What was done, and where the comment is; for `skipped`, why nothing was. `left_out` counts the cut."""

    action: Action
    url: str = ""
    why: str = ""
    left_out: Fitted | None = None

    def __str__(self) -> str:
        return f"{self.action}: {self.why}" if self.why else f"{self.action} {self.url}".rstrip()


def post(
    target: Target, text: str, marker: str, talk: Callable[[str], None], *, create: bool = True
) -> Posted:
    """Make `text` the project's comment in a pull request: create it, or edit the one that is there.

    A text that is too long is cut between its parts, and no line of it is a command. The address of the job
    stands below it. With `create` false nothing is done where there is no comment. Raises InputError when it
    is not clear which pull request is meant, and the ForgeError that fits what happened.
    """
    forge = connect(target, talk)
    why = forge.open()
    if why:
        return Posted("skipped", why=why)
    if not create and not _marked(forge, marker):
        return Posted("skipped", why="the pull request has no comment to edit")
    text = without_commands(text)
    below = _below(target.job_url)
    longest = forge.longest - len(below)
    for _ in range(MOST_CUTS):
        fitted = fit(text, longest - len(marker) - 1, target.job_url)
        try:
            # A text that was cut names the job itself.
            last = "" if fitted.parts else below
            action, comment = _place(forge, marker, f"{marker}\n{fitted.text}{last}")
        except CommentTooLongError as error:
            length = len(marker) + 1 + len(fitted.text) + len(below)
            longest = error.longest if error.longest and error.longest < length else length // 2
            longest -= len(below)
            refused = error
            continue
        if fitted.parts:
            talk(f"longer than a comment may be: {fitted.parts:,} parts at the end are left out")
        return Posted(action, comment.url, left_out=fitted)
    raise refused


def _below(job_url: str) -> str:
    """The last line: where the log and the files of the job are. An odd address is left out."""
    if not re.fullmatch(r"https?://[\w.:/~%-]+", job_url):
        return ""
    return f"\n\n<sub>[Log and reports of this run]({job_url})</sub>\n"


def _place(forge: Forge, marker: str, body: str) -> tuple[Action, Comment]:
    marked = _marked(forge, marker)
    for comment in marked:
        action: Action = "unchanged"
        if not _same(comment.body, body):
            action = "updated"
            try:
                comment = forge.update(comment, body)  # noqa: PLW2901 - the same comment, as it is now
            except (ForgeDeniedError, ForgeMissingError):
                continue  # removed a moment ago, or of somebody else after all
        _remove_older(forge, marked, comment)
        return action, comment
    return _create(forge, marker, body)


def _create(forge: Forge, marker: str, body: str) -> tuple[Action, Comment]:
    """Write a comment, and none beside one that another job writes in the same moment.

    Both then see both. The newest stays, whoever comes later edits it, and the result is the same as if one
    job had run after the other.
    """
    action: Action = "created"
    kept = _write(forge, marker, body)
    beside = [comment for comment in forge.comments() if is_marked(comment.body, marker)]
    marked = _newest_first([comment for comment in beside if comment.author == kept.author])
    if marked and marked[0].id > kept.id:
        kept, action = forge.update(marked[0], body), "updated"
    _remove_older(forge, marked, kept)
    return action, kept


def _write(forge: Forge, marker: str, body: str) -> Comment:
    attempt = 1
    while True:
        try:
            return forge.create(body)
        except ForgeDownError as error:
            forge.patience.wait(error, attempt)
            attempt += 1
        # No answer came, but the comment may be there.
        for comment in _marked(forge, marker):
            if _same(comment.body, body):
                return comment


def _marked(forge: Forge, marker: str) -> list[Comment]:
    """The project's own comments, newest first. What others wrote below the same marker is not."""
    comments = [
        comment for comment in forge.comments() if is_marked(comment.body, marker) and forge.is_own(comment)
    ]
    return _newest_first(comments)


def _newest_first(comments: list[Comment]) -> list[Comment]:
    return sorted(comments, key=lambda comment: comment.id, reverse=True)


def _remove_older(forge: Forge, marked: list[Comment], kept: Comment) -> None:
    """Remove doubles that jobs at the same time have left. That one stays is no reason to fail."""
    for comment in marked:
        if comment.id >= kept.id or comment.author != kept.author:
            continue
        try:
            forge.delete(comment)
        except ForgeMissingError:
            continue
        except ForgeError as error:
            forge.patience.talk(f"an older comment could not be removed: {error.message}")


def _same(one: str, other: str) -> bool:
    """Whether two texts are the same, however the forge keeps the ends of lines."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
