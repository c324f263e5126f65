"""Every error llmops raises on purpose, and the one table of exit codes.

LlmopsError                  4  a bug in llmops, unless a subclass says otherwise
├── InputError               2  your files or arguments are wrong; nothing was called, nothing was spent
├── OutsideError             3  the outside world failed; a retry may help
│   ├── StorageError            a disk that cannot be written or read
│   ├── CallError               a model call that failed for good, or for now
│   │   ├── AuthError           401, 403, or a key that is missing on the provider's side
│   │   ├── RateLimitError      429
│   │   ├── CallTimeoutError    no answer in time
│   │   ├── UnreachableError    no connection
│   │   ├── ServerError         5xx
│   │   ├── RequestRefusedError another 4xx: the provider will not take this request
│   │   ├── BadAnswerError      an answer that cannot be read: malformed JSON, an empty body
│   │   │   └── AnswerTooLargeError  one that is larger than is allowed
│   │   ├── ReplayMissError     no recorded answer for this request
│   │   └── OfflineError        an answer that nobody knows, in a run that calls no provider
│   └── ForgeError              GitHub or GitLab did not do what it was asked
│       ├── ForgeDeniedError    401, 403: the token is wrong or may not do this
│       ├── ForgeMissingError   404: nothing there, or nothing that the token may see
│       ├── ForgeLimitError     a rate limit that is used up
│       ├── ForgeDownError      5xx, no connection, no answer in time
│       └── CommentTooLongError the text is longer than a comment may be
└── InterruptedRunError    130  Ctrl-C; what finished is kept
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.core.problem import Problem


class ExitCode(IntEnum):
    """What the process says when it ends."""

    OK = 0
    NO = 1
    INPUT = 2
    OUTSIDE = 3
    BUG = 4
    INTERRUPTED = 130


class LlmopsError(Exception):
    """Root of the tree; `hint` is the next step for the reader."""

    exit_code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n    {self.hint}" if self.hint else self.message


class InputError(LlmopsError):
    """The user's files or arguments are wrong; carries every problem found, sorted by place."""

    exit_code = ExitCode.INPUT

    def __init__(self, message: str = "", hint: str = "", *, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, hint)
        self.problems = tuple(sorted(set(problems)))

    def __str__(self) -> str:
        if not self.problems:
            return super().__str__()
        return "\n".join(str(problem) for problem in self.problems)


class OutsideError(LlmopsError):
    """The outside world failed."""

    exit_code = ExitCode.OUTSIDE


class StorageError(OutsideError):
    """A file or a folder could not be written or read for a reason of the system."""


class CallError(OutsideError):
    """A model call failed.

    `kind` is the short name that goes into results and reports, `retryable` says whether asking again
    may help, `retry_after` is the wait in seconds that the provider asked for.
    """

    kind: ClassVar[str] = "call"
    retryable: ClassVar[bool] = False

    def __init__(
        self, message: str, hint: str = "", *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.retry_after = retry_after


class AuthError(CallError):
    """The provider did not accept the key."""

    kind = "auth"


class RateLimitError(CallError):
    """Too many requests or tokens, or a quota that is used up."""

    kind = "rate-limit"
    retryable = True


class CallTimeoutError(CallError):
    """No answer within the time allowed for one call."""

    kind = "timeout"
    retryable = True


class UnreachableError(CallError):
    """No connection to the provider."""

    kind = "unreachable"
    retryable = True


class ServerError(CallError):
    """The provider answered with a 5xx."""

    kind = "server"
    retryable = True


class RequestRefusedError(CallError):
    """The provider will not take this request as it is."""

    kind = "refused"


class BadAnswerError(CallError):
    """The provider's answer cannot be read."""

    kind = "bad-answer"
    retryable = True


class AnswerTooLargeError(BadAnswerError):
    """The provider's answer is larger than the project allows; asked again it would be as large."""

    retryable = False


class ReplayMissError(CallError):
    """The cassette holds no answer to this request."""

    kind = "replay-miss"


class OfflineError(CallError):
    """The answer is not known, and the run calls no provider."""

    kind = "offline"


class ForgeError(OutsideError):
    """GitHub or GitLab did not do what it was asked; `retry_after` is a wait in seconds that it asked for."""

    def __init__(self, message: str, hint: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after


class ForgeDeniedError(ForgeError):
    """The token is not accepted, or may not do this."""


class ForgeMissingError(ForgeError):
    """There is nothing at this address, or nothing that the token may see."""


class ForgeLimitError(ForgeError):
    """Too many requests; the limit is free again later."""


class ForgeDownError(ForgeError):
    """No usable answer came: a 5xx, no connection, or too late. What was asked for may have been done."""


class CommentTooLongError(ForgeError):
    """The text is longer than a comment may be; `longest` in characters, where the server says it."""

    def __init__(self, message: str, hint: str = "", *, longest: int | None = None) -> None:
        super().__init__(message, hint)
        self.longest = longest


class InterruptedRunError(LlmopsError):
    """The user stopped the run; what had finished is on disk, under the name `run`.

    `message` says how far it had come.
    """

    exit_code = ExitCode.INTERRUPTED

    def __init__(self, message: str, hint: str = "", *, run: str = "") -> None:
        super().__init__(message, hint)
        self.run = run

    def __str__(self) -> str:
        return f"interrupted: {super().__str__()}"
