"""A decider that is another than at the base, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import content_hash
from llmops_cli.gate.base.unmet import Unmet

if TYPE_CHECKING:
    from llmops_cli.baselines.approvals import Approval


class Effect(StrEnum):
    """What a change of a decider does until somebody accepts it."""

    LISTED = "listed"
    """It is told. Where it is a rule, the rule of the base judges the run as well."""
    BLOCKS = "blocks"
    """The gate says no: a rule of the base has nothing left to judge."""
    INCOMPARABLE = "incomparable"
    """The gate says no: nobody can compute what it did to the scores."""
    REFUSES = "refuses"
    """Nothing is sent to a model."""


@dataclass(frozen=True)
class DeciderChange:
    """One decider before and now: None where there was, or is, none.

    `kind` and `name` say what it is, `suite` whose ("" for the project's), `place` where it stands now, and
    `text` what happened to it. `approval` is who accepted this very step, and `alone` says that only authors
    of the change did; `unmet` is what the base's policy lacks where somebody did and it does not count.
    """

    kind: str
    name: str
    suite: str
    place: str
    before: Any
    now: Any
    text: str
    effect: Effect = Effect.LISTED
    approval: Approval | None = None
    alone: bool = False
    unmet: Unmet | None = None

    @property
    def what(self) -> str:
        """What an approval calls it."""
        return " ".join(part for part in (self.kind, self.suite, self.name) if part)

    @property
    def hash(self) -> str:
        """Stands for the step of this very decider, from the one value to the other, in an approval."""
        return content_hash([self.kind, self.suite, self.name, self.before, self.now])

    @property
    def told(self) -> str:
        """What happened, with who accepted it and why."""
        if self.approval is not None:
            return f"{self.text}; accepted by {self.accepted}"
        return (
            self.text if self.unmet is None else f"{self.text}; an approval does not count: {self.unmet.text}"
        )

    @property
    def accepted(self) -> str:
        """Who accepted it, and why; "" where nobody did."""
        return "" if self.approval is None else f"{self.approval.by}: {self.approval.reason}"

    @property
    def stops(self) -> bool:
        """Whether the gate says no because of it."""
        return self.effect is not Effect.LISTED and self.approval is None

    @property
    def waived(self) -> bool:
        """Whether the gate would say no because of it, had nobody accepted it."""
        return self.effect is not Effect.LISTED and self.approval is not None

    def uncounted(self) -> DeciderChange:
        """The same where its authors alone accepted it and that is not enough."""
        return replace(self, approval=None, unmet=Unmet("alone decider")) if self.alone else self

    @property
    def is_sent(self) -> bool:
        """Whether it changes what is sent, and where."""
        return self.effect is Effect.REFUSES
