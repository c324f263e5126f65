"""What a worker does for a scorer that is not the project's own: patterns that may take for ever."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import content_hash
from llmops_cli.core.limits import more
from llmops_cli.scorers.call import Call, Module

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.core.limits import Limits
    from llmops_cli.scorers.sample import Sample

HERE = Path(__file__).parent
FILE = "at_length.py"
MEMORY_MB = 1024
"""MiB that a pattern or a schema may take."""
STARTING_S = 30
"""Seconds that the start of the worker may take: they are llmops' own."""


def elsewhere(function: str, what: str, sample: Sample, args: Mapping[str, Any], limits: Limits) -> Call:
    """What a worker does: call a function of `at_length.py`; `what` is it that may take its time."""
    # Each pattern has a process of its own: one that hangs takes no time of another's.
    content = content_hash([function, args])
    module = Module(HERE, HERE, FILE, what, content, None, folder=None, memory_mb=MEMORY_MB)
    return Call(module, function, limits.pattern_s, sample, args, "pattern_s", more("pattern_s"), STARTING_S)
