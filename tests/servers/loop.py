"""One event loop in a thread, for all servers of a process: no test has to wait until one has ended."""

from __future__ import annotations

import asyncio
import atexit
import threading
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


class ServerLoop:
    """Runs what is given to it until the process ends; sockets are let go of in its later rounds."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loopback-servers", daemon=True)
        self._ending: set[asyncio.Task[None]] = set()
        self._thread.start()
        atexit.register(self._close)

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Wait for something that is done in the loop, for at most ten seconds."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def end(self, work: Coroutine[object, object, None]) -> None:
        """Let the loop do this when nobody waits for it; called in the loop."""
        task = self._loop.create_task(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _close(self) -> None:
        self.run(self._settle())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _settle(self) -> None:
        await asyncio.gather(*self._ending, return_exceptions=True)
        # An answer that is held back for a client that left long ago.
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # Closed sockets are let go of in the next rounds.
        await asyncio.sleep(0.02)


@cache
def server_loop() -> ServerLoop:
    """The loop of this process."""
    return ServerLoop()
