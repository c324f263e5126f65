"""What was rescored as a Document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.reports import numbers
from llmops_cli.reports.document import Document, Listing, Section, Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llmops_cli.baselines.rescore.write import Written


def rescored_document(written: Sequence[Written], root: Path) -> Document:
    """What was rescored, and what to do with it."""
    items = []
    data = []
    for file in written:
        path = file.path.relative_to(root).as_posix()
        rescored = file.rescored
        data.append(
            {
                "path": path,
                "changed": rescored is not None,
                "metrics": list(rescored.metrics) if rescored is not None else [],
                "answers": rescored.answers if rescored is not None else 0,
                "same": rescored.same if rescored is not None else 0,
                "other_cases": list(rescored.differing) if rescored is not None else [],
            }
        )
        if rescored is None:
            items.append(Text(f"{path}: unchanged, its scorers are those of now", "muted"))
            continue
        before, now = file.before.metrics["pass_rate"], rescored.scores.metrics["pass_rate"]
        moved = f"pass_rate {numbers.rate(before)} → {numbers.rate(now)}"
        items.append(Text(f"{path}: {moved}, {rescored.text}"))
    many = sum(file.rescored is not None for file in written)
    sections = [Section("", (Listing(tuple(items)),))]
    if many:
        step = Text("commit it with the scorers it belongs to: git add baselines/")
        sections.append(Section("Next", (Listing((step,)),)))
    headline = Text(f"rescored {numbers.count(many, 'baseline')}", "good")
    return Document(headline, tuple(sections), {"rescored": data})
