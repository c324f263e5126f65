"""A comparison for machines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.flip import Flip
    from llmops_cli.compare.metric_change import MetricChange
    from llmops_cli.evals.result import Outcome


def comparison_data(comparison: Comparison) -> dict[str, Any]:
    """One comparison as JSON."""
    result, now = comparison.result, comparison.now
    costs = result.costs if result is not None else ()
    told = [cost for cost in costs if cost is not None]
    return {
        "suite": now.suite,
        "prompt": now.prompt,
        "fingerprint": now.fingerprint,
        "model": now.model,
        "resolved": list(now.resolved),
        "verdict": comparison.verdict,
        "forbidden": comparison.forbidden,
        "cases": comparison.size,
        "outcomes": comparison.answers,
        "failures": failures_data(comparison.failures),
        "undeclared_reads": [
            {"metric": read.metric, "scorer": read.scorer, "opened": list(read.opened)}
            for read in comparison.undeclared
        ],
        "baseline": None if comparison.before is None else dict(comparison.before.accepted),
        "rescored": _rescored(comparison),
        "changed_since_baseline": list(comparison.causes),
        "attribution": _attribution(comparison),
        "metrics": {change.metric.name: _metric(change, comparison) for change in comparison.metrics},
        "flips": [_flip(flip) for flip in comparison.flips],
        "must_pass_failed": list(comparison.broken),
        "must_pass_flaky": list(comparison.flaky),
        "must_pass_changed": list(comparison.unproven),
        "quarantined": [
            {
                "case": entry.case_id,
                "reason": entry.quarantine.reason,
                "until": entry.quarantine.until.isoformat(),
                "holds": entry.holds,
                "passed": entry.passed,
            }
            for entry in comparison.quarantined
        ],
        "asked_again": sum(1 for o in result.everything if o.again) if result is not None else 0,
        "cases_added": list(comparison.added),
        "cases_removed": list(comparison.removed),
        "cases_changed": list(comparison.changed),
        "cases_reclustered": list(comparison.reclustered),
        "cost_usd": sum(told) if told else None,
        "cost_known_calls": len(told),
        "calls": len(costs),
    }


def _rescored(comparison: Comparison) -> dict[str, Any] | None:
    rescored = comparison.rescored
    if rescored is None:
        return None
    return {
        "metrics": list(rescored.metrics),
        "answers": rescored.answers,
        "same": rescored.same,
        "cases": list(rescored.differing),
        "cannot": dict(rescored.cannot),
    }


def _attribution(comparison: Comparison) -> dict[str, Any] | None:
    attribution = comparison.attribution
    if attribution is None:
        return None
    noise = attribution.noise
    return {
        "causes": [
            {
                "kind": cause.kind,
                "text": cause.text,
                "texts": [
                    {"label": text.label, "before": text.before, "now": text.after} for text in cause.texts
                ],
            }
            for cause in attribution.causes
        ],
        "provider_changed": attribution.provider_changed,
        "noise": None
        if noise is None
        else {
            "cases": noise.cases,
            "answers_changed": noise.answers,
            "pass_rate_deviation": noise.deviation,
            "judged_otherwise": {
                metric: {"cases": cases, "mean_change": by} for metric, (cases, by) in noise.judged.items()
            },
        },
    }


def _error(outcome: Any) -> str:
    return outcome.error or "; ".join(f"{s.metric}: {s.error}" for s in outcome.scores if s.error)


def _metric(change: MetricChange, comparison: Comparison) -> dict[str, Any]:
    rule = change.rule
    failed = next((other for other in comparison.if_failed if other.metric == change.metric), None)
    return {
        "baseline": change.before,
        "now": change.now,
        "now_of_old_cases": change.now if change.kept is None else change.kept,
        "if_changed_failed": None if failed is None else {"now": failed.now, "change": failed.change},
        "change": change.change,
        "interval": None
        if change.interval is None
        else [_finite(change.interval.low), _finite(change.interval.high)],
        "confidence": None if change.interval is None else change.interval.confidence,
        "baseline_of_pairs": change.reference,
        "p_value": change.p_value,
        "adjusted_p_value": change.adjusted_p,
        "corrected_over": change.family,
        "pairs": change.pairs,
        "units": change.units,
        "worse": change.losses,
        "better": change.wins,
        "test": change.test or None,
        "detectable": None if change.detectable is None else _finite(change.detectable),
        "noise": change.noise,
        "lower_is_better": change.lower_is_better,
        "tier": None if rule is None else rule.tier,
        "verdict": change.verdict,
        "reasons": list(change.why),
    }


def _finite(value: float) -> float | None:
    """JSON has no infinity: an open end of an interval is null."""
    return value if math.isfinite(value) else None


def _flip(flip: Flip) -> dict[str, Any]:
    return {
        "case": flip.case_id,
        "place": flip.place,
        "worse": flip.worse,
        "passes_before": list(flip.passes_before),
        "passes_now": list(flip.passes_now),
        "quarantined": flip.quarantined,
        "held": None if flip.held is None else list(flip.held),
        "must_pass": flip.must_pass,
        "before": flip.before,
        "now": flip.now,
        "reasons": list(flip.reasons),
    }


def failures_data(failures: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The answers without a verdict, and why."""
    return [
        {"case": o.case_id, "repeat": o.repeat, "kind": o.error_kind or "scorer", "error": _error(o)}
        for o in failures
    ]
