"""A prompt as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import content_hash
from llmops_cli.prompts.template import without_comments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.core.source import Source
    from llmops_cli.prompts.template import ProjectEnvironment


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    `content` is a template or a list of parts with templates; `extra` holds `name`, `tool_call_id` and
    `tool_calls`, sent as written.
    """

    role: str
    content: str | tuple[Mapping[str, Any], ...]
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The message as it stands in the file."""
        content = self.content if isinstance(self.content, str) else [dict(part) for part in self.content]
        return {"role": self.role, "content": content, **self.extra}


@dataclass(frozen=True)
class Prompt:
    """One version of one prompt.

    `partials` are the texts of everything its messages include, `was` are the ids that it had before, newest
    first.
    """

    id: str
    version: str
    model: str
    messages: tuple[Message, ...]
    source: Source
    environment: ProjectEnvironment
    partials: Mapping[str, str] = field(default_factory=dict)
    variables: frozenset[str] = frozenset()
    description: str = ""
    owner: str = ""
    labels: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] | None = None
    output: Mapping[str, Any] | None = None
    tools: tuple[Mapping[str, Any], ...] = ()
    was: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Its id, then those that it had before, newest first."""
        return (self.id, *self.was)

    @property
    def ref(self) -> str:
        """`id@version`."""
        return f"{self.id}@{self.version}"

    @property
    def references(self) -> tuple[str, ...]:
        """`id@version` by its id, and by those that it had before."""
        return tuple(f"{name}@{self.version}" for name in self.ids)

    @property
    def path(self) -> str:
        """The file's path in the project."""
        return self.source.path

    @cached_property
    def parts(self) -> dict[str, str]:
        """Hash of each thing that reaches the model, by its name; what the fingerprint is made of."""

        def plain(value: Any) -> Any:
            if isinstance(value, str):
                return without_comments(self.environment, value)
            if isinstance(value, dict):
                return {key: plain(part) for key, part in value.items()}
            return [plain(part) for part in value] if isinstance(value, list) else value

        return {
            "messages": content_hash([plain(message.to_json()) for message in self.messages]),
            "includes": content_hash({path: plain(text) for path, text in self.partials.items()}),
            "params": content_hash(dict(self.params)),
            "tools": content_hash(list(self.tools)),
            "output": content_hash(self.output),
            "model": content_hash(self.model),
        }

    @cached_property
    def fingerprint(self) -> str:
        """Hash of what reaches the model: comments and the order of keys do not count."""
        return content_hash(self.parts)
