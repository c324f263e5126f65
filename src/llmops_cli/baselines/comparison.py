"""A comparison as data: what changed between two sets of scores, and what the gate says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.baselines.baseline import unmeasured
from llmops_cli.baselines.verdict import Verdict, worst

if TYPE_CHECKING:
    from llmops_cli.baselines.baseline import Baseline
    from llmops_cli.evals.result import SubjectResult
    from llmops_cli.evals.suite import GateRule
    from llmops_cli.stats import Interval


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One metric before and now.

    `before` and `now` are over all cases of each side; `change`, `interval` and `p_value` over the `pairs`
    cases that both have with the same inputs, now minus before. `losses` and `wins` count cases that got
    worse and better. A metric without a rule has no verdict.
    """

    metric: str
    now: float | None = None
    before: float | None = None
    change: float | None = None
    interval: Interval | None = None
    p_value: float | None = None
    adjusted_p: float | None = None
    pairs: int = 0
    losses: int = 0
    wins: int = 0
    rule: GateRule | None = None
    lower_is_better: bool = False
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flip:
    """A case that passed and fails, or failed and passes."""

    case_id: str
    place: str
    passes_now: bool
    before: str | None
    now: str | None
    reasons: tuple[str, ...] = ()
    must_pass: bool = False


@dataclass(frozen=True)
class Comparison:
    """One subject against its baseline.

    `now` is the result in the shape of a baseline. `changed` are cases whose inputs are others now, and
    `removed` those that are gone. `broken` are must-pass cases that fail. `causes` names what changed.
    """

    result: SubjectResult
    now: Baseline
    before: Baseline | None
    metrics: tuple[MetricChange, ...]
    flips: tuple[Flip, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()

    @property
    def unmeasured(self) -> tuple[str, ...]:
        """Deciding scorers that had nothing to measure in any case: a latency in a replayed run."""
        return unmeasured(self.result)

    @property
    def undecided(self) -> bool:
        """Whether no scorer that decides had anything to measure: then every case would pass."""
        subject = self.result.subject
        deciding = [use.metric for use in subject.suite.metrics_of(subject.prompt) if use.decides]
        return bool(deciding) and set(self.unmeasured) == set(deciding)

    @property
    def verdict(self) -> Verdict:
        """The verdict of the whole: of the metrics whose tier counts, and of the rules about cases."""
        found = [
            change.verdict
            for change in self.metrics
            if change.verdict is not None and (change.rule is None or change.rule.tier != "advisory")
        ]
        if self.broken or self.removed:
            found.append(Verdict.REGRESSED)
        if self.result.failures:
            found.append(Verdict.ERROR)
        if self.before is None:
            found.append(Verdict.NO_BASELINE)
        return worst(found)

    @property
    def forbidden(self) -> bool:
        """Whether the gate says no."""
        if self.verdict is Verdict.INCONCLUSIVE:
            return self.result.subject.suite.gate.inconclusive == "fail"
        return self.verdict in (Verdict.REGRESSED, Verdict.INCOMPARABLE)
