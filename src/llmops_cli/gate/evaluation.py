"""A run and what the gate says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.compare.verdict import Verdict
from llmops_cli.core.errors import ExitCode

if TYPE_CHECKING:
    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.core.problem import Problem
    from llmops_cli.core.project import Project
    from llmops_cli.evals.affected.affected import Affected
    from llmops_cli.evals.result import RunResult
    from llmops_cli.evals.shards.shard import Shard
    from llmops_cli.gate.authors import AuthorsAnswers
    from llmops_cli.gate.base.change import BaseComparison
    from llmops_cli.gate.deciders.change import DeciderChange
    from llmops_cli.gate.options import Options
    from llmops_cli.gate.partial import Partial
    from llmops_cli.gate.prices import Repriced
    from llmops_cli.gate.verify import Verified


@dataclass(frozen=True)
class Evaluation:
    """A run and what the gate says of it. `warnings` are problems that stopped nothing.

    `base` is what the change does to the committed baselines, and `affected` which suites it reaches, where
    that was asked for. `predecessors` are subjects without a baseline beside the model that they ran on
    before; they decide nothing. `loosened` are subjects that only the rules of the change itself let pass:
    those of the base forbid them; `waived` are the same where somebody accepted what changed. `deciders` are
    what else that decides is another than at the base, `authors` the answers that only the author of the
    change has seen, `verified` what asking some of them again came to, `repriced` the suites whose model has
    another price than in the baseline. `partial` says that a filter left cases out: with a base nothing may
    pass on what is left. The run of one `shard` has no comparisons: nothing is judged; `planned` is how many
    cases all shards ask together.
    """

    project: Project
    options: Options
    run: RunResult
    comparisons: tuple[Comparison, ...]
    warnings: tuple[Problem, ...]
    base: BaseComparison | None = None
    affected: Affected | None = None
    predecessors: tuple[Comparison, ...] = ()
    loosened: tuple[Comparison, ...] = ()
    waived: tuple[Comparison, ...] = ()
    deciders: tuple[DeciderChange, ...] = ()
    authors: AuthorsAnswers | None = None
    repriced: tuple[Repriced, ...] = ()
    partial: Partial | None = None
    verified: Verified | None = None
    shard: Shard | None = None
    planned: int = 0

    @property
    def recorded(self) -> tuple[str, ...]:
        """The cassettes that the run wrote."""
        return self.run.recorded

    @property
    def unaffected(self) -> bool:
        """Whether nothing was judged, because the change reaches no suite."""
        return self.affected is not None and not self.affected.to_run

    @property
    def stopping(self) -> tuple[DeciderChange, ...]:
        """Changed deciders because of which the gate says no."""
        return tuple(decider for decider in self.deciders if decider.stops)

    @property
    def waiving(self) -> tuple[DeciderChange, ...]:
        """Accepted deciders because of which the gate does not say no: what stops by itself comes first."""
        suites = {comparison.now.suite for comparison in self.waived}
        rules = [one for one in self.deciders if one.suite in suites and one.approval is not None]
        return (*(one for one in self.deciders if one.waived), *(one for one in rules if not one.waived))

    @property
    def exit_code(self) -> ExitCode:
        """What the process says: no, could not tell, or nothing that the gate forbids.

        A definite no counts even where other calls failed. Broken scorers are the project's own fault.
        """
        if any(comparison.forbidden for comparison in self.comparisons):
            return ExitCode.NO
        if self.loosened or self.stopping or (self.base is not None and self.base.refused):
            return ExitCode.NO
        failures = [outcome for result in self.run.subjects for outcome in result.failures]
        if any(outcome.outside for outcome in failures):
            return ExitCode.OUTSIDE
        if failures or any(comparison.undeclared for comparison in self.comparisons):
            return ExitCode.INPUT
        if any(comparison.verdict is Verdict.ERROR for comparison in self.comparisons):
            return ExitCode.OUTSIDE
        if self.partial is not None and self.options.base and self.shard is None:
            return ExitCode.NO
        return ExitCode.OK
