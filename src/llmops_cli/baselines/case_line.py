"""A case as one line of a baseline file, both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.case_soundness import are_sound
from llmops_cli.compare.scores import CaseScores
from llmops_cli.evals.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping


def case_json(case: CaseScores) -> dict[str, Any]:
    """What the line of a case holds; what is not known is left out."""
    data: dict[str, Any] = {"id": case.id, "inputs": case.inputs}
    if case.with_metadata:
        data["with_metadata"] = case.with_metadata
    if case.tags_hash is not None:
        data["tags"] = case.tags_hash
    if case.origin is not None:
        data["origin"] = case.origin.to_json()
    if case.cluster is not None:
        data["cluster"] = case.cluster
    data["scores"] = {metric: list(values) for metric, values in sorted(case.scores.items())}
    data["hashes"] = list(case.hashes)
    if any(output is not None for output in case.outputs):
        data["outputs"] = list(case.outputs)
    if case.tool_calls:
        data["tool_calls"] = [[dict(call) for call in calls] for calls in case.tool_calls]
    for key in ("input_tokens", "output_tokens", "cost_usd", "latency_s"):
        value = getattr(case, key)
        if value is not None:
            data[key] = value
    return data


def case_from_json(data: Mapping[str, Any]) -> CaseScores:
    """The case in a sound line of any schema. KeyError, TypeError or AttributeError in others."""
    hashes = tuple(data["hashes"])
    get = data.get
    return CaseScores(
        data["id"],
        data["inputs"],
        {metric: tuple(map(float, values)) for metric, values in data["scores"].items()},
        hashes,
        tuple(data["outputs"]) if "outputs" in data else (None,) * len(hashes),
        get("cluster"),
        get("input_tokens"),
        get("output_tokens"),
        get("cost_usd"),
        get("latency_s"),
        tuple(map(tuple, data["tool_calls"])) if "tool_calls" in data else (),
        get("with_metadata", ""),
        get("tags"),
        Origin.from_json(data["origin"]) if "origin" in data else None,
    )


def case_of(data: dict[str, Any]) -> CaseScores | None:
    """The case in a line of a baseline of any schema; None where the line is not sound."""
    try:
        return case_from_json(data) if are_sound([data]) else None
    except (KeyError, TypeError, AttributeError):
        return None
