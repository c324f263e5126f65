"""GitHub and GitHub Enterprise: comments of a pull request, which are issue comments to its API."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from llmops_cli.core.errors import ForgeDeniedError, ForgeError, ForgeMissingError, InputError
from llmops_cli.forges.base import Comment
from llmops_cli.forges.client import Client
from llmops_cli.forges.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.forges.target import Head, Target

FORK_HINT = (
    "GitHub gives a run for a pull request from a fork a token that can only read. The report is in the "
    "job's summary and artifacts; docs/ci.md has the second workflow that posts it"
)


class GitHub:
    """One pull request on GitHub."""

    name: ClassVar[str] = "GitHub"
    # Stored in 262,144 bytes, so that 65,536 characters fit whatever they are.
    longest: ClassVar[int] = 65_536

    def __init__(self, target: Target, talk: Callable[[str], None]) -> None:
        self._target = target
        self._repository = f"/repos/{target.repository}"
        self._number = target.number
        self.patience = Patience(talk)
        self._client = Client(
            self.name, target, self.patience, self._hint_for, accept="application/vnd.github+json"
        )

    def open(self) -> str:
        """Find the pull request where only its head is known: a workflow that runs after another.

        Raises InputError when several have that head.
        """
        head = self._target.head
        if self._number is not None or head is None:
            return ""
        pulls = {pull["number"]: pull for pull in self._pulls(head)}
        named = [number for number in head.numbers if number in pulls]
        numbers = named or sorted(pulls)
        if not numbers:
            return f"no open pull request has {head.owner}:{head.branch} as its head any more"
        if len(numbers) > 1:
            listed = ", ".join(str(number) for number in numbers)
            raise InputError(
                f"{head.owner}:{head.branch} is the head of several pull requests: {listed}",
                "name the one to comment in with --number",
            )
        commit = str(pulls[numbers[0]]["head"].get("sha"))
        if commit != head.commit:
            return (
                f"pull request {numbers[0]} is at {commit[:10]} now and the report is about "
                f"{head.commit[:10]}; the run for the newer commit comments"
            )
        self._number = numbers[0]
        return ""

    def comments(self) -> list[Comment]:
        """All comments of the conversation, not those at lines of the diff."""
        path = f"{self._repository}/issues/{self._number}/comments"
        return [_comment(entry) for entry in self._client.pages(path, {})]

    def is_own(self, comment: Comment) -> bool:
        """Whether the token's user wrote it.

        The token of an app, and so of a workflow, has no user and may edit what anybody wrote: there,
        whether any app wrote it. Somebody who writes the marker by hand is not one.
        """
        return comment.by_bot if self._user is None else comment.author == self._user

    def create(self, body: str) -> Comment:
        """Write a comment, sent once."""
        path = f"{self._repository}/issues/{self._number}/comments"
        return _comment(self._client.send("POST", path, body={"body": body}, once=True).data)

    def update(self, comment: Comment, body: str) -> Comment:
        """Change the text of a comment."""
        path = f"{self._repository}/issues/comments/{comment.id}"
        return _comment(self._client.send("PATCH", path, body={"body": body}).data)

    def delete(self, comment: Comment) -> None:
        """Remove a comment."""
        self._client.send("DELETE", f"{self._repository}/issues/comments/{comment.id}")

    @cached_property
    def _user(self) -> int | None:
        try:
            return _id(self._client.get("/user"))
        except (ForgeDeniedError, ForgeMissingError):
            return None

    def _pulls(self, head: Head) -> list[dict[str, Any]]:
        query = {"state": "open", "head": f"{head.owner}:{head.branch}"}
        pulls = self._client.pages(f"{self._repository}/pulls", query)
        # A filter that GitHub cannot read is no filter: it then lists every pull request.
        return [pull for pull in pulls if isinstance(pull.get("number"), int) and _has_head(pull, head)]

    def _hint_for(self, status: int, complaint: str) -> str:
        target = self._target
        if status == 401:
            return f"the token in {target.token_from} was not accepted; is it one of {target.api_url}?"
        if status == 404:
            return (
                f"is there a pull request {self._number or ''} in {target.repository}, and may the token in "
                f"{target.token_from} see it?".replace("  ", " ")
            )
        if status == 403 and "locked" in complaint:
            return "the conversation is locked; unlock it to have comments"
        if status == 403 and target.fork:
            return f"the change comes from {target.fork}. {FORK_HINT}"
        if status == 403:
            return (
                "give the job `permissions: {pull-requests: write}`, or a token of your own that right. "
                f"{FORK_HINT}"
            )
        return ""


def _has_head(pull: dict[str, Any], head: Head) -> bool:
    pull_head = pull.get("head") or {}
    owner = (pull_head.get("user") or {}).get("login") or ""
    return pull_head.get("ref") == head.branch and str(owner).lower() == head.owner.lower()


def _id(data: Any) -> int:
    if not isinstance(data, dict) or not isinstance(data.get("id"), int):
        raise ForgeError("GitHub: the answer has no `id`", "is the address that of GitHub's API? (--api-url)")
    return int(data["id"])


def _comment(data: Any) -> Comment:
    number = _id(data)
    user = data.get("user") or {}
    return Comment(
        number,
        data.get("body") or "",
        data.get("html_url") or "",
        user.get("id"),
        by_bot=user.get("type") == "Bot",
    )
