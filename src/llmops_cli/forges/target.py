"""Which pull request is meant, and how to reach it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Head:
    """What a run was about, where nothing says the number: the commit, its branch, and whose that is.

    `numbers` are the pull requests that the run itself names; it names none of a fork.
    """

    owner: str
    branch: str
    commit: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A pull request: the forge, the address of its API, the repository, and the number or the head.

    `repository` is OWNER/NAME on GitHub, an id or a path on GitLab. `fork` is the repository that the change
    comes from, where that is another one. `token_from` names the variable of the token. `job_url` is a page
    where the whole report can be found.
    """

    forge: str
    api_url: str
    repository: str
    token: str = field(repr=False)
    token_from: str
    number: int | None = None
    head: Head | None = None
    fork: str = ""
    job_url: str = ""
