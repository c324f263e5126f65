"""Hands calls to workers: each module of the project has processes of its own, started when they are needed.

Two modules never share a process: what one does to its own tells nothing of what the other measures.
"""

from __future__ import annotations

import atexit
import math
import os
import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from llmops_cli.core.ending import at_end
from llmops_cli.scorers.call import Measured
from llmops_cli.scorers.project_code import STAYS_OUT, may_run
from llmops_cli.scorers.workers.process import EndedError, WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmops_cli.scorers.call import Call, Module

    _Waiting = tuple[Call, Future[Measured]]

MOST = max(4, min(8, os.cpu_count() or 4))
"""Processes of one module."""
WORTH_ANOTHER_S = 0.2
"""Seconds of work in the queue for which another process is started."""
BATCH_S = 0.05
"""Seconds of work that travel together."""
BATCH = 500
"""Calls that travel together at most."""
GIVEN_UP = 10.0
"""Times its limit that a module may take without an answer before it is given up."""
ENDING_S = 5
"""Seconds that a killed process is waited for."""


def submit(calls: Iterable[Call]) -> list[Future[Measured]]:
    """What will come of each call; nothing is raised there. Where no code may run, an error each."""
    if not may_run():
        return [_stays_out() for _ in calls]
    return [pool().lane(call.module).submit(call) for call in calls]


def _stays_out() -> Future[Measured]:
    future: Future[Measured] = Future()
    future.set_result(Measured(error=STAYS_OUT))
    return future


@cache
def pool() -> Pool:
    """The workers of this process; they end with the command, or with the process."""
    workers = Pool()
    at_end(workers.close)
    atexit.register(workers.close)
    return workers


class Pool:
    """The workers of every module."""

    def __init__(self) -> None:
        self._lanes: dict[Module, Lane] = {}

    def lane(self, module: Module) -> Lane:
        """The workers of a module."""
        if module not in self._lanes:
            self._lanes[module] = Lane(module)
        return self._lanes[module]

    def close(self) -> None:
        """End every process. Another call starts new ones."""
        lanes, self._lanes = self._lanes, {}
        for lane in lanes.values():
            lane.close()


class Lane:
    """The processes of one module, a thread each, and the calls that wait for them."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._processes: set[WorkerProcess] = set()
        self._seconds = 0.0
        self._lost = 0.0
        self._closed = False

    def submit(self, call: Call) -> Future[Measured]:
        """What will come of a call."""
        future: Future[Measured] = Future()
        with self._changed:
            self._waiting.append((call, future))
            if self._idle:
                self._changed.notify()
            else:
                self._grow()
        return future

    def close(self) -> None:
        """End its processes; what waits is not measured."""
        with self._changed:
            self._closed = True
            waiting = list(self._waiting)
            self._waiting.clear()
            processes = list(self._processes)
            self._changed.notify_all()
            threads = list(self._threads)
        for process in processes:
            process.kill()
        for _, future in waiting:
            future.cancel()
        for thread in threads:
            thread.join(ENDING_S)

    def _grow(self) -> None:
        """Start another thread where there is none, or where much waits; the lock is held."""
        work = len(self._waiting) * self._seconds
        if not self._threads or (work > WORTH_ANOTHER_S and len(self._threads) < MOST):
            thread = threading.Thread(target=self._work, name=f"llmops {self.module.shown}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        """Take calls and have them answered, until the lane is closed."""
        process: WorkerProcess | None = None
        batch: list[_Waiting] = []
        try:
            while batch := self._batch():
                process = self._answer(batch, process)
        except BaseException as error:  # noqa: BLE001 - whoever waits for the answers raises it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
        finally:
            if process is not None:
                self._drop(process)

    def _batch(self) -> list[_Waiting]:
        """The calls to take next; none when the lane is closed."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            if self._closed:
                return []
            self._grow()
            if self._lost >= GIVEN_UP / 2:
                return [self._waiting.pop()]  # those at the other end may be healthy
            most = int(BATCH_S / self._seconds) if self._seconds else 1
            share = math.ceil(len(self._waiting) / len(self._threads))
            many = max(1, min(most, share, BATCH))
            return [self._waiting.popleft() for _ in range(many)]

    def _answer(self, batch: list[_Waiting], process: WorkerProcess | None) -> WorkerProcess | None:
        """Settle the futures of a batch, or put what is left back; the process that is left, if one is."""
        if self._lost >= GIVEN_UP:
            lost = f"no answer in {GIVEN_UP:g} times `{batch[0][0].limit}`"
            why = f"{lost}, so its process is not started again"
            _settle(batch, Measured(error=f"{self.module.shown}: {why}"))
            return process
        answered = 0
        began = time.monotonic()
        try:
            process = process or self._start(batch[0][0])
            began = time.monotonic()
            for answered, result in enumerate(process.answers([call for call, _ in batch]), 1):
                _settle([batch[answered - 1]], result)
                self._lost = 0.0
            self._seconds = (time.monotonic() - began) / answered
        except (EndedError, OSError) as error:
            call, _ = batch[answered]
            self._lost += (time.monotonic() - began) / call.timeout_s
            if process is not None:
                self._drop(process)
            process = None
            why = str(error) if isinstance(error, EndedError) else _not_started(error)
            _settle([batch[answered]], Measured(error=f"{self.module.shown}: {why}"))
            self._put_back(batch[answered + 1 :])
        return process

    def _put_back(self, batch: list[_Waiting]) -> None:
        """Let others wait again whose process ended before their turn."""
        with self._changed:
            if not self._closed:
                self._waiting.extendleft(reversed(batch))
                return
        for _, future in batch:
            future.cancel()

    def _start(self, first: Call) -> WorkerProcess:
        """A process that has imported the module, if that can be done: the time for it is its own."""
        process = WorkerProcess(self.module)
        with self._changed:
            self._processes.add(process)
            closed = self._closed
        try:
            if closed:
                raise EndedError("it is not wanted any more")  # noqa: TRY301
            seconds = max(first.timeout_s, first.starting_s)
            for _ in process.answers([replace(first, sample=None, timeout_s=seconds)]):
                pass
        except BaseException:
            self._drop(process)
            raise
        return process

    def _drop(self, process: WorkerProcess) -> None:
        with self._changed:
            self._processes.discard(process)
        process.end()


def _settle(batch: Iterable[_Waiting], result: Measured) -> None:
    for _, future in batch:
        if future.set_running_or_notify_cancel():
            future.set_result(result)


def _not_started(error: OSError) -> str:
    return f"its process could not be started: {error.strerror or error}"
