"""What is judged: the result of one subject, and the baseline that it is compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from llmops_cli.compare.snapshot import snapshot

if TYPE_CHECKING:
    from llmops_cli.compare.scores import Scores
    from llmops_cli.evals.result import SubjectResult
    from llmops_cli.evals.suite import Suite


@dataclass(frozen=True)
class Judged:
    """One subject of a run: its result, and its baseline where it has one."""

    result: SubjectResult
    baseline: Scores | None

    @cached_property
    def now(self) -> Scores:
        """The result in the shape of a baseline."""
        return snapshot(self.result)

    @property
    def suite(self) -> Suite:
        """The suite that judges it."""
        return self.result.subject.suite

    def under(self, suite: Suite) -> Judged:
        """The same under another suite's rules."""
        subject = replace(self.result.subject, suite=suite)
        return replace(self, result=replace(self.result, subject=subject))
