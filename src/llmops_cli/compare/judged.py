"""What is judged: the result of one subject, and the baseline that it is compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from llmops_cli.compare.snapshot import snapshot

if TYPE_CHECKING:
    from collections.abc import Collection

    from llmops_cli.compare.rescored import Rescored
    from llmops_cli.compare.scores import Scores
    from llmops_cli.evals.result import SubjectResult
    from llmops_cli.evals.suite import Suite


@dataclass(frozen=True)
class Judged:
    """One subject of a run: its result, and its baseline where it has one.

    Where its scorers are not those that scored the baseline, `rescored` is what they say of the answers in
    it, `baseline` has those scores, and `stored` is the baseline as it was accepted.
    """

    result: SubjectResult
    baseline: Scores | None
    stored: Scores | None = None
    rescored: Rescored | None = None

    @cached_property
    def now(self) -> Scores:
        """The result in the shape of a baseline."""
        return snapshot(self.result)

    @property
    def suite(self) -> Suite:
        """The suite that judges it."""
        return self.result.subject.suite

    def under(self, suite: Suite, *, without: Collection[str] = ()) -> Judged:
        """The same under another suite's rules; `without` are cases that do not count, on either side."""
        result, baseline = self.result, self.baseline
        if without:
            result = result.without(without)
            baseline = baseline.without(without) if baseline is not None else None
        result = replace(result, subject=replace(result.subject, suite=suite))
        return Judged(result, baseline, self.stored, self.rescored)
