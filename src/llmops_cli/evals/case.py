"""A case as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import content_hash
from llmops_cli.evals.origin import Origin, first_words
from llmops_cli.scorers.sample import Sample, option_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from llmops_cli.core.source import Source
    from llmops_cli.models.answer import Answer

FIELD_HASH = 8
"""Hex digits kept of the hash of one field."""
NOTHING: tuple[Any, ...] = (None, [])
"""What a field holds that a case does not give."""


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
    `has_id` false says that its id is a hash of what it asks.
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
    has_id: bool = True

    @cached_property
    def _asks(self) -> dict[str, Any]:
        return {
            "vars": self.vars,
            "expected": self.expected,
            "messages": list(self.messages),
            "context": list(self.context),
            "scorers": list(self.scorers),
            "output": self.output,
        }

    @cached_property
    def inputs(self) -> str:
        """Hash of what makes this case the question it is, and of what an answer to it is compared with."""
        return content_hash(self._asks)

    @cached_property
    def with_metadata(self) -> str:
        """The same with its metadata, as earlier versions took every case; "" where it has none."""
        return content_hash({**self._asks, "metadata": self.metadata}) if self.metadata else ""

    @cached_property
    def tags_hash(self) -> str:
        """Hash of its tags, in whatever order they stand."""
        return content_hash(sorted(set(self.tags)))

    @property
    def whole(self) -> str:
        """Hash of everything that a scorer may read of it but its tags."""
        return self.with_metadata or self.inputs

    @cached_property
    def origin(self) -> Origin | None:
        """What tells it from others where its id is a hash; None where it has an id of its own."""
        if self.has_id:
            return None
        parts = {f"vars.{name}": value for name, value in self.vars.items()}
        parts |= {
            name: value for name, value in self._asks.items() if name != "vars" and value not in NOTHING
        }
        hashes = {name: content_hash(value)[:FIELD_HASH] for name, value in parts.items()}
        return Origin(hashes, self.place, first_words(self.vars))

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

    @property
    def name(self) -> str:
        """What reports call it: an id that is a hash has the first words of its input beside it."""
        return self.id if self.origin is None else self.origin.named(self.id)

    def in_quarantine(self, today: date) -> bool:
        """Whether it does not count today."""
        return self.quarantine is not None and self.quarantine.holds(today)

    @property
    def place(self) -> str:
        """`path:line` of the case."""
        line, _ = self.source.place(self.pointer)
        return f"{self.source.path}:{line}"
