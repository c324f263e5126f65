"""What a run that goes on asks for: what it was begun with, so that its name alone is enough."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import InputError
from llmops_cli.core.provenance import require_own_state
from llmops_cli.evals.journal import find_run, read_header
from llmops_cli.evals.shards.shard import Shard
from llmops_cli.gate.header import options_of, unreadable

if TYPE_CHECKING:
    from llmops_cli.core.project import Project
    from llmops_cli.gate.options import Options

_AS_WRITTEN = {
    "suites": "",
    "filters": "--filter",
    "models": "--model",
    "prompt": "--prompt",
    "repeats": "--repeats",
    "changed": "--changed",
    "offline": "--offline",
    "cache": "--cache",
    "retry_flips": "--retry-flips",
    "shard": "--shard",
}
"""What decides which answers a run has: the option as the user writes it; "" for the suites."""
_LEFT_OUT: tuple[Any, ...] = (None, "", (), False, "auto")
"""Values of an option that nobody gave."""


def as_begun(project: Project, options: Options) -> Options:
    """The options with those that the run to be resumed was begun with; the same where none is resumed.

    Raises InputError when there is no such run, or when an option is given that it was not begun with.
    """
    if options.resume is None:
        return options
    require_own_state(project)
    folder = find_run(project, options.resume, unfinished=True)
    header = read_header(folder)
    shard = Shard.of_header(header)
    if "options" not in header:  # an older llmops began it, which is told when the run is read
        return replace(options, resume=folder.name)
    wrong = unreadable(header)
    if wrong:
        message = f"run {folder.name} has a broken run.json: {', '.join(wrong)} cannot be read"
        raise InputError(message, f"`llmops runs rm {folder.name}` removes it")
    begun = replace(options_of(header), shard=shard)
    for name, written in _AS_WRITTEN.items():
        given, before = getattr(options, name), getattr(begun, name)
        if given not in _LEFT_OUT and given != before:
            hint = f"`llmops eval --resume {folder.name}` goes on with it; or start a new run"
            message = f"run {folder.name} was begun {_told(written, before)}, not {_told(written, given)}"
            raise InputError(message, hint)
    return replace(
        begun,
        resume=folder.name,
        concurrency=options.concurrency,
        base=options.base or begun.base,
        rejudge=options.rejudge or begun.rejudge,
        record=options.record,
    )


def _told(written: str, value: Any) -> str:
    """How a run was begun, as part of a sentence."""
    if not written:
        return f"for {' and '.join(value)}" if value else "for every suite"
    if value in _LEFT_OUT or value == 0:
        return f"without {written}"
    if value is True:
        return f"with {written}"
    values = value if isinstance(value, tuple) else (value,)
    return f"with {' '.join(f'{written} {part}' for part in values)}"
