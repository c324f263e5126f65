"""The verdict on one metric: statistics against what the suite tolerates.

To add a rule of a gate:

1. its key: `core/schemas/suite.schema.json`, a field of `evals/suite.py:GateRule`, and `LIMITS` of
   `evals/gate.py`, which reads it and says for which direction it is;
2. what it says: a case in `_limits`, or in `_against_baseline` where it needs one, with a kind in
   `compare/reason.py`, where its words stand;
3. a row in the table of keys in docs/file-formats.md, and a line in CHANGELOG.md.

`tests/compare/test_gate_rules.py` finds what is missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.compare.advice import needed
from llmops_cli.compare.comparable import changed_judges, changed_versions, comparable
from llmops_cli.compare.reason import Reason
from llmops_cli.compare.scores import measured
from llmops_cli.compare.verdict import Verdict, worst
from llmops_cli.evals.metric import metric_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.metric_change import MetricChange
    from llmops_cli.compare.reason import Kind
    from llmops_cli.compare.scores import Scores
    from llmops_cli.compare.undeclared import UndeclaredRead
    from llmops_cli.evals.scorer_version import ScorerVersion
    from llmops_cli.evals.suite import GateRule
    from llmops_cli.stats import Interval

    Ruling = tuple[Verdict, Reason | None]

ROUNDING = 1e-9
"""A floor of 0.9 is not broken by 0.9 in floating point."""


def judge_metrics(comparison: Comparison, second: Sequence[MetricChange]) -> tuple[MetricChange, ...]:
    """The metrics with their verdicts; `second` are the same in the second reading, where there is one."""
    judged = tuple(judge_metric(change, comparison) for change in comparison.metrics)
    if comparison.if_failed:
        judged = _by_both_readings(judged, second, comparison)
    reads = {read.metric: read for read in comparison.undeclared}
    return tuple(_unless_undeclared(change, reads.get(change.metric.name)) for change in judged)


def _by_both_readings(
    judged: Sequence[MetricChange], second: Sequence[MetricChange], comparison: Comparison
) -> tuple[MetricChange, ...]:
    alike = replace(comparison, changed=())
    twice = {change.metric for change in comparison.if_failed}
    if_failed = {change.metric: judge_metric(change, alike) for change in second if change.metric in twice}
    return tuple(
        _by_both(change, if_failed[change.metric], comparison) if change.metric in if_failed else change
        for change in judged
    )


def _unless_undeclared(change: MetricChange, read: UndeclaredRead | None) -> MetricChange:
    """The change, an error where nobody knows what its scores rest on; a definite no stays one."""
    if read is None or change.rule is None or change.verdict in SETTLED:
        return change
    return _with(change, Verdict.ERROR, Reason("undeclared read", read=read))


SETTLED = (Verdict.REGRESSED, Verdict.ERROR, Verdict.INCOMPARABLE)
"""Verdicts that another reading makes no worse."""


def _by_both(first: MetricChange, second: MetricChange, comparison: Comparison) -> MetricChange:
    """The change, incomparable where the cases that changed could hide what the gate forbids."""
    if first.verdict in SETTLED or second.verdict is not Verdict.REGRESSED:
        return first
    names = tuple(map(comparison.name, comparison.changed))
    reason = Reason("changed cases", count=len(names), cases=names, if_failed=second)
    return _with(first, Verdict.INCOMPARABLE, reason)


def judge_metric(change: MetricChange, comparison: Comparison) -> MetricChange:
    """The change with its verdict and the reasons for it; one without a rule stays without."""
    rule = change.rule
    failures = [outcome for outcome in comparison.failures if outcome.lacks(change.metric)]
    if failures and (rule is not None or not all(outcome.undecided for outcome in failures)):
        kind: Kind = "failures" if all(outcome.undecided for outcome in failures) else "scorer failures"
        return _with(change, Verdict.ERROR, Reason(kind, count=len(failures), of=comparison.answers))
    if rule is None:
        return change
    if change.metric.is_pass_rate and comparison.undecided:
        return _with(change, Verdict.ERROR, Reason("nothing decides"))
    unknown = _unknown(change, comparison)
    if change.now is None or unknown:
        return _without_value(change, comparison, unknown)
    rulings = [_limits(rule, change.now)]
    if rulings[0][1] is None and change.kept is not None:
        rulings = [_limits_of_old(rule, change, change.kept)]
    if rule.max_drop is not None or rule.max_rise is not None:
        rulings.append(_against_baseline(change, rule, comparison))
    verdict = worst([ruling for ruling, _ in rulings])
    reasons = [reason for ruling, reason in rulings if reason is not None and ruling is verdict]
    return _with(change, verdict, *reasons)


def _unknown(change: MetricChange, comparison: Comparison) -> int:
    """Cases of which the provider did not say what a gated metric needs."""
    if not change.metric.may_be_unknown:
        return 0
    counted = comparison.now.cases.keys() - comparison.aside
    return len(counted - measured(comparison.now, change.metric).keys())


def _with(change: MetricChange, verdict: Verdict, *reasons: Reason) -> MetricChange:
    return replace(change, verdict=verdict, reasons=reasons)


def _without_value(change: MetricChange, comparison: Comparison, unknown: int) -> MetricChange:
    now, metric = comparison.now, change.metric
    if metric.live_only:
        # Passing here would make a slow run pass when it is repeated from the cache.
        return _with(change, Verdict.INCONCLUSIVE, Reason("not live"))
    if metric.may_be_unknown:
        kind: Kind = "unknown price" if metric.unit == "usd" else "unknown"
        return _with(change, Verdict.ERROR, Reason(kind, count=unknown, of=len(now.cases)))
    if metric.repeated is not None and now.repeats < metric.repeated.k:
        reason = Reason("too few repeats", count=now.repeats, of=metric.repeated.k)
    elif now.cases and not now.cases.keys() - {entry.case_id for entry in comparison.quarantined}:
        reason = Reason("quarantine")
    else:
        reason = Reason("no value", name=now.suite)
    return _with(change, Verdict.ERROR, reason)


def _limits(rule: GateRule, now: float) -> Ruling:
    if rule.floor is not None and now < rule.floor - ROUNDING:
        return Verdict.REGRESSED, Reason("floor", limit=rule.floor)
    if rule.ceiling is not None and now > rule.ceiling + ROUNDING:
        return Verdict.REGRESSED, Reason("ceiling", limit=rule.ceiling)
    return Verdict.PASSED, None


def _limits_of_old(rule: GateRule, change: MetricChange, kept: float) -> Ruling:
    """The limits over the cases that the baseline has: new ones lift nobody over a floor."""
    verdict, reason = _limits(rule, kept)
    if reason is None:
        return verdict, None
    kind: Kind = "floor of the old" if reason.kind == "floor" else "ceiling of the old"
    return verdict, replace(reason, kind=kind, metric=change.metric, value=kept)


def _against_baseline(change: MetricChange, rule: GateRule, comparison: Comparison) -> Ruling:
    before = comparison.before
    if before is None:
        return Verdict.NO_BASELINE, None
    if not comparable(comparison.now, before, change.metric):
        return Verdict.INCOMPARABLE, _what_changed(change, comparison, before)
    if change.metric.live_only and (change.before is None or change.change is None):
        return Verdict.NO_BASELINE, Reason("no latency before")
    if change.change is None or change.reference is None or _mostly_changed(change, comparison, before):
        return Verdict.INCOMPARABLE, _too_few(change, comparison, before)
    if change.interval is None:
        return Verdict.INCONCLUSIVE, Reason("too few calls", count=change.pairs)
    vanished = _vanished(change, comparison, before)
    if vanished:
        return Verdict.ERROR, Reason("values vanished", count=vanished)
    return _by_the_numbers(change, change.change, change.interval, comparison)


def _by_the_numbers(
    change: MetricChange, moved_by: float, interval: Interval, comparison: Comparison
) -> Ruling:
    """What the test and the interval say."""
    allowed = change.tolerated or 0.0
    # Seen as a gain, whichever way is better.
    sign = -1 if change.lower_is_better else 1
    moved = sign * moved_by
    lowest, highest = sorted((sign * interval.low, sign * interval.high))
    alpha = comparison.gate.alpha
    significant = change.adjusted_p is not None and change.adjusted_p <= alpha
    if significant and moved < -allowed - ROUNDING:
        return Verdict.REGRESSED, Reason("dropped")
    if significant and moved > 0:
        return Verdict.IMPROVED, None
    if lowest >= -allowed - ROUNDING or _same_answers(change, comparison):
        return Verdict.PASSED, None
    shortage = needed(change, moved, (lowest, highest), alpha)
    return Verdict.INCONCLUSIVE, Reason("too few cases", shortage=shortage)


def _too_few(change: MetricChange, comparison: Comparison, before: Scores) -> Reason:
    """Why too few cases can be compared."""
    repeated = change.metric.repeated
    if repeated is not None and before.repeats < repeated.k:
        return Reason("too few repeats before", count=before.repeats, of=repeated.k)
    if not change.pairs:
        return Reason("nothing same")
    return Reason("mostly changed", count=change.pairs, of=len(_had(change, comparison, before)))


def _had(change: MetricChange, comparison: Comparison, before: Scores) -> set[str]:
    """Cases of the baseline that have a value of the metric and count."""
    return measured(before, change.metric).keys() - comparison.aside


def _vanished(change: MetricChange, comparison: Comparison, before: Scores) -> int:
    """How many cases lost their value although they are the same and were asked."""
    if change.metric.is_amount:
        return 0  # costs that are not told are an ERROR already, and latency is measured where it is live
    if change.pairs == len(before.cases):
        return 0  # each has one on both sides
    now = comparison.now.cases
    lost = _had(change, comparison, before) & now.keys() - measured(comparison.now, change.metric).keys()
    return len(lost & comparison.same)


def _what_changed(change: MetricChange, comparison: Comparison, before: Scores) -> Reason:
    if change.metric.is_pass_rate and comparison.unmeasured:
        return Reason("not measured", name=", ".join(comparison.unmeasured))
    judges = changed_judges(comparison.now, before, change.metric)
    if judges:
        return Reason("judge changed", judges=tuple(judges.values()))
    versions = _changed_versions(change, comparison.now, before)
    if versions:
        return Reason("scored differently", versions=versions)
    if before.basis(change.metric) is None:
        return Reason("scorers unstated", name=change.metric.name)
    return Reason("scorers changed", name=_why_not_rescored(change, comparison))


def _why_not_rescored(change: MetricChange, comparison: Comparison) -> str:
    """Why the scorers of now could not judge the baseline's answers, where somebody tried."""
    rescored = comparison.rescored
    if rescored is None:
        return ""
    whys = [
        why for name, why in rescored.cannot.items() if change.metric.is_sum or name == change.metric.name
    ]
    return f", and its answers cannot be judged anew: {'; '.join(dict.fromkeys(whys))}" if whys else ""


def _changed_versions(change: MetricChange, now: Scores, before: Scores) -> tuple[ScorerVersion, ...]:
    """What llmops scores in another way now, where a metric rests on that and on no other change."""
    versions = changed_versions(now, before)
    if change.metric.name in versions:
        return (versions[change.metric.name],)
    others = (now.scorers.keys() | before.scorers.keys()) - versions.keys()
    if any(
        now.scorers.get(name) != before.scorers.get(name) and not metric_of(name).is_sum for name in others
    ):
        return ()
    return tuple({version.scorer: version for version in versions.values()}.values())


def _mostly_changed(change: MetricChange, comparison: Comparison, before: Scores) -> bool:
    """Whether so many cases have other inputs now that what is left speaks for no suite."""
    return bool(comparison.changed) and 2 * change.pairs < len(_had(change, comparison, before))


def _same_answers(change: MetricChange, comparison: Comparison) -> bool:
    """Whether every case that counts got the same answer and the same score: nothing to be unsure of."""
    before, now = comparison.before, comparison.now
    if before is None:
        return False
    # What a filter left out says nothing, neither of sameness nor of difference.
    wanted = measured(now if comparison.filtered else before, change.metric).keys() - comparison.aside
    return (
        not change.metric.is_amount
        and change.losses == change.wins == 0
        and change.pairs == len(wanted)
        and before.fingerprint == now.fingerprint
        and before.resolved == now.resolved
        and all(
            before.cases[id_].hashes == case.hashes
            for id_, case in now.cases.items()
            if id_ not in comparison.aside and id_ in comparison.same
        )
    )
