"""Scorers: those that gave a metric at the base and are others now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.gate.deciders.change import DeciderChange
from llmops_cli.scorers.python import PythonFunction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.evals.suite import ScorerUse, Suite
    from llmops_cli.gate.deciders.sides import Sides


def find(sides: Sides) -> Iterator[DeciderChange]:
    """Scorers that may judge the same answer otherwise; what that did to a run is computed."""
    for before, now in sides.suites:
        earlier = _uses(before)
        for metric, use in sorted(_uses(now).items()):
            was = earlier.get(metric)
            if was is None or was.identity == use.identity:
                continue
            text = f"{now.path}: the scorer `{metric}` changed{_where(was, use)}"
            yield DeciderChange("scorer", metric, now.id, now.path, was.identity, use.identity, text)


def _uses(suite: Suite) -> dict[str, ScorerUse]:
    return {use.metric: use for prompt in suite.prompts for use in suite.shared_uses(prompt)}


def _where(was: ScorerUse, now: ScorerUse) -> str:
    """The files in which it changed, where it is one of the project and its files are what changed."""
    if not isinstance(was.scorer, PythonFunction) or not isinstance(now.scorer, PythonFunction):
        return ""
    before, after = was.scorer.contents, now.scorer.contents
    paths = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    return f" in {', '.join(paths)}" if paths else ""
