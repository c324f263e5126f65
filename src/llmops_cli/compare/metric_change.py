"""How one metric changed between two sets of scores, and what the gate says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from llmops_cli.compare.reason import Reason
    from llmops_cli.compare.verdict import Verdict
    from llmops_cli.evals.metric import Metric
    from llmops_cli.evals.suite import GateRule
    from llmops_cli.stats import Interval


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One metric before and now.

    `before` and `now` are over all cases of each side, `kept` is the value now over the cases that the
    baseline has, None where it has them all. `reference`, `change`, `interval` and `p_value` are over the
    `pairs` cases that both have with the same inputs: the baseline's value of these, and now minus before.
    `losses` and `wins` count cases that got worse and better, `units` the independent ones among the pairs:
    clusters, where cases are clustered. `family` is how many metrics the correction covers. `detectable` is
    the smallest drop that would be found four times out of five, in the unit of the metric, infinite where
    none would. `noise` is the scatter between the `repeats` of a case (the fewest on a side), `spread` that
    of the differences between units (both standard deviations). A metric without a rule has no verdict.
    """

    metric: Metric
    now: float | None = None
    before: float | None = None
    kept: float | None = None
    change: float | None = None
    interval: Interval | None = None
    reference: float | None = None
    p_value: float | None = None
    family: int = 1
    adjusted_p: float | None = None
    pairs: int = 0
    units: int = 0
    losses: int = 0
    wins: int = 0
    test: Literal["", "mcnemar", "sign-flip", "bootstrap"] = ""
    spread: float | None = None
    noise: float | None = None
    repeats: int = 1
    detectable: float | None = None
    rule: GateRule | None = None
    verdict: Verdict | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def why(self) -> tuple[str, ...]:
        """The reasons in words."""
        return tuple(reason.text for reason in self.reasons)

    @property
    def lower_is_better(self) -> bool:
        """Whether a rise is for the worse."""
        return self.metric.lower_is_better

    @property
    def tolerated(self) -> float | None:
        """How much worse it may be than the baseline, in its own unit; None without a rule about changes."""
        if self.rule is None or self.reference is None:
            return None
        limit = self.rule.max_rise if self.lower_is_better else self.rule.max_drop
        return None if limit is None else limit.absolute(self.reference)

    @property
    def rests_on_unknown(self) -> bool:
        """Whether it is an error only because its scorer opened files that the suite does not name."""
        return any(reason.kind == "undeclared read" for reason in self.reasons)

    @property
    def counts(self) -> bool:
        """Whether its verdict counts for the whole: advisory metrics only report."""
        return self.verdict is not None and (self.rule is None or self.rule.tier != "advisory")
