"""What is asked of a model: everything that reaches it, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import content_hash

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Request:
    """One chat request.

    `model` is `provider/name`. `messages` are OpenAI-style dicts (`role`, `content` as text or a list of
    parts). `params` are the provider's sampling parameters as written in the prompt file. `output` is the
    JSON Schema that the answer has to meet, `tools` are OpenAI function definitions.
    """

    model: str
    messages: tuple[Mapping[str, Any], ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    tools: tuple[Mapping[str, Any], ...] = ()
    output: Mapping[str, Any] | None = None

    @property
    def provider(self) -> str:
        """The part of `model` before the first slash."""
        return self.model.partition("/")[0]

    @property
    def name(self) -> str:
        """The part of `model` after the first slash: the provider's own name for it."""
        return self.model.partition("/")[2]

    @cached_property
    def key(self) -> str:
        """Hash of everything that reaches the model; two requests with one key are the same question."""
        return content_hash(
            {
                "model": self.model,
                "messages": list(self.messages),
                "params": dict(self.params),
                "tools": list(self.tools),
                "output": self.output,
            }
        )
