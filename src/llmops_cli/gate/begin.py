"""How a run begins: anew, or where an earlier one stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmops_cli.evals.journal import Journal, read_unfinished
from llmops_cli.evals.recall import cache_mode
from llmops_cli.evals.rows import Key, fault_of
from llmops_cli.gate.header import run_header
from llmops_cli.reports import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from llmops_cli.core.project import Project
    from llmops_cli.evals.journal import Unfinished
    from llmops_cli.evals.plan import Plan
    from llmops_cli.evals.recall import CacheMode
    from llmops_cli.evals.shards.shard import Shard
    from llmops_cli.gate.job import Job


@dataclass(frozen=True)
class Beginning:
    """A run before its first question: what its header says and what it asks, which of a shard is a part.

    `earlier` is the run that it goes on with.
    """

    header: dict[str, Any]
    plan: Plan
    shard: Shard | None = None
    earlier: Unfinished | None = None

    @property
    def cache(self) -> CacheMode:
        """Where answers may come from. Raises InputError."""
        return cache_mode(str(self.header["cache"]))

    @property
    def retry_flips(self) -> int:
        """How often flipped cases are asked once more."""
        times: int = self.header["retry_flips"]
        return times

    def open(self, project: Project) -> Journal:
        """Its journal, open for writing: the first trace of a new run. Raises StorageError."""
        if self.earlier is None:
            return Journal.start(project, self.header)
        return Journal(self.earlier.folder, self.header, new=False)


def begin(job: Job, report: Callable[[str], None]) -> Beginning:
    """How the run of a job begins. Writes nothing. Raises InputError when none can be resumed so."""
    options = job.options
    plan = job.plan if options.shard is None else options.shard.part_of(job.plan)
    if options.resume is None:
        return Beginning(run_header(job), plan, options.shard)
    earlier = read_unfinished(job.project, options.resume, job.plan)
    report(f"resuming {earlier.folder.name}: {_finished(plan, earlier.done)}")
    if earlier.wrong:
        report(f"run {earlier.folder.name}: {fault_of(earlier.wrong)}")
    return Beginning(dict(earlier.header), plan, options.shard, earlier)


def _finished(plan: Plan, done: Collection[Key]) -> str:
    """How much of a run is finished; what was asked again is not part of its plan."""
    planned = set(map(Key.of, plan.tasks))
    again = len(set(done) - planned)
    finished = f"{numbers.part(len(done) - again, len(planned))} are finished"
    return f"{finished}, and {numbers.count(again)} that were asked again" if again else finished
