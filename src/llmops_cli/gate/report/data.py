"""An evaluation for machines: what `--format json` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.compare.report.comparison_data import comparison_data, failures_data
from llmops_cli.compare.verdict import worst
from llmops_cli.core.errors import ExitCode
from llmops_cli.evals.affected.report import affected_data
from llmops_cli.gate.report.offline import authors_data, is_offline, offline_data
from llmops_cli.gate.report.price_report import repriced_data
from llmops_cli.reports.problems import problem_data

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmops_cli.gate.base.change import BaseComparison
    from llmops_cli.gate.deciders.change import DeciderChange
    from llmops_cli.gate.evaluation import Evaluation

SCHEMA = 1
UNAFFECTED = "UNAFFECTED"
"""Stands for a verdict where the change reaches no suite, so that nothing was judged."""
NOT_JUDGED = "NOT_JUDGED"
"""Stands for a verdict where only one shard was run: all of them are judged together."""


def evaluation_data(evaluation: Evaluation, headline: str) -> dict[str, Any]:
    """The whole result as JSON, with its first sentence.

    Rates are 0 to 1, costs US dollars, latencies seconds; unknown is null.
    """
    return {
        "schema": SCHEMA,
        "verdict": NOT_JUDGED
        if evaluation.shard is not None
        else UNAFFECTED
        if evaluation.unaffected
        else worst([comparison.verdict for comparison in evaluation.comparisons]),
        "exit_code": int(evaluation.exit_code),
        "headline": headline,
        "blocks": evaluation.exit_code is not ExitCode.OK,
        "error": None,
        "run": {
            "id": evaluation.run.id or None,
            "seconds": round(evaluation.run.seconds, 3),
            **{
                key: evaluation.run.provenance.get(key)
                for key in ("started", "commit", "dirty", "llmops", "python", "system", "cache", "filters")
            },
            "merged_from": evaluation.run.provenance.get("merged_from"),
        },
        "partial": partial_data(evaluation),
        "subjects": [comparison_data(comparison) for comparison in evaluation.comparisons],
        "shard": shard_data(evaluation),
        "offline": offline_data(evaluation) if is_offline(evaluation) else None,
        "recorded_by_author": authors_data(evaluation),
        "repriced": [repriced_data(one) for one in evaluation.repriced],
        "predecessors": [comparison_data(comparison) for comparison in evaluation.predecessors],
        "loosened": [comparison_data(comparison) for comparison in evaluation.loosened],
        "waived": [comparison_data(comparison) for comparison in evaluation.waived],
        "deciders": [decider_data(decider) for decider in evaluation.deciders],
        "base": None if evaluation.base is None else base_data(evaluation.base, evaluation.deciders),
        "changed": None if evaluation.affected is None else affected_data(evaluation.affected),
        "warnings": [problem_data(problem) for problem in evaluation.warnings],
    }


def partial_data(evaluation: Evaluation) -> dict[str, int] | None:
    """How many of the cases were run; None where all of them were."""
    part = evaluation.partial
    return None if part is None else {"cases": part.cases, "of": part.of}


def shard_data(evaluation: Evaluation) -> dict[str, Any] | None:
    """Which part of the run this was, and what came of it; None where nothing was split."""
    shard = evaluation.shard
    if shard is None:
        return None
    return {
        "number": shard.number,
        "of": shard.of,
        "cases": sum(len(result.by_case) for result in evaluation.run.subjects),
        "cases_of_all_shards": evaluation.planned,
        "subjects": [
            {
                "suite": result.subject.suite.id,
                "prompt": result.subject.prompt.ref,
                "model": result.subject.model,
                "cases": len(result.by_case),
                "outcomes": len(result.everything),
                "failures": failures_data(result.failures),
            }
            for result in evaluation.run.subjects
        ],
    }


def stopped_data(stopped: Mapping[str, Any]) -> dict[str, Any]:
    """The same form for an error that left no result: its data from `error_document`."""
    nothing: dict[str, Any] = {"run": None, "subjects": [], "predecessors": [], "loosened": [], "base": None}
    nothing["waived"] = []
    nothing |= {"shard": None, "offline": None, "deciders": [], "recorded_by_author": None, "repriced": []}
    nothing["partial"] = None
    return {**stopped, **nothing, "changed": None, "warnings": []}


def decider_data(decider: DeciderChange) -> dict[str, Any]:
    """One decider that is another than at the base."""
    approval = decider.approval
    return {
        "kind": decider.kind,
        "name": decider.name or None,
        "suite": decider.suite or None,
        "place": decider.place,
        "before": decider.before,
        "now": decider.now,
        "text": decider.text,
        "effect": decider.effect,
        "stops": decider.stops,
        "not_counted": None if decider.unmet is None else decider.unmet.text,
        "accepted": None if approval is None else {"by": approval.by, "reason": approval.reason},
    }


def base_data(base: BaseComparison, deciders: Sequence[DeciderChange]) -> dict[str, Any]:
    """What the change does since the base, for machines."""
    return {
        "reference": base.reference,
        "commit": base.commit,
        "refused": base.refused,
        "changes": [
            {
                "path": change.path,
                "kind": change.kind,
                "suite": change.suite,
                "accepted_by": list(change.by),
                "reason": change.why,
                "policy_not_met": [point.text for point in change.unmet],
                "comparison": None if change.comparison is None else comparison_data(change.comparison),
            }
            for change in base.changes
        ],
        "gates_changed": [*base.notes, *(decider.text for decider in deciders)],
    }
