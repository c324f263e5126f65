"""A case as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import content_hash
from llmops_cli.scorers.sample import Sample, option_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from llmops_cli.core.source import Source
    from llmops_cli.models.answer import Answer


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Why a case does not count for a while. It counts again on the day after `until`."""

    reason: str
    until: date

    def holds(self, today: date) -> bool:
        """Whether it has not expired."""
        return today <= self.until


@dataclass(frozen=True)
class Case:
    """One case of a suite.

    `vars` fill the prompt's template, `expected` is what the scorers compare with. `cluster` joins cases
    that are not independent. `output` is an answer recorded elsewhere: it is scored and nothing is asked.
    """

    id: str
    vars: Mapping[str, Any]
    source: Source = field(repr=False, compare=False)
    pointer: tuple[str | int, ...] = ()
    expected: Any = None
    has_expected: bool = False
    tags: tuple[str, ...] = ()
    cluster: str | None = None
    scorers: tuple[Any, ...] = ()
    messages: tuple[Mapping[str, Any], ...] = ()
    context: tuple[Any, ...] = ()
    output: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    quarantine: Quarantine | None = None

    @cached_property
    def inputs_hash(self) -> str:
        """Hash of everything that makes this case the question it is, and of what its scorers read.

        Metadata count where there are some: scorers read them, and a case without any keeps the hash that
        baselines from before know it by.
        """
        inputs: dict[str, Any] = {
            "vars": self.vars,
            "expected": self.expected,
            "messages": list(self.messages),
            "context": list(self.context),
            "scorers": list(self.scorers),
            "output": self.output,
        }
        if self.metadata:
            inputs["metadata"] = self.metadata
        return content_hash(inputs)

    @cached_property
    def template_values(self) -> dict[str, Any]:
        """What a prompt's template can read."""
        values = dict(self.vars)
        if self.context:
            values.setdefault("context", list(self.context))
        return values

    @cached_property
    def scorer_values(self) -> dict[str, Any]:
        """What a scorer's option can read."""
        expected = {"expected": self.expected} if self.has_expected else {}
        return option_values(self.vars, self.context, self.metadata, expected)

    def sample(self, answer: Answer) -> Sample:
        """An answer to this case as its scorers see it."""
        return Sample(
            answer=answer,
            id=self.id,
            vars=self.vars,
            expected=self.expected,
            has_expected=self.has_expected,
            tags=self.tags,
            context=self.context,
            messages=self.messages,
            metadata=self.metadata,
        )

    def in_quarantine(self, today: date) -> bool:
        """Whether it does not count today."""
        return self.quarantine is not None and self.quarantine.holds(today)

    @property
    def place(self) -> str:
        """`path:line` of the case."""
        line, _ = self.source.place(self.pointer)
        return f"{self.source.path}:{line}"
