"""How a run is going, on stderr: one moving line in a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from llmops_cli.reports import numbers

if TYPE_CHECKING:
    from llmops_cli.evals.result import Outcome

MOVE_EVERY = 0.1
LOG_EVERY = 15.0


class ProgressLine:
    """Counts finished tasks, failures and money; says when the rest will be done."""

    def __init__(self) -> None:
        self.moving = sys.stderr.isatty()
        self.started = time.monotonic()
        self.said = self.started
        self.live = 0
        self.failed = 0
        self.cost: float | None = 0.0
        self.on_line = False

    def __call__(self, outcome: Outcome, done: int, total: int) -> None:
        """Take note of one finished task."""
        self.failed += outcome.failed
        answer = outcome.answer
        if answer is not None and answer.source == "live":
            self.live += 1
            known = self.cost is not None and answer.cost_usd is not None
            self.cost = (self.cost or 0) + (answer.cost_usd or 0) if known else None
        now = time.monotonic()
        if now - self.said < (MOVE_EVERY if self.moving else LOG_EVERY):
            return
        self.said = now
        line = self.line(done, total, now)
        if self.moving:
            sys.stderr.write(f"\r\x1b[2K{line}")
            self.on_line = True
        else:
            sys.stderr.write(line + "\n")
        sys.stderr.flush()

    def line(self, done: int, total: int, now: float) -> str:
        """The state in one line."""
        parts = [f"{done} of {total}", f"{100 * done // max(total, 1)}%"]
        if self.failed:
            parts.append(f"{self.failed} failed")
        if self.live:
            left = (now - self.started) / self.live * (total - done)
            parts += [f"cost {numbers.cost(self.cost)}", f"about {numbers.seconds(left)} left"]
        return " · ".join(parts)

    def clear(self) -> None:
        """Remove the moving line."""
        if self.on_line:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
            self.on_line = False

    def report(self, line: str) -> None:
        """A line of talk that does not run into the moving one."""
        from llmops_cli.cli.talk import say

        self.clear()
        say(line)
