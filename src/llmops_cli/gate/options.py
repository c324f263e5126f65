"""What the user asks of one run, and where the run says how it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.evals.recall import CacheMode
    from llmops_cli.evals.run import Progress
    from llmops_cli.evals.shards.shard import Shard

EXCLUDING = (
    ("--record", "--cache replay", "drop one of them"),
    ("--record", "--resume", "run `llmops eval --record`: what was answered is in the cache"),
    ("--record", "--offline", "an offline run has nothing new to record: drop one of them"),
    ("--record", "--shard", "each shard would write the same file with other cases: record in one run"),
    ("--retry-flips", "--cache replay", "a recorded answer would only repeat itself: drop one of them"),
)
"""Pairs of options that exclude each other, and what to do."""


@dataclass(frozen=True)
class Options:
    """What the user asks of one run.

    `resume` is None, or a run's name, or "" for the newest unfinished. `retry_flips` None is what a resumed
    run was begun with, and 0 for a new one; so is `shard` None, and the whole. With `changed` only suites run
    that the change since `base` reaches, or since the main branch. `offline` calls no provider.
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


@dataclass(frozen=True)
class Talk:
    """Where the run says how it goes: a line for the user, and every finished task."""

    report: Callable[[str], None]
    progress: Progress


def require_agreeing(options: Options) -> None:
    """Raise InputError for two options that exclude each other."""
    told = {
        "--record": options.record,
        "--cache replay": options.cache == "replay",
        "--resume": options.resume is not None,
        "--retry-flips": bool(options.retry_flips),
        "--offline": options.offline,
        "--shard": options.shard is not None,
    }
    for one, other, hint in EXCLUDING:
        if told[one] and told[other]:
            raise InputError(f"{one} and {other} exclude each other", hint)
