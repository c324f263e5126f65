"""Settles many items: what is known at once, the rest together, while workers give their scores."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from llmops_cli.core.errors import ReplayMissError
from llmops_cli.evals.bench import submitted

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from concurrent.futures import Future

    from llmops_cli.evals.result import Outcome
    from llmops_cli.evals.unscored import Unscored
    from llmops_cli.scorers.call import Measured

Item = TypeVar("Item")
Ask = TypeVar("Ask")


class NotKnownError(Exception):
    """The answer has to be asked for."""


@dataclass
class Settling(Generic[Item, Ask]):
    """How items are settled.

    `settle` answers and judges one with what asks for it, and raises NotKnownError where it may ask nobody;
    `finish` takes what came of it. `pending` have to be asked for, `missed` are not recorded and never will
    be.
    """

    settle: Callable[[Item, Ask], Coroutine[Any, Any, Unscored]]
    finish: Callable[[Item, Outcome], None]
    pending: list[Item] = field(default_factory=list)
    missed: list[tuple[Item, ReplayMissError]] = field(default_factory=list)
    _waiting: list[tuple[Item, Unscored, list[Future[Measured]]]] = field(default_factory=list)

    def recall(self, items: Iterable[Item], memory: Ask) -> None:
        """Settle what `memory` can answer, without an event loop."""
        for item in items:
            try:
                unscored = _at_once(self.settle(item, memory))
            except NotKnownError:
                self.pending.append(item)
            except ReplayMissError as miss:
                self.missed.append((item, miss))
            else:
                self._score(item, unscored)

    def wait(self) -> None:
        """Finish what waits for workers."""
        for item, unscored, futures in self._waiting:
            self.finish(item, unscored.scored(future.result() for future in futures))
        self._waiting.clear()

    async def ask(self, ask: Ask, concurrency: int) -> None:
        """Settle what is pending, so many at once; workers score meanwhile."""
        import asyncio

        queue = iter(self.pending)

        async def scored(item: Item, unscored: Unscored, futures: list[Future[Measured]]) -> None:
            self.finish(item, unscored.scored([await asyncio.wrap_future(future) for future in futures]))

        async def work() -> None:
            for item in queue:
                unscored = await self.settle(item, ask)
                if unscored.calls:
                    group.create_task(scored(item, unscored, submitted(unscored.calls)))
                else:
                    self.finish(item, unscored.outcome)

        async with asyncio.TaskGroup() as group:
            for waiting in self._waiting:
                group.create_task(scored(*waiting))
            for _ in range(min(concurrency, len(self.pending))):
                group.create_task(work())

    def _score(self, item: Item, unscored: Unscored) -> None:
        calls = unscored.calls
        if calls:
            self._waiting.append((item, unscored, submitted(calls)))
        else:
            self.finish(item, unscored.outcome)


def _at_once(settling: Coroutine[Any, Any, Unscored]) -> Unscored:
    """Run a coroutine that waits for nothing, without an event loop: a cached run needs none."""
    try:
        settling.send(None)
    except StopIteration as stop:
        settled: Unscored = stop.value
        return settled
    settling.close()
    raise NotKnownError
