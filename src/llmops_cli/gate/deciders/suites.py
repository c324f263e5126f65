"""Suites of the base that are gone, and metrics that they gave and give no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.gate.deciders.change import DeciderChange, Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.evals.suite import Suite
    from llmops_cli.gate.deciders.sides import Sides


def find(sides: Sides) -> Iterator[DeciderChange]:
    """What judged at the base and does not judge any more."""
    for gone in sides.base.left_behind:
        claims = (suite for suite in sides.now.suites.values() if gone.id in suite.was)
        claiming = next(claims, None)
        if claiming is None:
            hint = f"a new id carries `was: {gone.id}`"
        else:
            hint = f"`was: {gone.id}` carries nothing to {claiming.id}, which goes on as itself"
        text = f"{gone.path}: the suite `{gone.id}` is gone; {hint}"
        yield DeciderChange("suite", "", gone.id, gone.path, gone.id, None, text, Effect.BLOCKS)
    for before, now in sides.suites:
        missing = _metrics(before) - _metrics(now)
        for metric in sorted(missing):
            text = f"{now.path}: no scorer gives `{metric}` any more"
            yield DeciderChange("metric", metric, now.id, now.path, metric, None, text, Effect.BLOCKS)


def _metrics(suite: Suite) -> set[str]:
    return {use.metric for prompt in suite.prompts for use in suite.shared_uses(prompt)}
