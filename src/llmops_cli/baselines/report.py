"""The committed baselines as a Document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.approvals import told_approvals
from llmops_cli.baselines.looks import told_looks
from llmops_cli.reports import numbers
from llmops_cli.reports.listing import listing_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.compare.scores import Scores
    from llmops_cli.reports.document import Document


def baselines_document(baselines: Mapping[str, Scores]) -> Document:
    """Every baseline with its scores and who accepted it."""
    rows = []
    for baseline in baselines.values():
        metrics = ", ".join(f"{name} {numbers.graded(value)}" for name, value in baseline.metrics.items())
        accepted = baseline.accepted
        by = f"{accepted.get('by', '?')}" + (f": {accepted['reason']}" if accepted.get("reason") else "")
        by = "; ".join(filter(None, [by, told_looks(accepted), *told_approvals(accepted, {})]))
        rows.append((baseline.suite, baseline.prompt, baseline.model, str(len(baseline.cases)), metrics, by))
    columns = ("suite", "prompt", "model", "cases", "metrics", "accepted by")
    data = {
        "baselines": [
            {
                "path": path,
                "suite": baseline.suite,
                "prompt": baseline.prompt,
                "fingerprint": baseline.fingerprint,
                "model": baseline.model,
                "resolved": list(baseline.resolved),
                "cases": len(baseline.cases),
                "metrics": baseline.metrics,
                "accepted": dict(baseline.accepted),
            }
            for path, baseline in baselines.items()
        ]
    }
    return listing_document(numbers.count(len(rows), "baseline"), columns, rows, data)
