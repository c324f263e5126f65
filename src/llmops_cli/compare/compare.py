"""Compares scores with a baseline, case by case, and decides.

Two steps, so that one correction covers a whole run: `measure` finds differences, intervals and p-values;
`decide` adjusts the p-values over every gated metric of the run (Holm) and says the verdicts.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from llmops_cli.compare.advice import with_detectable
from llmops_cli.compare.asks import is_same, told_by
from llmops_cli.compare.attribution import attribute, with_scorers
from llmops_cli.compare.comparable import comparable
from llmops_cli.compare.comparison import Comparison, Quarantined
from llmops_cli.compare.flips import find_flips
from llmops_cli.compare.gate import judge_metrics
from llmops_cli.compare.mended import with_new_ids
from llmops_cli.compare.metric_change import MetricChange
from llmops_cli.compare.paired import paired_change, paired_quantile
from llmops_cli.compare.pairs import pick_cases
from llmops_cli.compare.scores import is_measured, known_values, overall
from llmops_cli.compare.second_reading import failing_where_changed, unproven
from llmops_cli.evals.metric import MEASURED, PASSES, passes_of
from llmops_cli.evals.select import matches_filter
from llmops_cli.evals.suite import Gate
from llmops_cli.stats import holm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from llmops_cli.compare.asks import Asking
    from llmops_cli.compare.judged import Judged
    from llmops_cli.compare.pairs import PickedCases
    from llmops_cli.compare.scores import CaseScores, Scores
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.metric import Metric
    from llmops_cli.evals.result import SubjectResult
    from llmops_cli.evals.suite import Suite
    from llmops_cli.scorers.base import Marking


NOTHING: frozenset[Marking] = frozenset()


def compare(subjects: Sequence[Judged]) -> list[Comparison]:
    """A comparison for each subject of a run with its baseline, in their order, judged together."""
    return decide([with_second_reading(measure_result(judged)) for judged in subjects])


def compare_stored(sides: Sequence[tuple[Scores, Scores, Suite | None]]) -> list[Comparison]:
    """A comparison for each pair of stored scores (before, now), judged together.

    The suite, where the project has it, gives the gate and the places of the cases.
    """
    return decide([measure(now, before, suite) for before, now, suite in sides])


def measure_result(judged: Judged) -> Comparison:
    """Differences of one result, without verdicts."""
    result = judged.result
    comparison = measure(judged.now, judged.baseline, judged.suite, result)
    flaky = tuple(id_ for id_ in comparison.broken if confirmed_flaky(result, id_))
    # Where asking again failed, nobody knows: that is an ERROR, and a retry may help.
    unknown = {outcome.case_id for outcome in result.confirmations if outcome.undecided}
    broken = tuple(id_ for id_ in comparison.broken if id_ not in flaky and id_ not in unknown)
    comparison = replace(comparison, broken=broken, flaky=flaky, rescored=judged.rescored)
    if judged.rescored is None or judged.stored is None or comparison.attribution is None:
        return comparison
    causes = with_scorers(comparison.attribution, judged.stored, judged.now, judged.rescored)
    return replace(comparison, attribution=causes)


def measure(
    now: Scores, before: Scores | None, suite: Suite | None, result: SubjectResult | None = None
) -> Comparison:
    """Differences of two sets of scores, without verdicts."""
    cases = suite.cases if suite is not None else ()
    gate = suite.gate if suite is not None else Gate()
    quarantined = tuple(_quarantined(now, cases))
    aside = {entry.case_id for entry in quarantined if entry.holds}
    # A case whose call failed, or which a filter left out, is not gone.
    ours: Mapping[str, Asking] = {case.id: case for case in cases} if result is not None else now.cases
    filtered = result is not None and bool(result.subject.suite.skipped)
    if before is not None:
        before = told_by(before, cases)
        # Where a filter left cases out, the values of both sides are those of the cases that were asked.
        before = before.without(before.cases.keys() - ours) if filtered else with_new_ids(before, ours)
    earlier = before.cases if before is not None else {}
    same = _same(ours, earlier, suite)
    must = must_pass(suite) if suite is not None else frozenset()
    changes = _changes(now, before, pick_cases(now, before, same, aside), gate, _broken_metrics(result))
    comparison = Comparison(
        now=now,
        before=before,
        metrics=changes,
        suite=suite,
        result=result,
        same=same,
        reclustered=_reclustered(same, earlier, now.cases),
        added=tuple(sorted(ours.keys() - earlier.keys())) if before is not None else (),
        removed=() if filtered else tuple(sorted(earlier.keys() - ours.keys())),
        changed=tuple(sorted(id_ for id_ in ours if id_ in earlier and id_ not in same)),
        broken=tuple(id_ for id_ in sorted((must - aside) & now.cases.keys()) if not now.cases[id_].passed),
        quarantined=quarantined,
    )
    if before is None:
        return comparison
    complete = not filtered and not comparison.failures
    return replace(
        comparison,
        flips=find_flips(comparison, must, aside),
        attribution=attribute(
            before,
            now,
            same - aside,
            complete=complete,
            reclustered=not aside.issuperset(comparison.reclustered),
        ),
    )


def with_second_reading(comparison: Comparison) -> Comparison:
    """The same with what its gated metrics and must-pass cases would be if all that changed failed now."""
    now = failing_where_changed(comparison)
    if now is None or comparison.without_verdict:
        return comparison
    picked = pick_cases(now, comparison.before, comparison.same.union(comparison.changed), comparison.aside)
    changes = _changes(now, comparison.before, picked, comparison.gate)
    gated = (change for change in changes if change.rule is not None and not change.metric.is_amount)
    required = must_pass(comparison.suite) if comparison.suite is not None else ()
    return replace(comparison, if_failed=tuple(gated), unproven=unproven(comparison, required))


def _same(
    ours: Mapping[str, Asking], earlier: Mapping[str, CaseScores], suite: Suite | None
) -> frozenset[str]:
    """The cases in which nothing that decides is another than before."""
    cases = suite.cases if suite is not None else ()
    reads = {case.id: read for case in cases if suite is not None and (read := suite.read_of(case))}
    same = []
    for id_, asking in ours.items():
        before = earlier.get(id_)
        if before is None:
            continue
        # Nearly always: a large suite is compared in no time.
        if (asking.inputs == before.inputs and not reads) or is_same(asking, before, reads.get(id_, NOTHING)):
            same.append(id_)
    return frozenset(same)


def _reclustered(
    same: frozenset[str], earlier: Mapping[str, CaseScores], now: Mapping[str, CaseScores]
) -> tuple[str, ...]:
    """The cases that are in another cluster than before."""
    return tuple(
        sorted([id_ for id_, case in now.items() if id_ in same and earlier[id_].cluster != case.cluster])
    )


def must_pass(suite: Suite) -> frozenset[str]:
    """Ids of the cases that may never fail."""
    return frozenset(case.id for case in suite.cases if _must_pass(case, suite.gate.must_pass))


def _must_pass(case: Case, wanted: Sequence[str]) -> bool:
    for entry in wanted:
        kind, _, pattern = entry.partition(":")
        if entry == "all" or matches_filter(case, kind, pattern):
            return True
    return False


def confirmed_flaky(result: SubjectResult, case_id: str) -> bool:
    """Whether a failed must-pass case passed both times it was asked again: then it does not count."""
    again = [outcome for outcome in result.confirmations if outcome.case_id == case_id]
    return bool(again) and all(outcome.passed for outcome in again)


def _quarantined(now: Scores, cases: Sequence[Case]) -> list[Quarantined]:
    today = datetime.now(UTC).date()
    return [
        Quarantined(
            case.id,
            case.place,
            case.quarantine,
            case.quarantine.holds(today),
            now.cases[case.id].passed if case.id in now.cases else None,
        )
        for case in cases
        if case.quarantine is not None
    ]


def _broken_metrics(result: SubjectResult | None) -> dict[str, None]:
    """The metrics of scorers that broke, of answers that have a verdict: none may be left out unseen."""
    failures = () if result is None else result.failures
    decided = (outcome for outcome in failures if not outcome.undecided)
    return {score.metric: None for outcome in decided for score in outcome.scores if score.error}


def _changes(
    now: Scores, before: Scores | None, picked: PickedCases, gate: Gate, broken: Iterable[str] = ()
) -> tuple[MetricChange, ...]:
    rules = {rule.metric: rule for rule in gate.rules}
    metrics = dict.fromkeys([PASSES, *map(now.metric, [*now.metric_names, *broken]), *rules])
    repeats = min(now.repeats, before.repeats if before is not None else now.repeats)
    if repeats > 1:
        metrics |= dict.fromkeys(passes_of(repeats))
    metrics |= dict.fromkeys(metric for metric in MEASURED if is_measured(now, metric))
    given = (MetricChange(metric, rule=rules.get(metric)) for metric in metrics)
    return tuple(_change(change, now, before, picked, gate.alpha) for change in given)


def _change(
    given: MetricChange, now: Scores, before: Scores | None, picked: PickedCases, alpha: float
) -> MetricChange:
    metric = given.metric
    columns = picked.columns(metric)
    ours, theirs = (overall(metric, known_values(values)) for values in columns)
    made = replace(given, now=ours)
    if before is None:
        return made
    made = replace(made, before=theirs, kept=picked.kept(metric), repeats=min(now.repeats, before.repeats))
    pairs = picked.pairs(metric, columns)
    if not pairs.ours or not comparable(now, before, metric):
        return replace(made, pairs=len(pairs.ours))
    if metric.quantile is not None:
        return paired_quantile(made, pairs, metric.quantile, alpha)
    return paired_change(made, pairs, alpha)


def decide(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """The same comparisons with adjusted p-values and verdicts.

    One correction covers every metric whose change can stop a merge; those that only report have their own.
    """
    first = _corrected(comparisons)
    second = first
    if any(comparison.if_failed for comparison in comparisons):
        second = _corrected([_if_failed(comparison) for comparison in comparisons])
    return [
        replace(comparison, metrics=judge_metrics(comparison, reading.metrics))
        for comparison, reading in zip(first, second, strict=True)
    ]


def _if_failed(comparison: Comparison) -> Comparison:
    """The second reading: all metrics, so that the correction is over as many as in the first."""
    instead = {change.metric: change for change in comparison.if_failed}
    metrics = tuple(instead.get(change.metric, change) for change in comparison.metrics)
    return replace(comparison, metrics=metrics)


def _corrected(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """The same with p-values that are adjusted over all of them."""
    families: dict[bool, list[tuple[int, MetricChange]]] = {True: [], False: []}
    for number, comparison in enumerate(comparisons):
        for change in comparison.metrics:
            if change.p_value is not None and change.tolerated is not None and change.rule is not None:
                families[change.rule.tier != "advisory"].append((number, change))
    corrections: dict[tuple[int, Metric], MetricChange] = {}
    for family in families.values():
        adjusted = holm([change.p_value for _, change in family if change.p_value is not None])
        for (number, change), p_value in zip(family, adjusted, strict=True):
            alpha = comparisons[number].gate.alpha
            corrected = replace(change, adjusted_p=p_value, family=len(family))
            corrections[number, change.metric] = with_detectable(corrected, alpha)
    return [
        replace(
            comparison,
            metrics=tuple(corrections.get((number, change.metric), change) for change in comparison.metrics),
        )
        for number, comparison in enumerate(comparisons)
    ]
