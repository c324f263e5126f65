"""Compares scores with a baseline, case by case, and decides.

Two steps, so that one correction covers a whole run: `measure` finds differences, intervals and p-values;
`decide` adjusts the p-values over every gated metric of the run (Holm) and says the verdicts.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from llmops_cli.compare.advice import with_detectable
from llmops_cli.compare.attribution import attribute, with_scorers
from llmops_cli.compare.comparable import comparable
from llmops_cli.compare.comparison import Comparison, MetricChange, Quarantined
from llmops_cli.compare.flips import find_flips
from llmops_cli.compare.gate import judge_metric
from llmops_cli.compare.paired import paired_change, paired_quantile
from llmops_cli.compare.pairs import pick_cases
from llmops_cli.compare.scores import is_measured, known, overall
from llmops_cli.evals.metric import MEASURED, PASSES, passes_of
from llmops_cli.evals.select import matches_filter
from llmops_cli.evals.suite import Gate
from llmops_cli.stats import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.compare.judged import Judged
    from llmops_cli.compare.pairs import PickedCases
    from llmops_cli.compare.scores import Scores
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.metric import Metric
    from llmops_cli.evals.result import SubjectResult
    from llmops_cli.evals.suite import Suite


def compare(subjects: Sequence[Judged]) -> list[Comparison]:
    """A comparison for each subject of a run with its baseline, in their order, judged together."""
    return decide([measure_result(judged) for judged in subjects])


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
    unknown = {outcome.case_id for outcome in result.confirmations if outcome.failed}
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
    earlier = before.cases if before is not None else {}
    # A case whose call failed, or which a filter left out, is not gone.
    ours = (
        {case.id: case.inputs_hash for case in cases}
        if result is not None
        else {case.id: case.inputs for case in now.cases.values()}
    )
    filtered = result is not None and bool(result.subject.suite.skipped)
    same = {id_ for id_, inputs in ours.items() if id_ in earlier and earlier[id_].inputs == inputs}
    must = must_pass(suite) if suite is not None else frozenset()
    changes = _changes(now, before, pick_cases(now, before, same, aside), gate)
    comparison = Comparison(
        now=now,
        before=before,
        metrics=changes,
        suite=suite,
        result=result,
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
        flips=find_flips(comparison, same, must, aside),
        attribution=attribute(before, now, same - aside, complete=complete),
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


def _changes(now: Scores, before: Scores | None, picked: PickedCases, gate: Gate) -> tuple[MetricChange, ...]:
    rules = {rule.metric: rule for rule in gate.rules}
    metrics = dict.fromkeys([PASSES, *map(now.metric, now.metric_names), *rules])
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
    ours, theirs = (overall(metric, known(values)) for values in columns)
    made = replace(given, now=ours)
    if before is None:
        return made
    made = replace(made, before=theirs, repeats=min(now.repeats, before.repeats))
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
            metrics=tuple(
                judge_metric(corrections.get((number, change.metric), change), comparison)
                for change in comparison.metrics
            ),
        )
        for number, comparison in enumerate(comparisons)
    ]
