"""What the environment of a CI job says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops_cli.forges.target import Head


@dataclass(frozen=True, slots=True)
class Job:
    """A job, and the pull request it is about; what is not known is empty.

    `why_none` and `next_step` are for a reader whose job is about no pull request. Of `token_names`, the
    variables that may hold a token, the first that does counts; `token_hint` says where one comes from.
    """

    api_url: str
    token_names: tuple[str, ...]
    token_hint: str
    next_step: str
    repository: str = ""
    number: int | None = None
    head: Head | None = None
    fork: str = ""
    url: str = ""
    why_none: str = ""
