"""What the user asks of one run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError

if TYPE_CHECKING:
    from llmops_cli.evals.recall import CacheMode
    from llmops_cli.evals.shards.shard import Shard


class Flag(Enum):
    """An option that another may exclude, as the user writes it."""

    RECORD = "--record"
    REPLAY = "--cache replay"
    RESUME = "--resume"
    RETRY_FLIPS = "--retry-flips"
    OFFLINE = "--offline"
    SHARD = "--shard"
    REJUDGE = "--rejudge"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Two options that exclude each other, and what to do."""

    one: Flag
    other: Flag
    hint: str


EXCLUSIONS = (
    Exclusion(Flag.RECORD, Flag.REPLAY, "drop one of them"),
    Exclusion(
        Flag.RECORD, Flag.RESUME, "use the same command without --resume: what was answered is in the cache"
    ),
    Exclusion(Flag.RECORD, Flag.OFFLINE, "an offline run has nothing new to record: drop one of them"),
    Exclusion(
        Flag.RECORD, Flag.SHARD, "each shard would write the same file with other cases: record in one run"
    ),
    Exclusion(Flag.REJUDGE, Flag.SHARD, "a shard judges nothing: ask the judges again in one run"),
    Exclusion(Flag.RETRY_FLIPS, Flag.REPLAY, "a recorded answer would only repeat itself: drop one of them"),
)


@dataclass(frozen=True)
class Options:
    """What the user asks of one run.

    `resume` is None, or a run's name, or "" for the newest unfinished. `retry_flips` None is what a resumed
    run was begun with, and 0 for a new one; so is `shard` None, and the whole. With `changed` only suites run
    that the change since `base` reaches, or since the main branch. `offline` calls no provider.
    `rejudge` asks judges that changed about answers that are there.
    """

    suites: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    prompt: str = ""
    repeats: int | None = None
    concurrency: int | None = None
    cache: CacheMode = "auto"
    record: bool = False
    resume: str | None = None
    retry_flips: int | None = None
    base: str = ""
    changed: bool = False
    shard: Shard | None = None
    offline: bool = False
    rejudge: bool = False

    @property
    def given(self) -> frozenset[Flag]:
        """Which of the options that may exclude each other were given."""
        given = {
            Flag.RECORD: self.record,
            Flag.REPLAY: self.cache == "replay",
            Flag.RESUME: self.resume is not None,
            Flag.RETRY_FLIPS: bool(self.retry_flips),
            Flag.OFFLINE: self.offline,
            Flag.REJUDGE: self.rejudge,
            Flag.SHARD: self.shard is not None,
        }
        return frozenset(flag for flag in given if given[flag])


def require_agreeing(options: Options) -> None:
    """Raise InputError for two options that exclude each other."""
    for exclusion in EXCLUSIONS:
        if {exclusion.one, exclusion.other} <= options.given:
            raise InputError(
                f"{exclusion.one.value} and {exclusion.other.value} exclude each other", exclusion.hint
            )
