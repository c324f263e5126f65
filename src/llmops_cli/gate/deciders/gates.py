"""The gate of a suite: its rules, `must_pass` as it is written, `inconclusive` and `alpha`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import canonical_json
from llmops_cli.gate.deciders.change import DeciderChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.evals.suite import Gate, GateRule, Tolerance
    from llmops_cli.gate.deciders.sides import Sides


def find(sides: Sides) -> Iterator[DeciderChange]:
    """Rules that are others than at the base; the base's judge the run as well."""
    for before, now in sides.suites:
        was, becomes = gate_values(before.gate), gate_values(now.gate)
        for key in sorted(was.keys() | becomes.keys()):
            if was.get(key) != becomes.get(key):
                old, new = was.get(key), becomes.get(key)
                text = f"{now.path}: gate `{key}` {_shown(old)} → {_shown(new)}"
                yield DeciderChange("gate", key, now.id, now.path, old, new, text)


def gate_values(gate: Gate) -> dict[str, Any]:
    """The effective gate by key: a rule for each metric, and the settings beside them."""
    values: dict[str, Any] = {rule.metric.name: _rule_values(rule) for rule in gate.rules}
    if gate.must_pass:
        values["must_pass"] = sorted(set(gate.must_pass))
    return {**values, "inconclusive": gate.inconclusive, "alpha": gate.alpha}


def _rule_values(rule: GateRule) -> dict[str, Any]:
    limits = {
        "floor": rule.floor,
        "ceiling": rule.ceiling,
        "max_drop": _tolerance(rule.max_drop),
        "max_rise": _tolerance(rule.max_rise),
    }
    told = {key: value for key, value in limits.items() if value is not None}
    return told if rule.tier == "critical" else {**told, "tier": rule.tier}


def _tolerance(tolerance: Tolerance | None) -> float | str | None:
    if tolerance is None:
        return None
    return f"{tolerance.amount * 100:g}%" if tolerance.relative else tolerance.amount


def _shown(value: Any) -> str:
    return "none" if value is None else canonical_json(value)
