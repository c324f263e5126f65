"""The verdict on one metric: statistics against what the suite tolerates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.compare.advice import needed
from llmops_cli.compare.comparable import changed_judges, comparable
from llmops_cli.compare.scores import measured
from llmops_cli.compare.verdict import Verdict, worst

if TYPE_CHECKING:
    from llmops_cli.compare.comparison import Comparison, MetricChange
    from llmops_cli.compare.scores import Scores
    from llmops_cli.evals.suite import GateRule

ROUNDING = 1e-9
"""A floor of 0.9 is not broken by 0.9 in floating point."""


def judge_metric(change: MetricChange, comparison: Comparison) -> MetricChange:
    """The change with its verdict and the reasons for it; one without a rule stays without."""
    rule = change.rule
    if rule is None:
        return change
    if comparison.failures:
        failed, total = len(comparison.failures), comparison.answers
        return _with(change, Verdict.ERROR, f"{failed} of {total} answers have no verdict")
    if change.metric.is_pass_rate and comparison.undecided:
        return _with(change, Verdict.ERROR, "no scorer that decides had anything to measure")
    unknown = _unknown(change, comparison)
    if change.now is None or unknown:
        return _without_value(change, comparison, unknown)
    found: list[tuple[Verdict, str]] = list(_limits(change, rule, change.now))
    if rule.max_drop is not None or rule.max_rise is not None:
        found += [_against_baseline(change, rule, comparison)]
    verdict = worst([verdict for verdict, _ in found])
    reasons = [reason for said, reason in found if reason and said is verdict]
    return _with(change, verdict, *reasons)


def _unknown(change: MetricChange, comparison: Comparison) -> int:
    """Cases of which the provider did not say what a gated metric needs."""
    if not change.metric.may_be_unknown:
        return 0
    aside = {entry.case_id for entry in comparison.quarantined if entry.holds}
    return len(comparison.now.cases.keys() - aside - measured(comparison.now, change.metric).keys())


def _with(change: MetricChange, verdict: Verdict, *reasons: str) -> MetricChange:
    return replace(change, verdict=verdict, reasons=tuple(reasons))


def _without_value(change: MetricChange, comparison: Comparison, unknown: int) -> MetricChange:
    if change.metric.live_only:
        # Passing here would make a slow run pass when it is repeated from the cache.
        return _with(change, Verdict.INCONCLUSIVE, "not measured: no answer was live")
    if change.metric.may_be_unknown:
        said = f"unknown for {unknown} of {len(comparison.now.cases)} cases"
        hint = ": add the price under `prices:` in llmops.yaml" if change.metric.unit == "usd" else ""
        return _with(change, Verdict.ERROR, said + hint)
    repeated = change.metric.repeated
    if repeated is not None and comparison.now.repeats < repeated.k:
        said = f"needs {repeated.k} repeats of each case, and this run has {comparison.now.repeats}"
        return _with(change, Verdict.ERROR, said)
    if comparison.now.cases and not comparison.now.cases.keys() - {q.case_id for q in comparison.quarantined}:
        return _with(change, Verdict.ERROR, "every case is in quarantine: nothing is measured")
    return _with(change, Verdict.ERROR, f"no case of {comparison.now.suite} has a value")


def _limits(change: MetricChange, rule: GateRule, now: float) -> list[tuple[Verdict, str]]:
    if rule.floor is not None and now < rule.floor - ROUNDING:
        return [(Verdict.REGRESSED, f"below the floor of {rule.floor:g}")]
    if rule.ceiling is not None and now > rule.ceiling + ROUNDING:
        return [(Verdict.REGRESSED, f"above the ceiling of {rule.ceiling:g}")]
    return [(Verdict.PASSED, "")]


def _against_baseline(change: MetricChange, rule: GateRule, comparison: Comparison) -> tuple[Verdict, str]:
    before = comparison.before
    if before is None:
        return Verdict.NO_BASELINE, ""
    if not comparable(comparison.now, before, change.metric):
        return Verdict.INCOMPARABLE, _what_changed(change, comparison)
    if change.metric.live_only and (change.before is None or change.change is None):
        return Verdict.NO_BASELINE, "the baseline has no latency of these cases"
    if change.change is None or change.reference is None or _mostly_changed(change, comparison):
        return Verdict.INCOMPARABLE, _too_few(change, comparison, before)
    if change.interval is None:
        return Verdict.INCONCLUSIVE, f"{change.pairs} calls are too few for this quantile"
    vanished = _vanished(change, comparison, before)
    if vanished:
        return Verdict.ERROR, f"{vanished} of the cases that had a value in the baseline have none now"
    allowed = change.tolerated or 0.0
    # Seen as a gain, whichever way is better.
    sign = -1 if change.lower_is_better else 1
    moved = sign * change.change
    lowest = min(sign * change.interval.low, sign * change.interval.high)
    highest = max(sign * change.interval.low, sign * change.interval.high)
    alpha = comparison.gate.alpha
    significant = change.adjusted_p is not None and change.adjusted_p <= alpha
    if significant and moved < -allowed - ROUNDING:
        return Verdict.REGRESSED, "significant, and more than is tolerated"
    if significant and moved > 0:
        return Verdict.IMPROVED, ""
    if lowest >= -allowed - ROUNDING or _same_answers(change, comparison):
        return Verdict.PASSED, ""
    return Verdict.INCONCLUSIVE, needed(change, moved, (lowest, highest), alpha)


def _too_few(change: MetricChange, comparison: Comparison, before: Scores) -> str:
    """Why too few cases can be compared."""
    repeated = change.metric.repeated
    if repeated is not None and before.repeats < repeated.k:
        has = "1 repeat" if before.repeats == 1 else f"{before.repeats} repeats"
        return f"the baseline has {has} of each case: accept one with {repeated.k}"
    if not change.pairs:
        return "no case is the same as in the baseline"
    had = len(_had(change, comparison, before))
    return f"only {change.pairs} of {had} cases are the same as in the baseline"


def _had(change: MetricChange, comparison: Comparison, before: Scores) -> set[str]:
    """Cases of the baseline that have a value of the metric and count."""
    aside = {entry.case_id for entry in comparison.quarantined if entry.holds}
    return measured(before, change.metric).keys() - aside


def _vanished(change: MetricChange, comparison: Comparison, before: Scores) -> int:
    """How many cases lost their value although they are the same and were asked."""
    if change.metric.is_amount:
        return 0  # costs that are not told are an ERROR already, and latency is measured where it is live
    now = comparison.now.cases
    lost = _had(change, comparison, before) & now.keys() - measured(comparison.now, change.metric).keys()
    return sum(1 for id_ in lost if before.cases[id_].inputs == now[id_].inputs)


def _what_changed(change: MetricChange, comparison: Comparison) -> str:
    if change.metric.is_pass_rate and comparison.unmeasured:
        return f"not measured in this run, and the pass rate rests on it: {', '.join(comparison.unmeasured)}"
    before = comparison.before
    judges = changed_judges(comparison.now, before, change.metric) if before is not None else {}
    if judges:
        return "; ".join(f"its judge changed: {was} → {now}" for was, now in judges.values())
    if before is not None and before.basis(change.metric) is None:
        return f"the baseline does not say what `{change.metric}` rested on"
    return "its scorers changed since the baseline"


def _mostly_changed(change: MetricChange, comparison: Comparison) -> bool:
    """Whether so many cases have other inputs now that what is left speaks for no suite."""
    before = comparison.before
    if before is None or not comparison.changed:
        return False
    return 2 * change.pairs < len(_had(change, comparison, before))


def _same_answers(change: MetricChange, comparison: Comparison) -> bool:
    """Whether every case that counts got the same answer and the same score: nothing to be unsure of."""
    before, now = comparison.before, comparison.now
    if before is None:
        return False
    aside = {entry.case_id for entry in comparison.quarantined if entry.holds}
    # What a filter left out says nothing, neither of sameness nor of difference.
    wanted = measured(now if comparison.filtered else before, change.metric).keys() - aside
    return (
        not change.metric.is_amount
        and change.losses == change.wins == 0
        and change.pairs == len(wanted)
        and before.fingerprint == now.fingerprint
        and before.resolved == now.resolved
        and all(
            before.cases[id_].hashes == case.hashes
            for id_, case in now.cases.items()
            if id_ not in aside and id_ in before.cases and before.cases[id_].inputs == case.inputs
        )
    )
