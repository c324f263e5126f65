"""GitLab: comments of a merge request, which are notes to its API."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from llmops_cli.core.errors import ForgeError
from llmops_cli.forges.base import Comment
from llmops_cli.forges.client import Client
from llmops_cli.forges.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.forges.target import Target


class GitLab:
    """One merge request on GitLab."""

    name: ClassVar[str] = "GitLab"
    longest: ClassVar[int] = 1_000_000

    def __init__(self, target: Target, talk: Callable[[str], None]) -> None:
        self._target = target
        project = quote(target.repository, safe="")
        self._request = f"/projects/{project}/merge_requests/{target.number}"
        self._url = ""
        self.patience = Patience(talk)
        self._client = Client(self.name, target, self.patience, self._hint_for)

    def open(self) -> str:
        """Find the merge request's page: a note does not say its own address."""
        data = self._client.get(self._request)
        self._url = str(data.get("web_url") or "") if isinstance(data, dict) else ""
        return ""

    def comments(self) -> list[Comment]:
        """All notes, those at lines of the diff among them; without what GitLab itself noted."""
        query = {"sort": "asc", "order_by": "created_at"}
        notes = self._client.pages(f"{self._request}/notes", query)
        return [self._comment(note) for note in notes if not note.get("system")]

    def is_own(self, comment: Comment) -> bool:
        """Whether the token's user wrote it; a project's token has a user of its own."""
        return comment.author == self._user

    def create(self, body: str) -> Comment:
        """Write a note, sent once."""
        reply = self._client.send("POST", f"{self._request}/notes", body={"body": body}, once=True)
        return self._comment(reply.data)

    def update(self, comment: Comment, body: str) -> Comment:
        """Change the text of a note."""
        return self._comment(self._client.send("PUT", self._note(comment), body={"body": body}).data)

    def delete(self, comment: Comment) -> None:
        """Remove a note."""
        self._client.send("DELETE", self._note(comment))

    def _note(self, comment: Comment) -> str:
        return f"{self._request}/notes/{comment.id}"

    @cached_property
    def _user(self) -> int:
        return _id(self._client.get("/user"))

    def _comment(self, data: Any) -> Comment:
        number = _id(data)
        author = (data.get("author") or {}).get("id")
        url = f"{self._url}#note_{number}" if self._url else ""
        return Comment(number, data.get("body") or "", url, author)

    def _hint_for(self, status: int, complaint: str) -> str:
        del complaint
        target = self._target
        if status == 401:
            return f"the token in {target.token_from} was not accepted; is it one of {target.api_url}?"
        if status == 404:
            return (
                f"is there a merge request {target.number} in project {target.repository}, and may the token "
                f"in {target.token_from} see it?"
            )
        if status == 403:
            return f"the token in {target.token_from} needs the scope `api` and the role Reporter or higher"
        return ""


def _id(data: Any) -> int:
    if not isinstance(data, dict) or not isinstance(data.get("id"), int):
        raise ForgeError("GitLab: the answer has no `id`", "is the address that of GitLab's API? (--api-url)")
    return int(data["id"])
