"""One worker process as the side that gives the verdict sees it: asked, timed, ended when it misbehaves."""

from __future__ import annotations

import json
import math
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from llmops_cli.core.environment import variables
from llmops_cli.scorers.base import Measurement
from llmops_cli.scorers.call import Measured
from llmops_cli.scorers.module import neighbours, with_neighbours
from llmops_cli.scorers.workers.confine import hide_variables
from llmops_cli.scorers.workers.files import laid_out, package_folder, search_path
from llmops_cli.scorers.workers.printed import Printed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmops_cli.scorers.call import Call, Module
    from llmops_cli.scorers.sample import Sample

PASSED_ON = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT", "VIRTUAL_ENV",
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
)  # fmt: skip
"""Variables that every worker gets; none of them is a secret."""
CHILD = "llmops_cli.scorers.workers.child"
LONGEST = 16 * 1024 * 1024
"""Bytes of one answer; whoever says more is broken."""
_PIECE = 64 * 1024


class EndedError(Exception):
    """The process is gone, or has to be ended."""


class WorkerProcess:
    """A process that calls functions of one module. Raises OSError when it cannot be started."""

    def __init__(self, module: Module) -> None:
        hide_variables()
        self._kept = ExitStack()
        try:
            top, root, writable = self._kept.enter_context(laid_out(module))
            search = search_path(module, top)
            self._child = _started(module, str(root), str(writable))
        except BaseException:
            self._kept.close()
            raise
        self._out = self._child.stdin.fileno()  # type: ignore[union-attr]
        self._in = self._child.stdout.fileno()  # type: ignore[union-attr]
        self._printing = self._child.stderr.fileno()  # type: ignore[union-attr]
        for stream in (self._out, self._in, self._printing):
            os.set_blocking(stream, False)
        self._unread = bytearray()
        self._printed = Printed(module.shown)
        self._prints = True
        file = os.path.join(root, module.path)  # noqa: PTH118
        folders = neighbours(file, str(root), module.name, module.folder)
        task = {
            "top": str(top),
            "root": str(root),
            "file": file,
            "shown": module.shown,
            "name": module.name,
            "named": module.named,
            "search": with_neighbours(search, folders),
            "folders": folders,
            "memory_mb": module.memory_mb,
            "writable": str(writable),
            "elsewhere": "" if module.contents is None else str(module.top.resolve()),
        }
        self._unsent = bytearray(_line(task))

    def answers(self, calls: Sequence[Call]) -> Iterator[Measured]:
        """What comes of each call. Raises EndedError when the process ends, or has to be ended."""
        self._unsent += b"".join(_line(_as_json(call)) for call in calls)
        for call in calls:
            line = self._line_within(call)
            try:
                yield _measured(json.loads(line), call)
            except (ValueError, KeyError, TypeError, RecursionError):
                raise EndedError("its process said something that is no measurement") from None

    def kill(self) -> None:
        """End it and all that it started, from whichever thread; the one that asks it notices."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)

    def end(self) -> None:
        """End it and all that it started, and remove what it wrote."""
        self.kill()
        self._child.kill()
        self._child.wait()
        self._pass_on()
        self._printed.end()
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr]
        self._kept.close()

    def _line_within(self, call: Call) -> bytes:
        """The next line that it says. Raises EndedError."""
        until = time.monotonic() + call.timeout_s
        searched = 0
        while (end := self._unread.find(b"\n", searched)) < 0:
            searched = len(self._unread)
            left = until - time.monotonic()
            if left <= 0:
                hint = f"; {call.hint}" if call.hint else ""
                raise EndedError(f"it took more than {call.timeout_s:g} s (`{call.limit}`){hint}")
            if len(self._unread) > LONGEST:
                raise EndedError(f"its process said more than {LONGEST:,} bytes")
            if not self._exchanged(left):
                raise EndedError(self._why_ended())
        line = bytes(self._unread[:end])
        del self._unread[: end + 1]
        return line

    def _exchanged(self, seconds: float) -> bool:
        """Send and read what can be; whether the process still speaks."""
        waiting = select.poll()
        waiting.register(self._in, select.POLLIN)
        if self._prints:
            waiting.register(self._printing, select.POLLIN)
        if self._unsent:
            waiting.register(self._out, select.POLLOUT)
        ready = {stream for stream, _ in waiting.poll(seconds * 1000)}
        if self._out in ready:
            try:
                del self._unsent[: os.write(self._out, self._unsent[:_PIECE])]
            except BlockingIOError:
                pass
            except OSError:
                self._unsent.clear()  # it ended: what it said before is still to be read
        if self._printing in ready:
            self._prints = self._pass_on()
        if self._in not in ready:
            return True
        piece = self._read(self._in)
        self._unread += piece
        return bool(piece)

    def _read(self, stream: int) -> bytes:
        try:
            return os.read(stream, _PIECE)
        except OSError:
            return b""

    def _pass_on(self) -> bool:
        """Show what it prints; whether there may be more."""
        data = self._read(self._printing)
        self._printed.add(data)
        return bool(data)

    def _why_ended(self) -> str:
        """How its process ended, with the last that it printed."""
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(1)
        code = self._child.returncode
        self._pass_on()
        if code is None:
            return "its process closed what it answers by"
        ended = f"with exit code {code}"
        if code < 0:
            with suppress(ValueError):
                ended = f"by {signal.Signals(-code).name}"
        words = self._printed.end()
        return f"its process ended {ended}{f': {words}' if words else ''}"


def _started(module: Module, root: str, writable: str) -> subprocess.Popen[bytes]:
    """The process, in a group of its own: Ctrl-C ends this one, which ends it."""
    around = variables()
    environment = {name: around[name] for name in (*PASSED_ON, *module.variables) if name in around}
    environment |= {"PYTHONPATH": package_folder(), "PYTHONIOENCODING": "utf-8:backslashreplace"}
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), writable)
    return subprocess.Popen(  # noqa: S603 - no shell, and nothing of a project is in the command
        [sys.executable, "-P", "-B", "-X", "utf8", "-m", CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=root,
        env=environment,
        start_new_session=True,
        bufsize=0,
    )


def _line(data: object) -> bytes:
    return json.dumps(data, default=str).encode() + b"\n"


def _as_json(call: Call) -> dict[str, Any]:
    sample = None if call.sample is None else _sample_as_json(call.sample)
    return {"function": call.function, "args": dict(call.args), "sample": sample}


def _sample_as_json(sample: Sample) -> dict[str, Any]:
    fields = {name: getattr(sample, name) for name in sample.__dataclass_fields__}
    return {**fields, "answer": sample.answer.to_json()}


def _measured(answer: Any, call: Call) -> Measured:
    """A line of the process as data. Raises ValueError, KeyError or TypeError when it is none."""
    if "error" in answer:
        return Measured(error=str(answer["error"]) or "no message")
    if call.sample is None:
        return Measured()
    value = float(answer["value"])
    if not math.isfinite(value) or not 0 <= value <= 1:
        raise ValueError(value)
    return Measured(Measurement(value, str(answer["reason"]), tuple(map(str, answer["opened"]))))
