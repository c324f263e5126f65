"""Accepting the scores of a run as the new baseline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.file import in_present_form, load, save, stored_text, to_text
from llmops_cli.compare.compare import compare
from llmops_cli.compare.judged import Judged
from llmops_cli.compare.scores import with_latencies
from llmops_cli.compare.snapshot import require_complete, snapshot
from llmops_cli.compare.verdict import Verdict
from llmops_cli.core.errors import InputError
from llmops_cli.core.policy import same_person
from llmops_cli.evals.journal import SubjectKey, find_run, list_runs, read_header, read_outcomes
from llmops_cli.evals.plan import make_plan
from llmops_cli.evals.result import result_of

if TYPE_CHECKING:
    from pathlib import Path

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.project import Project
    from llmops_cli.evals.result import Outcome, SubjectResult
    from llmops_cli.evals.suite import Subject, Suite

NEEDS_REASON = (Verdict.REGRESSED, Verdict.INCOMPARABLE)
NAMED = 5
"""Cases named in a message."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A baseline that was written: of what, where, from which run, and how it compared with the old one.

    `approved` says that the scores were there already, and one more person stands behind them, `renewed` that
    nothing is different but the form in which the file says it.
    """

    comparison: Comparison
    path: Path
    run: str
    changed: bool
    approved: bool = False
    renewed: bool = False


def accept(
    project: Project, suites: list[Suite], *, model: str = "", reason: str = "", run: str = ""
) -> list[Acceptance]:
    """Write the scores of the newest complete run of each subject as its baseline.

    `model` picks one of several, `run` names the run to take. Who accepts comes from git. Raises InputError
    when no run fits the files as they are now, when some outcomes failed, or when there is something to
    explain and no reason; then nothing is written.
    """
    who = project.repository.identity()
    plan = make_plan(suites)
    subjects = [subject for subject in plan.subjects if not model or subject.model == model]
    if not subjects:
        models = ", ".join(sorted({subject.model for subject in plan.subjects}))
        raise InputError(f"no suite asked for is run on `{model}`", f"models: {models}")
    for subject in subjects:
        require_allowed(project, subject.suite, str(who))
    taken = [_newest(project, subject, run) for subject in subjects]
    for newest in taken:
        require_complete(newest.result)
    comparisons = compare([Judged(newest.result, load(project, newest.result.subject)) for newest in taken])
    for comparison in comparisons:
        unexplained = "" if reason.strip() else _to_explain(comparison)
        if unexplained:
            raise InputError(
                f"{comparison.title} {unexplained}: accepting it needs a reason",
                'llmops baseline accept … --reason "why this is right"',
            )
    approval = _Approval(project, str(who), reason.strip())
    return [approval.write(newest, comparison) for newest, comparison in zip(taken, comparisons, strict=True)]


def _to_explain(comparison: Comparison) -> str:
    """What of a comparison needs a reason; "" where nothing does."""
    if comparison.verdict in NEEDS_REASON:
        return f"is {comparison.verdict}"
    changed = comparison.changed
    if not changed:
        return ""
    # Who may edit the expected answer may make any score of it.
    more = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
    count = "a case" if len(changed) == 1 else f"{len(changed)} cases"
    return f"has other inputs of {count} than the baseline ({', '.join(changed[:NAMED])}{more})"


@dataclass(frozen=True, slots=True)
class _Newest:
    """A result that is to be accepted, and the name of the run it is from."""

    result: SubjectResult
    run: str


@dataclass(frozen=True, slots=True)
class _Approval:
    """Somebody accepts scores, for a reason or without one."""

    project: Project
    who: str
    reason: str

    def write(self, newest: _Newest, comparison: Comparison) -> Acceptance:
        """Write a result as the baseline of its subject. Raises StorageError."""
        subject, old = newest.result.subject, comparison.before
        now = snapshot(newest.result, outputs=self.project.store_outputs)
        if old is not None:
            now = with_latencies(now, old)
            old = in_present_form(old, now)
        if old is not None and to_text(old) == to_text(_as_timed(now, old, subject.suite)):
            # Nothing is different: the file keeps who accepted it first.
            agreed = self._explained(self._approved(old))
            before = stored_text(self.project, subject)
            path = save(self.project, subject, agreed)
            same, renewed = agreed is old, before != to_text(agreed)
            return Acceptance(comparison, path, newest.run, False, not same, same and renewed)
        accepted = {
            "by": self.who,
            "reason": self.reason,
            "verdict": str(comparison.verdict),
            "previous": old.metrics if old is not None else {},
        }
        path = save(self.project, subject, now.with_acceptance(accepted))
        return Acceptance(comparison, path, newest.run, changed=True)

    def _approved(self, old: Scores) -> Scores:
        """The same baseline, approved by one more person where the policy asks for two."""
        approvers = [old.accepted.get("by", ""), *old.accepted.get("approved_by", [])]
        alone = self.project.policy.author_may_accept
        needed = alone is False or (alone is None and old.accepted.get("verdict") == Verdict.REGRESSED)
        if not needed or any(same_person(self.who, name) for name in approvers):
            return old
        return old.with_acceptance({**old.accepted, "approved_by": [*approvers[1:], self.who]})

    def _explained(self, old: Scores) -> Scores:
        """The same baseline with the reason that whoever accepted it gives now, where none stands."""
        accepted = old.accepted
        if not self.reason or accepted.get("reason") or not same_person(self.who, accepted.get("by", "")):
            return old
        return old.with_acceptance({**accepted, "reason": self.reason})


def _as_timed(now: Scores, old: Scores, suite: Suite) -> Scores:
    """The scores now as they would stand in the file that is there: with its acceptance, and its latencies.

    A live model takes another time for the same answers. That is no other score, unless a rule is about it.
    Neither is the same score by a later llmops.
    """
    now = replace(now.with_acceptance(old.accepted), llmops=old.llmops)
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


def _newest(project: Project, subject: Subject, wanted: str) -> _Newest:
    """The newest complete result of exactly this subject. Raises InputError when there is none."""
    folders = [find_run(project, wanted)] if wanted else list_runs(project)
    shards = 0
    for folder in folders:
        header = read_header(folder)
        if subject.identity not in header.get("subjects", []):
            continue
        if "shard" in header:
            # It has only a part of the cases, even where none of this suite is missing.
            shards += 1
            continue
        name = SubjectKey.of(subject)
        by_case: dict[str, list[Outcome]] = {}
        for key, outcome in sorted(read_outcomes(folder).items()):
            if key.subject == name:
                by_case.setdefault(outcome.case_id, []).append(outcome)
        repeats = [by_case.get(case.id, []) for case in subject.suite.cases]
        if all(repeats):
            outcomes = (outcome for asked in repeats for outcome in asked)
            return _Newest(result_of(subject, outcomes), folder.name)
    if shards:
        only = (
            f"run {wanted} is one shard of several" if wanted else f"only shards of {subject.title} were run"
        )
        raise InputError(
            f"{only}: nothing is judged yet",
            "`llmops merge` joins all shards into one run; accept that one",
        )
    raise InputError(
        f"no complete run of {subject.title} with the files as they are now",
        f"run `llmops eval {subject.suite.id}` first",
    )
