"""What a provider said, by llmops' names and before anything of it is trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of any protocol; every field may be anything.

    `usage` has the names of `Usage`. `ids` are names for the call, the best one first. `tool_calls` are in
    OpenAI's form, `error` is what went wrong where the provider says so inside of a success. `seconds` and
    `first_token_s` are measured here.
    """

    text: Any
    tool_calls: Any = None
    finish_reason: Any = None
    error: Any = None
    model: Any = None
    usage: Mapping[str, Any] = field(default_factory=dict)
    ids: tuple[Any, ...] = ()
    seconds: float | None = None
    first_token_s: float | None = None
