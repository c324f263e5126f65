"""What changed since a baseline was accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops_cli.baselines.baseline import Baseline

_PARTS = {
    "messages": "prompt text",
    "includes": "included partials",
    "params": "params",
    "tools": "tools",
    "output": "output schema",
}


def causes(before: Baseline, now: Baseline, *, complete: bool) -> tuple[str, ...]:
    """What could explain a difference, in the reader's words; empty when nothing changed.

    `complete` false means that a filter left cases out, which is not a change.
    """
    found = [said for part, said in _PARTS.items() if before.parts.get(part) != now.parts.get(part)]
    if before.params != now.params:
        found[found.index("params") : found.index("params") + 1] = [_params(before, now)]
    if before.prompt != now.prompt:
        found.append(f"prompt version {_version(before.prompt)} → {_version(now.prompt)}")
    if before.model != now.model:
        found.append(f"model {before.model} → {now.model}")
    if before.resolved != now.resolved and before.resolved and now.resolved:
        changed = f"{' + '.join(before.resolved)} → {' + '.join(now.resolved)}"
        only = not found and before.scorers == now.scorers
        found.append(
            f"the provider changed the model: {changed}" if only else f"model that answers: {changed}"
        )
    for metric in sorted(before.scorers.keys() | now.scorers.keys()):
        if before.scorers.get(metric) != now.scorers.get(metric) and metric != "pass_rate":
            was = "added" if metric not in before.scorers else "removed" if metric not in now.scorers else ""
            found.append(f"scorer `{metric}` {was or 'changed'}")
    if complete and before.cases_hash != now.cases_hash:
        found.append("cases")
    if before.repeats != now.repeats:
        found.append(f"repeats {before.repeats} → {now.repeats}")
    return tuple(found)


def _version(reference: str) -> str:
    return reference.partition("@")[2]


def _params(before: Baseline, now: Baseline) -> str:
    changes = [
        f"{name} {before.params.get(name, 'unset')} → {now.params.get(name, 'unset')}"
        for name in sorted(before.params.keys() | now.params.keys())
        if before.params.get(name) != now.params.get(name)
    ]
    return f"params ({', '.join(changes)})"
