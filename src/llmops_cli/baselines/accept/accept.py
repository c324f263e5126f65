"""Accepting the scores of a run as the new baseline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.accept.fit import require_same_baseline
from llmops_cli.baselines.accept.newest import taken
from llmops_cli.baselines.approvals import kept_approvals
from llmops_cli.baselines.file import load, save, stored_hash, stored_text
from llmops_cli.baselines.looks import LOOKED, runs_looked_at
from llmops_cli.baselines.present_form import in_present_form
from llmops_cli.baselines.rescore.rescore import needs_rescoring, rescore
from llmops_cli.baselines.write import to_text
from llmops_cli.compare.compare import compare
from llmops_cli.compare.judged import Judged
from llmops_cli.compare.pricing import at_price_now
from llmops_cli.compare.scores import with_latencies
from llmops_cli.compare.snapshot import require_complete, snapshot
from llmops_cli.compare.verdict import Verdict
from llmops_cli.core.errors import InputError
from llmops_cli.core.policy import same_person
from llmops_cli.evals.plan import make_plan
from llmops_cli.models.price import FREE, price_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from llmops_cli.baselines.accept.newest import Taken
    from llmops_cli.baselines.accept.source import Source
    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.project import Project
    from llmops_cli.evals.suite import Subject, Suite

NEEDS_REASON = (Verdict.REGRESSED, Verdict.INCOMPARABLE)
NAMED = 5
"""Cases named in a message."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A baseline that was written: of what, where, from which run, and how it compared with the old one.

    `approved` says that the scores were there already, and one more person stands behind them, `renewed` that
    nothing is different but the form in which the file says it. `looked_at` is how many runs of the same
    inputs there were to choose from.
    """

    comparison: Comparison
    path: Path
    run: str
    changed: bool
    approved: bool = False
    renewed: bool = False
    looked_at: int = 1


def accept(
    project: Project, suites: list[Suite], *, model: str = "", reason: str = "", source: Source | None = None
) -> list[Acceptance]:
    """Write the scores of the newest complete run of each subject as its baseline, or those of a source.

    `model` picks one of several. Who accepts comes from git. Raises InputError when no run fits the files as
    they are now, when some outcomes failed, when the source was compared with another baseline, or when there
    is something to explain and no reason; then nothing is written.
    """
    who = project.repository.identity()
    subjects = subjects_of(suites, model)
    for subject in subjects:
        require_allowed(project, subject.suite, str(who))
    results = [taken(project, subject, source) for subject in subjects]
    approval = _Approval(project, str(who), reason.strip())
    for one in results:
        require_complete(one.result)
        if source is not None and not approval.is_there(one):
            subject = one.result.subject
            require_same_baseline(source, subject, stored_hash(project, subject))
    comparisons = compare([_beside_baseline(project, one) for one in results])
    for comparison in comparisons:
        unexplained = "" if reason.strip() else _to_explain(comparison)
        if unexplained:
            raise InputError(
                f"{comparison.title} {unexplained}: accepting it needs a reason",
                'llmops baseline accept … --reason "why this is right"',
            )
    return [approval.write(one, comparison) for one, comparison in zip(results, comparisons, strict=True)]


def subjects_of(suites: list[Suite], model: str) -> list[Subject]:
    """What suites judge, on one of their models where it is named. Raises InputError when none runs on it."""
    every = make_plan(suites).subjects
    subjects = [subject for subject in every if not model or subject.model == model]
    if not subjects:
        models = ", ".join(sorted({subject.model for subject in every}))
        raise InputError(f"no suite asked for is run on `{model}`", f"models: {models}")
    return subjects


def _beside_baseline(project: Project, one: Taken) -> Judged:
    """A result with the baseline that it takes the place of, at the price of today and by today's scorers."""
    subject = one.result.subject
    baseline = load(project, subject)
    if baseline is None:
        return Judged(one.result, None)
    baseline = at_price_now(baseline, project.prices)
    if not needs_rescoring(baseline, subject):
        return Judged(one.result, baseline)
    rescored = rescore(baseline, subject)
    return Judged(one.result, rescored.scores, baseline, rescored)


def _to_explain(comparison: Comparison) -> str:
    """What of a comparison needs a reason; "" where nothing does."""
    if comparison.verdict in NEEDS_REASON:
        return f"is {comparison.verdict}"
    changed = comparison.changed
    if comparison.reclustered and not changed:
        return _otherwise("clusters", comparison.reclustered)
    if not changed:
        return ""
    # Who may edit the expected answer may make any score of it.
    return _otherwise("inputs", changed)


def _otherwise(what: str, cases: Sequence[str]) -> str:
    more = f" and {len(cases) - NAMED} more" if len(cases) > NAMED else ""
    count = "a case" if len(cases) == 1 else f"{len(cases)} cases"
    return f"has other {what} of {count} than the baseline ({', '.join(cases[:NAMED])}{more})"


@dataclass(frozen=True, slots=True)
class _Approval:
    """Somebody accepts scores, for a reason or without one."""

    project: Project
    who: str
    reason: str

    def is_there(self, one: Taken) -> bool:
        """Whether the scores of a result are those of the baseline of its subject already."""
        now, old = self._now_and_old(one)
        return old is not None and _is_same(now, old, one.result.subject.suite)

    def _now_and_old(self, one: Taken) -> tuple[Scores, Scores | None]:
        """The scores of a result as its file would hold them, and those that it holds."""
        # As it was accepted: costs at another price are others.
        old = load(self.project, one.result.subject)
        now = snapshot(one.result, outputs=self.project.store_outputs)
        # The llmops that scored is not always the one that accepts.
        now = replace(now, prices=self._prices(now), llmops=one.llmops or now.llmops)
        if old is None:
            return now, None
        now = with_latencies(now, old)
        return now, in_present_form(old, now)

    def write(self, one: Taken, comparison: Comparison) -> Acceptance:
        """Write a result as the baseline of its subject. Raises StorageError."""
        subject = one.result.subject
        now, old = self._now_and_old(one)
        if old is not None and _is_same(now, old, subject.suite):
            # Nothing is different: the file keeps who accepted it first.
            agreed = self._explained(self._approved(old, subject.suite))
            before = stored_text(self.project, subject)
            path = save(self.project, subject, agreed)
            same, renewed = agreed is old, before != to_text(agreed)
            return Acceptance(comparison, path, one.run, False, not same, same and renewed)
        accepted = {
            "by": self.who,
            "reason": self.reason,
            "verdict": str(comparison.verdict),
            "previous": old.metrics if old is not None else {},
            LOOKED: runs_looked_at(self.project, one.result),
            **kept_approvals(old.accepted if old is not None else {}),
        }
        path = save(self.project, subject, now.with_acceptance(accepted))
        return Acceptance(comparison, path, one.run, changed=True, looked_at=accepted[LOOKED])

    def _prices(self, now: Scores) -> dict[str, dict[str, Any]]:
        """What the model costs, where its calls have a cost and it is not for free."""
        if not any(case.cost_usd for case in now.cases.values()):
            return {}
        price = price_of(now.model, self.project.prices, resolved=now.resolved[0] if now.resolved else None)
        return {} if price is None or price == FREE else {now.model: price.to_json()}

    def _approved(self, old: Scores, suite: Suite) -> Scores:
        """The same baseline, approved by one more person where it may take two."""
        approvers = [old.accepted.get("by", ""), *old.accepted.get("approved_by", [])]
        alone = self.project.policy.author_may_accept
        if alone or (alone is None and not _is_doubtful(old.accepted, suite)):
            return old
        if any(same_person(self.who, name) for name in approvers):
            return old
        return old.with_acceptance({**old.accepted, "approved_by": [*approvers[1:], self.who]})

    def _explained(self, old: Scores) -> Scores:
        """The same baseline with the reason that whoever accepted it gives now, where none stands."""
        accepted = old.accepted
        if not self.reason or accepted.get("reason") or not same_person(self.who, accepted.get("by", "")):
            return old
        return old.with_acceptance({**accepted, "reason": self.reason})


def _is_doubtful(accepted: Mapping[str, Any], suite: Suite) -> bool:
    """Whether a baseline is one that its author alone may not be enough for."""
    verdict = accepted.get("verdict")
    if verdict == Verdict.INCONCLUSIVE:
        return suite.gate.inconclusive == "fail"
    return verdict in NEEDS_REASON or (verdict == Verdict.PASSED and bool(accepted.get("reason")))


def _is_same(now: Scores, old: Scores, suite: Suite) -> bool:
    return to_text(old) == to_text(_as_timed(now, old, suite))


def _as_timed(now: Scores, old: Scores, suite: Suite) -> Scores:
    """The scores now as they would stand in the file that is there: with its acceptance, and its latencies.

    A live model takes another time for the same answers. That is no other score, unless a rule is about it.
    Neither is the same score by a later llmops, or the price that an older one did not write down.
    """
    prices = now.prices if old.prices else {}
    now = replace(now.with_acceptance(old.accepted), llmops=old.llmops, prices=prices)
    if any(rule.metric.live_only for rule in suite.gate.rules):
        return now
    cases = {
        id_: replace(case, latency_s=old.cases[id_].latency_s) if id_ in old.cases else case
        for id_, case in now.cases.items()
    }
    return replace(now, cases=cases)


def require_allowed(project: Project, suite: Suite, who: str) -> None:
    """Raise InputError when the policy does not let somebody accept baselines of a suite."""
    if project.policy.allows(who, suite.owners):
        return
    allowed = ", ".join(project.policy.acceptors(suite.owners))
    raise InputError(
        f"{who} may not accept baselines of {suite.id}: `policy.accept` in llmops.yaml does not name you",
        f"ask one of: {allowed}"
        if allowed
        else f"{suite.path} has no `owners`, and the policy names nobody else",
    )
