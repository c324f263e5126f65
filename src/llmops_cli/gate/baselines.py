"""What a run is judged by: the committed baselines of its subjects, and what the change does to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.baselines.file import load, require_kept
from llmops_cli.compare.judged import Judged
from llmops_cli.evals.journal import SubjectKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.compare.scores import Scores
    from llmops_cli.evals.result import RunResult
    from llmops_cli.gate.base.change import BaseComparison
    from llmops_cli.gate.job import Job


@dataclass(frozen=True)
class Baselines:
    """The baselines of a run's subjects; one without a baseline is left out.

    `change` is what the change since a base does to committed baselines, where a base was named.
    """

    committed: Mapping[SubjectKey, Scores]
    change: BaseComparison | None = None

    def beside(self, run: RunResult) -> list[Judged]:
        """Each result of a run with its baseline."""
        return [Judged(result, self.committed.get(SubjectKey.of(result.subject))) for result in run.subjects]


def read_baselines(job: Job) -> Baselines:
    """The baselines that a job is compared with.

    Raises InputError for a broken or a foreign one, for one that git knows and that is gone from the disk,
    and when the base cannot be read.
    """
    committed = {}
    for subject in job.plan.subjects:
        require_kept(job.project, subject)
        baseline = load(job.project, subject)
        if baseline is not None:
            committed[SubjectKey.of(subject)] = baseline
    return Baselines(committed, _change(job) if job.options.base else None)


def _change(job: Job) -> BaseComparison:
    from llmops_cli.gate.base.lowered import compare_with_base

    return compare_with_base(job.project, job.workspace.suites, job.options.base)
