"""What runs in a worker: it reads calls, a line each, and writes what came of them.

A line begins a worker: where its project lies, which file it imports, what it may open. Then each call is
answered before the next is read. Whatever a scorer prints, from C or from a process of its own, is no answer.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from llmops_cli.models.answer import Answer
from llmops_cli.scorers.module import OnlyHere, ProjectModule
from llmops_cli.scorers.own_function import FunctionFailedError, OwnFunction
from llmops_cli.scorers.sample import Sample
from llmops_cli.scorers.watch import Watch
from llmops_cli.scorers.workers.confine import (
    confine_writes,
    drop_sight_of_others,
    end_with_parent,
    limit_memory,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def main() -> None:
    """Answer calls until there are no more."""
    calls, answers = _own_streams()
    end_with_parent()
    worker = _Worker(json.loads(calls.readline()))
    process = os.getpid()
    for line in calls:
        answer = worker.answer(json.loads(line))
        if os.getpid() != process:
            os._exit(0)  # a process that a scorer forked came back from it
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _own_streams() -> tuple[BinaryIO, BinaryIO]:
    """Where calls come from and answers go, out of the way of what scorers read and print."""
    calls, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    if hasattr(os, "register_at_fork"):
        # A process that outlives its worker would hold the stream open.
        for stream in (calls, answers):
            os.register_at_fork(after_in_child=partial(os.close, stream.fileno()))
    return calls, answers


class _Worker:
    """The functions of one file."""

    def __init__(self, task: Mapping[str, Any]) -> None:
        root = Path(task["root"])
        named, self.shown = task["named"], task["shown"]
        sys.path[:] = task["search"]
        self.watched = named is not None
        watch = Watch(root, named or (), Path(task["top"]), Path(task["writable"]))
        self.module = ProjectModule(Path(task["file"]), watch, task["folders"], task["name"])
        # To its end: a thread that it leaves running may open a file between two calls.
        self._always = ExitStack()
        self._always.enter_context(watch.watching())
        if task["elsewhere"]:
            sys.meta_path.insert(0, OnlyHere(task["elsewhere"]))
        self.memory_mb = task["memory_mb"]
        limit_memory(self.memory_mb)
        drop_sight_of_others()
        self.confined = confine_writes(task["writable"])

    def answer(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """A measurement or an error as JSON; of a call without a sample nothing but that it was imported."""
        function = OwnFunction(self.module, self.shown, call["function"], watched=self.watched)
        try:
            if call["sample"] is None:
                function.load()
                return {}
            measured = function.measure(_sample(call["sample"]), call["args"])
        except FunctionFailedError as error:
            return {"error": f"{error}{self._hint(error.__cause__)}"}
        except BaseException as error:  # noqa: BLE001 - it is foreign code
            return {"error": function.told(error)}
        return {"value": measured.value, "reason": measured.reason, "opened": measured.opened}

    def _hint(self, cause: BaseException | None) -> str:
        if isinstance(cause, MemoryError):
            return f": it may take {self.memory_mb:,} MiB (`memory_mb`)"
        if isinstance(cause, PermissionError) and self.confined:
            return " (a scorer writes to files of `tempfile` only)"
        return ""


def _sample(given: Mapping[str, Any]) -> Sample:
    tuples = {name: tuple(given[name]) for name in ("tags", "context", "messages")}
    return Sample(**{**given, **tuples, "answer": Answer.from_json(given["answer"])})


if __name__ == "__main__":
    main()
