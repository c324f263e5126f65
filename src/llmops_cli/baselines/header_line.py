"""The header of a baseline file, both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.form import KIND, SCHEMA, WITHOUT_CALLS, call_tools
from llmops_cli.compare.scores import CaseScores, Scores
from llmops_cli.evals.scorer_version import ScorerVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCEPTANCE = (
    "by",
    "reason",
    "verdict",
    "previous",
    "runs_looked_at",
    "approved_by",
    "rescored",
    "deciders",
    "approvals",
)


def header_json(baseline: Scores) -> dict[str, Any]:
    """What the first line of a baseline's file holds, but for the digest."""
    return {
        "kind": KIND,
        "schema": SCHEMA if call_tools(baseline.cases) else WITHOUT_CALLS,
        "suite": baseline.suite,
        "prompt": baseline.prompt,
        "fingerprint": baseline.fingerprint,
        "parts": dict(baseline.parts),
        "messages": [dict(message) for message in baseline.messages],
        "includes": dict(sorted(baseline.includes.items())),
        "model": baseline.model,
        "resolved": list(baseline.resolved),
        "params": dict(sorted(baseline.params.items())),
        "cases": {"count": len(baseline.cases), "hash": baseline.cases_hash},
        "scorers": dict(sorted(baseline.scorers.items())),
        "judges": {metric: dict(judge) for metric, judge in sorted(baseline.judges.items())},
        **_scored_by(baseline),
        "repeats": baseline.repeats,
        "metrics": dict(sorted(baseline.metrics.items())),
        "accepted": acceptance_json(baseline.accepted),
    }


def acceptance_json(accepted: Mapping[str, Any]) -> dict[str, Any]:
    """Who accepted a baseline and what, in the order in which people read it."""
    return dict(sorted(accepted.items(), key=_acceptance_order))


def _scored_by(baseline: Scores) -> dict[str, Any]:
    """The llmops that scored, scorers whose version is not their first, prices: each where it is known."""
    versions = {metric: version.to_json() for metric, version in sorted(baseline.scorer_versions.items())}
    prices = {model: dict(price) for model, price in sorted(baseline.prices.items())}
    facts = {"scorer_versions": versions, "llmops": baseline.llmops, "prices": prices}
    return {key: value for key, value in facts.items() if value}


def _acceptance_order(item: tuple[str, Any]) -> tuple[int, str]:
    """As people read it, and always the same."""
    key = item[0]
    return ACCEPTANCE.index(key) if key in ACCEPTANCE else len(ACCEPTANCE), key


def from_header(header: Mapping[str, Any], cases: Mapping[str, CaseScores]) -> Scores:
    """A header of any schema. The first had no text of the prompt, no judges and no digest."""
    return Scores(
        suite=header["suite"],
        prompt=header["prompt"],
        fingerprint=header["fingerprint"],
        parts=dict(header["parts"]),
        model=header["model"],
        resolved=tuple(header["resolved"]),
        params=dict(header["params"]),
        scorers=dict(header["scorers"]),
        repeats=header["repeats"],
        cases=cases,
        messages=tuple(header.get("messages", ())),
        includes=dict(header.get("includes", {})),
        judges={metric: dict(judge) for metric, judge in header.get("judges", {}).items()},
        accepted=dict(header["accepted"]),
        scorer_versions={
            metric: ScorerVersion.from_json(version)
            for metric, version in header.get("scorer_versions", {}).items()
        },
        llmops=header.get("llmops", ""),
        prices={model: dict(price) for model, price in header.get("prices", {}).items()},
    )
