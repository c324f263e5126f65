"""Asks judges about answers that are there: those of now, and those of the base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.rescore.rescore import to_rejudge
from llmops_cli.evals.plan import Task
from llmops_cli.evals.result import Rejudged
from llmops_cli.gate.recompute.by_base import as_at_base, asks_another
from llmops_cli.scorers.base import AskingScorer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.compare.judged import Judged
    from llmops_cli.evals.result import ScoreResult, Told
    from llmops_cli.evals.run import JudgedAgain, Runner
    from llmops_cli.evals.suite import Suite
    from llmops_cli.models.answer import Answer


def rejudge(runner: Runner, judged: Judged, base: Suite | None) -> Rejudged:
    """What judges say who are not those that scored one subject's baseline, or not those of its base."""
    subject, baseline = judged.result.subject, judged.baseline
    if baseline is None:
        return Rejudged()
    stored = [
        (Task(subject, case, repeat, None, "retry"), answer)
        for case, repeat, answer in to_rejudge(baseline, subject)
    ]
    run: list[tuple[Task, Answer]] = []
    earlier = as_at_base(base, subject) if base is not None else subject
    if asks_another(earlier, subject):
        cases = {case.id: case for case in subject.suite.cases}
        run = [
            (Task(earlier, cases[outcome.case_id], outcome.repeat, None, "retry"), outcome.answer)
            for outcome in judged.result.outcomes
            if outcome.answer is not None
        ]
    if stored:
        runner.talk.report(f"asking the judges of now about {len(stored)} answers of the baseline")
    if run:
        runner.talk.report(f"asking the judges of the base about {len(run)} answers of this run")
    judged_stored, judged_run = runner.judge_again(stored), runner.judge_again(run)
    asked = tuple(answer for again in (*judged_stored, *judged_run) for answer in again.asked)
    return Rejudged(_told(stored, judged_stored), _told(run, judged_run), asked)


def _told(given: Sequence[tuple[Task, Answer]], judged: Sequence[JudgedAgain]) -> dict[Told, ScoreResult]:
    """What the judges said of each answer."""
    told: dict[Told, ScoreResult] = {}
    for (task, _), again in zip(given, judged, strict=True):
        asking = {
            use.metric
            for use in task.subject.suite.uses_for(task.case, task.subject.prompt)
            if isinstance(use.scorer, AskingScorer)
        }
        told |= {
            (task.case.id, score.metric, task.repeat): score
            for score in again.scores
            if score.metric in asking
        }
    return told
