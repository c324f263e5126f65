"""How a run is going, on stderr: a bar in a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from llmops_cli.cli.talk import say
from llmops_cli.reports import numbers

if TYPE_CHECKING:
    from rich.progress import Progress

    from llmops_cli.evals.result import Outcome

LOG_EVERY = 15.0
"""Seconds between two lines in a log."""
PATIENCE = 0.3
"""Seconds after which a bar is worth showing: a cached run is over before."""


class RunProgress:
    """Counts finished tasks, failures and money; says when the rest will be done."""

    def __init__(self) -> None:
        self.in_terminal = sys.stderr.isatty()
        self.started = self.told = time.monotonic()
        self.live = 0
        self.failed = 0
        self.cost: float | None = 0.0
        self.bar: Progress | None = None

    def __enter__(self) -> Self:
        """Itself; the bar is gone when the block ends, however it ends."""
        return self

    def __exit__(self, *error: object) -> None:
        self.clear()

    def __call__(self, outcome: Outcome, done: int, total: int) -> None:
        """Take note of one finished task."""
        self.failed += outcome.failed
        answer = outcome.answer
        if answer is not None and answer.source == "live":
            self.live += 1
            has_cost = self.cost is not None and answer.cost_usd is not None
            self.cost = (self.cost or 0) + (answer.cost_usd or 0) if has_cost else None
        now = time.monotonic()
        if self.in_terminal:
            if self.bar is not None or now - self.started > PATIENCE:
                self._draw(done, total)
        elif now - self.told >= LOG_EVERY:
            self.told = now
            say(self.line(done, total, now))

    def line(self, done: int, total: int, now: float) -> str:
        """The state in one line."""
        parts = [numbers.part(done, total), f"{100 * done // max(total, 1)}%"]
        parts += self._facts()
        if self.live:
            left = (now - self.started) / self.live * (total - done)
            parts.append(f"about {numbers.seconds(left)} left")
        return " · ".join(parts)

    def _facts(self) -> list[str]:
        failed = [f"{numbers.count(self.failed)} failed"] if self.failed else []
        return [*failed, *([f"cost {numbers.cost(self.cost)}"] if self.live else [])]

    def _draw(self, done: int, total: int) -> None:
        if self.bar is None:
            self.bar = _bar()
            self.bar.add_task("", total=total, facts="")
            self.bar.start()
        self.bar.update(self.bar.task_ids[0], completed=done, facts=" · ".join(self._facts()))

    def clear(self) -> None:
        """Remove the bar."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def report(self, line: str) -> None:
        """A line of talk that does not run into the bar."""
        self.clear()
        say(line)


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[facts]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("left"),
        console=Console(stderr=True),
        transient=True,
    )
