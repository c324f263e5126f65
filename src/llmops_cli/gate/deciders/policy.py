"""Who may accept: `policy` in llmops.yaml. That of the base counts."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from llmops_cli.core.canonical import canonical_json
from llmops_cli.core.policy import Policy
from llmops_cli.core.project import MARKER
from llmops_cli.gate.deciders.change import DeciderChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.gate.deciders.sides import Sides


def find(sides: Sides) -> Iterator[DeciderChange]:
    """Settings of the policy that are others than at the base."""
    before = sides.base.project
    if before is None:
        return
    unset, was, now = (asdict(policy) for policy in (Policy(), before.policy, sides.now.project.policy))
    for key in was:
        if was[key] != now[key]:
            old, new = (None if value[key] == unset[key] else value[key] for value in (was, now))
            text = f"{MARKER}: policy `{key}` {_shown(old)} → {_shown(new)}"
            yield DeciderChange("policy", key, "", MARKER, old, new, text)


def _shown(value: object) -> str:
    return "none" if value is None else canonical_json(value)
