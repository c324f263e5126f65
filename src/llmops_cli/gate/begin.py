"""How a run begins: anew, or where an earlier one stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import InputError
from llmops_cli.core.provenance import require_own_state
from llmops_cli.evals.journal import Journal, read_unfinished
from llmops_cli.evals.recall import cache_mode
from llmops_cli.evals.rows import Key, fault_of
from llmops_cli.evals.shards.shard import Shard
from llmops_cli.gate.header import run_header
from llmops_cli.gate.options import Flag
from llmops_cli.reports import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from llmops_cli.core.project import Project
    from llmops_cli.evals.journal import Unfinished
    from llmops_cli.evals.plan import Plan
    from llmops_cli.evals.recall import CacheMode
    from llmops_cli.gate.job import Job
    from llmops_cli.gate.options import Options


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
    if job.options.resume is None:
        shard = job.options.shard
        return Beginning(run_header(job), _part(job.plan, shard), shard)
    require_own_state(job.project)
    earlier = read_unfinished(job.project, job.options.resume, job.plan)
    shard = Shard.of_header(earlier.header)
    # It goes on as it was begun; a header of an older llmops may not say all of it.
    header = dict(earlier.header)
    header.setdefault("retry_flips", job.options.retry_flips or 0)
    header.setdefault("offline", False)
    header.setdefault("cache", job.options.cache)
    otherwise = _otherwise(job.options, header, shard)
    if otherwise is not None:
        name = earlier.folder.name
        hint = f"llmops eval --resume {name}{otherwise.advice}; or start a new run"
        raise InputError(f"run {name} was begun {otherwise.begun}", hint)
    plan = _part(job.plan, shard)
    report(f"resuming {earlier.folder.name}: {_finished(plan, earlier.done)}")
    if earlier.wrong:
        report(f"run {earlier.folder.name}: {fault_of(earlier.wrong)}")
    return Beginning(header, plan, shard, earlier)


def _part(plan: Plan, shard: Shard | None) -> Plan:
    return plan if shard is None else shard.part_of(plan)


@dataclass(frozen=True, slots=True)
class _Otherwise:
    """How a run was begun otherwise than it is to go on; the option is `missing`, or in the way."""

    flag: Flag
    begun: str
    missing: bool = False

    @property
    def advice(self) -> str:
        """What to change in the command that resumes the run."""
        return f" {self.flag.value}" if self.missing else f", without {self.flag.value}"


def _otherwise(options: Options, header: dict[str, Any], shard: Shard | None) -> _Otherwise | None:
    begun = header["retry_flips"]
    if options.retry_flips not in (None, begun):
        asked = f"with --retry-flips {begun}, and {options.retry_flips} is asked for"
        return _Otherwise(Flag.RETRY_FLIPS, asked)
    if options.shard not in (None, shard):
        whole = "a whole run" if shard is None else shard.title
        return _Otherwise(Flag.SHARD, f"as {whole}, and {options.shard} is asked for")
    if options.offline == header["offline"]:
        return None
    if options.offline:
        return _Otherwise(Flag.OFFLINE, "without --offline: it may have called a provider")
    return _Otherwise(Flag.OFFLINE, "with --offline", missing=True)


def _finished(plan: Plan, done: Collection[Key]) -> str:
    """How much of a run is finished; what was asked again is not part of its plan."""
    planned = set(map(Key.of, plan.tasks))
    again = len(set(done) - planned)
    finished = f"{numbers.part(len(done) - again, len(planned))} are finished"
    return f"{finished}, and {numbers.count(again)} that were asked again" if again else finished
