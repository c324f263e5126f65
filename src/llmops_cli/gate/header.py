"""What the header of a run says of its options: written here, read where it goes on or shards are joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from llmops_cli.baselines.header_soundness import MOST_REPEATS
from llmops_cli.core.errors import InputError
from llmops_cli.core.provenance import provenance
from llmops_cli.evals.recall import CacheMode
from llmops_cli.evals.shards.shard import AGAIN
from llmops_cli.gate.options import Options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.evals.shards.find import ShardRun
    from llmops_cli.gate.job import Job

_LISTS = ("suites", "models", "filters")
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(_LISTS, list),
    **dict.fromkeys(("prompt", "base", "cache", "llmops"), str),
    **dict.fromkeys(("changed", "offline"), bool),
    "repeats": (int, type(None)),
    "retry_flips": int,
}
"""What a header has to say for a run to be joined with others, and of which kind it is."""


def run_header(job: Job) -> dict[str, Any]:
    """The header of a new run. It says what was asked for: the run can go on, or be joined with others."""
    options = job.options
    header: dict[str, Any] = {
        "plan": job.plan.hash,
        "subjects": [subject.identity for subject in job.plan.subjects],
        "filters": list(options.filters),
        "partial": None if job.partial is None else [job.partial.cases, job.partial.of],
        "cache": options.cache,
        "retry_flips": options.retry_flips or 0,
        "offline": options.offline,
        "options": {
            "suites": list(options.suites),
            "prompt": options.prompt,
            "models": list(options.models),
            "repeats": options.repeats,
            "base": options.base,
            "changed": options.changed,
            "rejudge": options.rejudge,
            "record": options.record,
        },
        **provenance(job.project),
    }
    if options.shard is not None:
        header["shard"] = [options.shard.number, options.shard.of]
    return header


@dataclass(frozen=True, slots=True)
class Asked:
    """What a shard was asked for, and by which llmops."""

    options: Options
    llmops: str


def asked_of(run: ShardRun) -> Asked:
    """The options in a shard's header. Raises InputError when they are not what a run writes."""
    wrong = unreadable(run.header)
    if wrong:
        raise InputError(
            problems=[run.problem(f"run.json is broken: {', '.join(wrong)} cannot be read", AGAIN)]
        )
    return Asked(options_of(run.header), run.header["llmops"])


def _flat(header: Mapping[str, Any]) -> Mapping[str, Any]:
    options = header.get("options")
    return {**header, **options} if isinstance(options, dict) else header


def unreadable(header: Mapping[str, Any]) -> list[str]:
    """What of the options in a run's header is not what a run writes."""
    header = _flat(header)
    wrong = [
        name for name, kind in _KINDS.items() if name not in header or not isinstance(header[name], kind)
    ]
    wrong += [name for name in _LISTS if name not in wrong and not _are_texts(header[name])]
    if "repeats" not in wrong and not 1 <= (header["repeats"] or 1) <= MOST_REPEATS:
        wrong.append("repeats")
    if "cache" not in wrong and header["cache"] not in get_args(CacheMode):
        wrong.append("cache")
    return wrong


def options_of(header: Mapping[str, Any]) -> Options:
    """What a run was asked for, its shard aside. What is `unreadable` has been refused before."""
    header = _flat(header)
    return Options(
        suites=tuple(header["suites"]),
        filters=tuple(header["filters"]),
        models=tuple(header["models"]),
        prompt=header["prompt"],
        repeats=header["repeats"],
        cache=header["cache"],
        retry_flips=header["retry_flips"],
        base=header["base"],
        changed=header["changed"],
        offline=header["offline"],
        rejudge=bool(header.get("rejudge")),
    )


def _are_texts(values: list[Any]) -> bool:
    return all(isinstance(text, str) for text in values)
