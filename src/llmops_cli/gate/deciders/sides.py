"""Both sides of a change: the project as it is, and as it was at the merge base."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.evals.suite import Suite
    from llmops_cli.evals.workspace import Workspace
    from llmops_cli.gate.base.project import BaseProject


@dataclass(frozen=True)
class Sides:
    """The change's own project, and that at the base."""

    now: Workspace
    base: BaseProject

    @property
    def suites(self) -> Iterator[tuple[Suite, Suite]]:
        """Each suite that is on both sides: at the base, and now."""
        for suite in self.now.suites.values():
            before = self.base.suite_of(suite)
            if before is not None:
                yield before, suite
