"""Variables of the environment that the project's own scorers get: a value may be a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.gate.deciders.change import DeciderChange, Effect
from llmops_cli.scorers.python import PythonFunction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.evals.suite import Suite
    from llmops_cli.gate.deciders.sides import Sides


def find(sides: Sides) -> Iterator[DeciderChange]:
    """Scorers that get variables which they did not get at the base: none runs until that is accepted."""
    if sides.base.project is None:
        return
    for suite in sides.now.suites.values():
        before = sides.base.suite_of(suite)
        earlier = {} if before is None else _variables(before)
        for metric, names in sorted(_variables(suite).items()):
            had = earlier.get(metric, ())
            new = [name for name in names if name not in had]
            if new:
                text = f"{suite.path}: the scorer `{metric}` gets the value of {' and '.join(new)}"
                yield DeciderChange(
                    "variables", metric, suite.id, suite.path, list(had), list(names), text, Effect.REFUSES
                )


def _variables(suite: Suite) -> dict[str, tuple[str, ...]]:
    """By metric, the variables that any of its scorers gets, sorted: cases may have scorers of their own."""
    uses = (use for prompt in suite.prompts for use in (*suite.shared_uses(prompt), *suite.case_uses))
    names: dict[str, set[str]] = {}
    for use in uses:
        if isinstance(use.scorer, PythonFunction):
            names.setdefault(use.metric, set()).update(use.scorer.module.variables)
    return {metric: tuple(sorted(some)) for metric, some in names.items() if some}
