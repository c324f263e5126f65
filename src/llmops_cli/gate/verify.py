"""Asks some answers again that the author of a change recorded, and compares what they score."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmops_cli.evals.metric import metric_of
from llmops_cli.evals.named_models import asked_models
from llmops_cli.evals.rows import Key, SubjectKey
from llmops_cli.gate.authors import authors_answers
from llmops_cli.gate.deciders.cassettes import FOLDER
from llmops_cli.gate.deciders.change import DeciderChange, Effect
from llmops_cli.models.diagnose import faults_of
from llmops_cli.reports import numbers
from llmops_cli.stats.binomial import at_least

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmops_cli.compare.scores import Scores
    from llmops_cli.evals.plan import Plan, Task
    from llmops_cli.evals.result import Outcome, RunResult, SubjectResult
    from llmops_cli.evals.suite import Subject
    from llmops_cli.gate.baselines import Baselines
    from llmops_cli.gate.job import Job

APART = 1_000
"""Added to the number of a repeat that is asked again: as many repeats as a suite may have."""
LEAST_NOISE = 0.05
"""How often the same question is taken to score differently where no repeats say it."""
ALPHA = 0.05
GRADED = 0.2
"""How far a graded score may fall where nothing says how noisy it is."""
NAMED = 8
"""Cases that are named one by one."""


@dataclass(frozen=True)
class Verified:
    """What came of asking recorded answers again.

    `wanted` is how many the policy asks for, `compared` how many were compared, `worse` the cases whose fresh
    answer scores less, and `chance` how likely noise alone gives as many. `why_not` says why none was asked.
    """

    wanted: int
    compared: int = 0
    worse: tuple[tuple[str, str], ...] = ()
    chance: float = 1.0
    why_not: str = ""

    @property
    def contradicted(self) -> bool:
        """Whether more answers score less than noise explains."""
        return bool(self.worse) and self.chance <= ALPHA


def verifications(job: Job, baselines: Baselines, plan: Plan, run: RunResult) -> list[Task]:
    """The recorded answers that are asked again: chosen by the commit, so that nobody can choose them."""
    if baselines.verify == 0 or _why_not(job, run):
        return []
    keys = authors_keys(job, baselines, run)
    candidates = {Key.of(task): task for task in plan.tasks if Key.of(task) in keys and not task.again}
    of = job.options.shard.of if job.options.shard is not None else 1
    count = min(-(-baselines.verify // of), len(candidates))
    seed = f"{run.provenance.get('commit')}:{plan.hash}"
    chosen = random.Random(seed).sample(sorted(candidates), count)  # noqa: S311 - it has to be the same again
    return [replace(candidates[key], repeat=candidates[key].repeat + APART, again="verify") for key in chosen]


def authors_keys(job: Job, baselines: Baselines, run: RunResult) -> frozenset[Key]:
    """The answers of a run that the author of the change recorded."""
    base = baselines.base
    return frozenset() if base is None else authors_answers(job, base, run).keys


def verified(job: Job, baselines: Baselines, run: RunResult) -> Verified | None:
    """What asking again came to; None where the policy does not ask for it, or nobody recorded anything."""
    if baselines.verify == 0 or not authors_keys(job, baselines, run):
        return None
    pairs = [pair for result in run.subjects for pair in _pairs(result)]
    if not pairs:
        why_not = _why_not(job, run) or "every call failed"
        return Verified(baselines.verify, why_not=why_not)
    worse = tuple(
        (result.subject.suite.id, then.case_id)
        for result, then, now in pairs
        if _fell(then, now, baselines.committed.get(SubjectKey.of(result.subject)))
    )
    noise = _noise(baselines.committed.values(), run)
    return Verified(baselines.verify, len(pairs), worse, at_least(len(worse), len(pairs), noise))


def contradictions(verified: Verified | None) -> Iterator[DeciderChange]:
    """What nobody can compute any more, where recorded answers do not hold."""
    if verified is None or not verified.contradicted:
        return
    cases = [case for _, case in verified.worse]
    named = ", ".join(cases[:NAMED]) + (f" and {len(cases) - NAMED} more" if len(cases) > NAMED else "")
    text = (
        f"{len(cases)} of {numbers.count(verified.compared, 'recorded answer')} that were asked again "
        f"score less: {named}"
    )
    suites = sorted({suite for suite, _ in verified.worse})
    suite = suites[0] if len(suites) == 1 else ""
    yield DeciderChange("recording", "", suite, FOLDER, None, {"cases": cases}, text, Effect.INCOMPARABLE)


def _why_not(job: Job, run: RunResult) -> str:
    """Why no answer can be asked again; "" where it can."""
    if run.provenance.get("offline"):
        return "--offline calls no provider"
    faults = [fault for model in _models(job.plan.subjects) for fault in faults_of(model, job.settings)]
    return str(faults[0].message) if faults else ""


def _models(subjects: Iterable[Subject]) -> list[str]:
    every = list(subjects)
    models = [subject.model for subject in every]
    return list(dict.fromkeys([*models, *(asked.model for asked in asked_models(every))]))


def _pairs(result: SubjectResult) -> Iterator[tuple[SubjectResult, Outcome, Outcome]]:
    """Each answer that was asked again beside the recorded one, both with a verdict."""
    recorded = {(outcome.case_id, outcome.repeat): outcome for outcome in result.outcomes}
    for now in result.verifications:
        then = recorded.get((now.case_id, now.repeat - APART))
        if then is not None and not then.undecided and not now.undecided:
            yield result, then, now


def _fell(then: Outcome, now: Outcome, baseline: Scores | None) -> bool:
    """Whether a fresh answer scores less than the recorded one, by more than its judge flickers."""
    names = [*then.values]
    for name, value in then.values.items():
        fresh = now.values.get(name)
        if fresh is None or metric_of(name, names).live_only:
            continue
        judge = baseline.judges.get(name) if baseline is not None else None
        noise = judge.get("noise") if judge is not None else None
        binary = {value, fresh} <= {0.0, 1.0}
        allowed = 0.0 if binary and judge is None else GRADED if noise is None else 3 * noise
        if fresh < value - allowed:
            return True
    return False


def _noise(baselines: Iterable[Scores], run: RunResult) -> float:
    """How often two answers to one question differ in passing, by the repeats that are there."""
    passes: list[Sequence[float]] = [
        case.scores.get("pass_rate", ()) for baseline in baselines for case in baseline.cases.values()
    ]
    passes += [
        [float(bool(outcome.passed)) for outcome in outcomes]
        for result in run.subjects
        for outcomes in result.by_case.values()
    ]
    pairs = unlike = 0
    for values in passes:
        wins = sum(1 for value in values if value >= 1)
        pairs += len(values) * (len(values) - 1) // 2
        unlike += wins * (len(values) - wins)
    # Of two answers that differ, one scores less.
    return max(LEAST_NOISE, unlike / pairs / 2) if pairs else LEAST_NOISE
