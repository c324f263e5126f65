"""A comparison as data: what changed between two sets of scores, and what the gate says of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from llmops_cli.compare.flip import FlipCount
from llmops_cli.compare.snapshot import unmeasured
from llmops_cli.compare.undeclared import undeclared_reads
from llmops_cli.compare.verdict import Verdict, worst
from llmops_cli.evals.suite import Gate

if TYPE_CHECKING:
    from llmops_cli.compare.attribution import Attribution
    from llmops_cli.compare.flip import Flip
    from llmops_cli.compare.metric_change import MetricChange
    from llmops_cli.compare.rescored import Rescored
    from llmops_cli.compare.scores import Scores
    from llmops_cli.compare.undeclared import UndeclaredRead
    from llmops_cli.evals.case import Case, Quarantine
    from llmops_cli.evals.result import Outcome, SubjectResult
    from llmops_cli.evals.suite import Suite


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A case with a quarantine: `holds` until it expires, `passed` is None where it has no verdict."""

    case_id: str
    place: str
    quarantine: Quarantine
    holds: bool
    passed: bool | None


@dataclass(frozen=True)
class Comparison:
    """One subject against its baseline.

    `now` is the result in the shape of a baseline; `suite` and `result` are None where stored scores are
    compared and the project has no such suite, or no run was made. `same` are the cases that can be compared,
    `changed` those in which something that decides is another now, and `removed` those that are gone.
    `if_failed` is the second reading: the gated metrics, were each changed case to fail now. `reclustered`
    are cases of `same` with another cluster: those of the baseline count. `broken` are must-pass cases that
    fail, `flaky` those that failed and passed when they were asked again, `unproven` those that passed and
    changed, so that nobody can tell whether they would pass as they were. `attribution` says what changed,
    `rescored` what other scorers made of the baseline. `names` are what the two sides are called, `since` is
    the first of them in a sentence.
    """

    now: Scores
    before: Scores | None
    metrics: tuple[MetricChange, ...]
    suite: Suite | None = None
    result: SubjectResult | None = None
    flips: tuple[Flip, ...] = ()
    same: frozenset[str] = frozenset()
    if_failed: tuple[MetricChange, ...] = ()
    reclustered: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    attribution: Attribution | None = None
    rescored: Rescored | None = None
    names: tuple[str, str] = ("baseline", "now")
    since: str = "the baseline"

    @property
    def title(self) -> str:
        """How the subject is called in reports."""
        return self.now.title

    @property
    def pass_rate(self) -> MetricChange | None:
        """The pass rate's change; None where only other metrics were compared."""
        return next((change for change in self.metrics if change.metric.is_pass_rate), None)

    @property
    def gate(self) -> Gate:
        """The suite's gate; the default one for stored scores of a suite that is gone."""
        return self.suite.gate if self.suite is not None else Gate()

    @cached_property
    def aside(self) -> frozenset[str]:
        """The cases in quarantine, which do not count."""
        return frozenset(entry.case_id for entry in self.quarantined if entry.holds)

    @cached_property
    def cases(self) -> dict[str, Case]:
        """The suite's cases by id."""
        return {case.id: case for case in self.suite.cases} if self.suite is not None else {}

    def name(self, case_id: str) -> str:
        """What a case is called: an id that is a hash has the first words of its input beside it."""
        if case_id in self.cases:
            return self.cases[case_id].name
        stored = self.now.cases.get(case_id) or (self.before.cases.get(case_id) if self.before else None)
        return case_id if stored is None or stored.origin is None else stored.origin.named(case_id)

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """Outcomes of which something is missing."""
        return self.result.failures if self.result is not None else ()

    @property
    def without_verdict(self) -> tuple[Outcome, ...]:
        """Those of them that neither passed nor failed."""
        return tuple(outcome for outcome in self.failures if outcome.undecided)

    @cached_property
    def undeclared(self) -> tuple[UndeclaredRead, ...]:
        """Scorers that opened files which the suite does not name."""
        return undeclared_reads(self.result) if self.result is not None else ()

    @property
    def answers(self) -> int:
        """How many answers were asked for, those without a verdict included."""
        if self.result is not None:
            return len(self.result.everything)
        return sum(len(case.hashes) for case in self.now.cases.values())

    @property
    def size(self) -> int:
        """How many cases it is about."""
        return len(self.result.by_case) if self.result is not None else len(self.now.cases)

    @property
    def filtered(self) -> bool:
        """Whether a filter left cases of the suite out."""
        return self.result is not None and bool(self.result.subject.suite.skipped)

    @property
    def causes(self) -> tuple[str, ...]:
        """What changed since the baseline, a line for each."""
        return () if self.attribution is None else tuple(cause.text for cause in self.attribution.causes)

    @property
    def unmeasured(self) -> tuple[str, ...]:
        """Deciding scorers that had nothing to measure in any case: a latency in a replayed run."""
        return unmeasured(self.result) if self.result is not None else ()

    @property
    def undecided(self) -> bool:
        """Whether no scorer that decides had anything to measure: then every case would pass."""
        if self.result is None:
            return False
        subject = self.result.subject
        deciding = [use.metric for use in subject.suite.metrics_of(subject.prompt) if use.decides]
        return bool(deciding) and set(self.unmeasured) == set(deciding)

    @cached_property
    def flip_count(self) -> FlipCount:
        """How many cases flipped, and how."""
        counted = [flip for flip in self.flips if not flip.quarantined]
        worse = sum(1 for flip in counted if flip.worse)
        return FlipCount(
            worse=worse,
            better=len(counted) - worse,
            aside=len(self.flips) - len(counted),
            whole=all(flip.whole for flip in counted),
        )

    @property
    def is_sure(self) -> bool:
        """Whether a test says that some change is no noise, whatever the gate tolerates."""
        alpha = self.gate.alpha
        return any(change.adjusted_p is not None and change.adjusted_p <= alpha for change in self.metrics)

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict of the whole: of the metrics whose tier counts, and of the rules about cases."""
        verdicts = [change.verdict for change in self.metrics if change.counts and change.verdict is not None]
        if self.broken:
            verdicts.append(Verdict.REGRESSED)
        if self.removed or self.unproven:
            verdicts.append(Verdict.INCOMPARABLE)
        if self.failures or self.undeclared:
            verdicts.append(Verdict.ERROR)
        if self.before is None:
            verdicts.append(Verdict.NO_BASELINE)
        return worst(verdicts)

    @property
    def beyond_limits(self) -> bool:
        """Whether a floor or a ceiling is broken, whatever the baseline says."""
        return any(reason.is_limit for change in self.metrics for reason in change.reasons)

    @property
    def silenced(self) -> bool:
        """Whether a gated metric has no value although every call was answered."""
        outside = any(outcome.outside for outcome in self.failures)
        return not outside and any(
            change.counts and change.verdict is Verdict.ERROR and not change.rests_on_unknown
            for change in self.metrics
        )

    @property
    def forbidden(self) -> bool:
        """Whether the gate says no: cases that went are a no whatever else could be judged."""
        if self.removed:
            return True
        if self.verdict is Verdict.INCONCLUSIVE:
            return self.gate.inconclusive == "fail"
        return self.verdict in (Verdict.REGRESSED, Verdict.INCOMPARABLE)
