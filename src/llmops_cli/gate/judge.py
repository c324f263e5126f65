"""Judges a run: each subject beside its baseline, by the rules of the suites and by those of the base."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.accept.age import old_baselines
from llmops_cli.compare.compare import compare
from llmops_cli.compare.readings import settled
from llmops_cli.core.git_tree import GitTree
from llmops_cli.evals.leakage import leaks
from llmops_cli.evals.rows import SubjectKey
from llmops_cli.evals.shards.shard import Shard
from llmops_cli.gate.authors import authors_answers
from llmops_cli.gate.evaluation import Evaluation
from llmops_cli.gate.predecessor import beside_predecessors
from llmops_cli.gate.prices import Repriced
from llmops_cli.gate.recompute.readings import Readings
from llmops_cli.gate.verify import contradictions, verified
from llmops_cli.prompts.lock import changed_problem, is_locked_otherwise, read_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.judged import Judged
    from llmops_cli.compare.metric_change import MetricChange
    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.result import RunResult
    from llmops_cli.gate.authors import AuthorsAnswers
    from llmops_cli.gate.baselines import Baselines
    from llmops_cli.gate.deciders.change import DeciderChange
    from llmops_cli.gate.job import Job


def judge(job: Job, baselines: Baselines, run: RunResult) -> Evaluation:
    """What the gate says of a run; of one shard it says nothing.

    Where no suite ran, what the change does to baselines still counts.
    """
    shard = Shard.of_header(run.provenance)
    if shard is not None:
        # What the change does to baselines is said once, with the verdict.
        warnings = tuple(_warnings(job))
        planned = job.plan.cases
        return Evaluation(
            job.project, job.options, run, (), warnings, affected=job.affected, shard=shard, planned=planned
        )
    if not baselines.may_send:
        return Evaluation(
            job.project,
            job.options,
            run,
            (),
            tuple(_warnings(job)),
            base=baselines.change,
            deciders=baselines.deciders,
            affected=job.affected,
            partial=job.partial,
        )
    readings = _readings(baselines, run)
    subjects = [reading.first for reading in readings]
    comparisons, disputed = _compared(baselines, readings)
    forbidden = _forbidden_by_base(baselines, readings, comparisons)
    loosened = [one for one in forbidden if not baselines.accepts(one.now.suite)]
    waived = [one for one in (*disputed, *forbidden) if baselines.accepts(one.now.suite)]
    asked_again = verified(job, baselines, run)
    return Evaluation(
        job.project,
        job.options,
        run,
        tuple(comparisons),
        tuple(_warnings(job)),
        base=baselines.change,
        affected=job.affected,
        predecessors=tuple(_predecessors(job, baselines, subjects)),
        loosened=tuple(loosened),
        waived=tuple(waived),
        authors=_authors(job, baselines, run),
        repriced=tuple(_repriced(baselines, run, comparisons)),
        partial=job.partial,
        verified=asked_again,
        deciders=(*_counted(baselines, (*loosened, *disputed)), *contradictions(asked_again)),
    )


def _repriced(baselines: Baselines, run: RunResult, comparisons: Sequence[Comparison]) -> Iterator[Repriced]:
    """Gated costs of models whose price moved: the verdict at the price before, and at that of today."""
    now = {comparison.title: comparison for comparison in comparisons}
    earlier = baselines.at_earlier_prices(run)
    for judged, comparison in zip(earlier, compare(earlier), strict=True):
        move = baselines.prices[SubjectKey.of(judged.result.subject)]
        yield Repriced(comparison.now.suite, move, _cost(comparison), _cost(now[comparison.title]))


def _cost(comparison: Comparison) -> MetricChange | None:
    """The change of the cost, where the gate has a rule for it."""
    gated = (change for change in comparison.metrics if change.rule is not None)
    return next((change for change in gated if change.metric.unit == "usd"), None)


def _authors(job: Job, baselines: Baselines, run: RunResult) -> AuthorsAnswers | None:
    """The answers that the author of the change recorded; None where no base says what is new."""
    return None if baselines.base is None else authors_answers(job, baselines.base, run)


def _readings(baselines: Baselines, run: RunResult) -> list[Readings]:
    """Each subject beside its baseline, and as the scorers of the base judge it where they are others."""
    change = baselines.change
    rules = change.rules if change is not None else None
    readings = []
    for judged in baselines.beside(run):
        scored = judged.baseline.scorers if judged.baseline is not None else {}
        if judged.baseline is None or (rules is None and scored == judged.now.scorers):
            readings.append(Readings(judged))
            continue
        from llmops_cli.gate.recompute.read import read

        base = baselines.base.suite_of(judged.suite) if baselines.base is not None else None
        readings.append(read(judged, base, accepted=baselines.accepts(judged.suite.id)))
    return readings


def _compared(
    baselines: Baselines, readings: Sequence[Readings]
) -> tuple[list[Comparison], list[Comparison]]:
    """A comparison for each subject, and again those where two readings disagree, so that nobody can tell.

    Where somebody accepted what changed, the first reading counts all the same.
    """
    comparisons = compare([reading.first for reading in readings])
    seconds = [reading.second for reading in readings if reading.second is not None]
    by_base = iter(compare(seconds))
    counting, disputed = [], []
    for reading, first in zip(readings, comparisons, strict=True):
        both = first if reading.second is None else settled(first, next(by_base))
        disputed += [] if both is first else [both]
        counting.append(first if baselines.accepts(first.now.suite) else both)
    return counting, disputed


def _counted(baselines: Baselines, comparisons: Sequence[Comparison]) -> Iterator[DeciderChange]:
    """The changed deciders; what the author alone accepted does not count where the gate says no of it."""
    stopped = {comparison.now.suite for comparison in comparisons}
    for decider in baselines.deciders:
        yield decider.uncounted() if decider.suite in stopped else decider


def _warnings(job: Job) -> Iterator[Problem]:
    yield from job.workspace.warnings
    yield from _unversioned(job)
    suites = {subject.suite.id: subject.suite for subject in job.plan.subjects}
    for suite in suites.values():
        yield from leaks(suite)
    yield from old_baselines(job.project, job.plan.subjects)


def _unversioned(job: Job) -> Iterator[Problem]:
    """Prompts that changed without a new version: `check` refuses them, trying one out is allowed."""
    prompts = {subject.prompt.id: subject.prompt for subject in job.plan.subjects}
    locked = read_lock(job.project.tree)
    for prompt in prompts.values():
        if is_locked_otherwise(prompt, locked):
            yield replace(changed_problem(prompt), severity="warning")


def _predecessors(job: Job, baselines: Baselines, subjects: Sequence[Judged]) -> list[Comparison]:
    """Subjects without a baseline, beside that of the model that they ran on before."""
    fresh = [judged for judged in subjects if judged.baseline is None]
    if not fresh:
        return []
    change = baselines.change
    earlier = GitTree(job.project.repository, change.commit) if change is not None else None
    return beside_predecessors(job.project, fresh, earlier)


def _forbidden_by_base(
    baselines: Baselines, readings: Sequence[Readings], comparisons: Sequence[Comparison]
) -> list[Comparison]:
    """What the rules at the base forbid, and the rules of the change itself do not."""
    rules = baselines.change.rules if baselines.change is not None else None
    if rules is None:
        return []
    allowed = {comparison.title for comparison in comparisons if not comparison.forbidden}
    subjects = [judged for reading in readings for judged in reading.both]
    by_base = compare([judged for subject in subjects if (judged := rules.for_run(subject)) is not None])
    return [
        comparison
        for comparison in by_base
        if comparison.title in allowed
        and (comparison.forbidden or (comparison.silenced and rules.rescored(comparison)))
    ]
