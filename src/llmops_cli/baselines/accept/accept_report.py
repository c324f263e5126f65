"""What was accepted as a Document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.looks import LOOKED, told_looks
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Document, Listing, Section, Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llmops_cli.baselines.accept.accept import Acceptance
    from llmops_cli.baselines.accept.new_cases import Addition

COMMIT = "commit it with the change it belongs to: git add baselines/"
NAMED = 10
"""New cases that are named; more are counted."""


def accepted_document(written: Sequence[Acceptance], root: Path) -> Document:
    """What was accepted, and what to do with it."""
    items = []
    for acceptance in written:
        path = acceptance.path.relative_to(root).as_posix()
        old = acceptance.comparison.before
        now = acceptance.comparison.now.metrics
        if acceptance.approved:
            items.append(Text(f"{path}: approved, the scores are the ones that are there"))
            continue
        if acceptance.renewed:
            items.append(Text(f"{path}: written in the present form, the scores are the ones that are there"))
            continue
        if not acceptance.changed:
            items.append(Text(f"{path}: unchanged, the scores are the ones that are there", "muted"))
            continue
        moved = f"{numbers.rate(old.metrics['pass_rate'])} → " if old is not None else ""
        looks = told_looks({LOOKED: acceptance.looked_at})
        told = f"run {acceptance.run}" + (f", {looks}" if looks else "")
        items.append(Text(f"{path}: pass_rate {moved}{numbers.rate(now['pass_rate'])}, {told}"))
    headline = f"accepted {numbers.count(sum(a.changed or a.approved for a in written), 'baseline')}"
    renewed = sum(acceptance.renewed for acceptance in written)
    headline += f", {numbers.count(renewed)} written in the present form" if renewed else ""
    data = {
        "accepted": [
            {
                "path": acceptance.path.relative_to(root).as_posix(),
                "run": acceptance.run,
                "changed": acceptance.changed,
                "approved": acceptance.approved,
                "renewed": acceptance.renewed,
                LOOKED: acceptance.looked_at,
                "verdict": acceptance.comparison.verdict,
            }
            for acceptance in written
        ]
    }
    steps = Listing((Text(COMMIT),))
    sections = [Section("", (Listing(tuple(items)),))]
    if any(acceptance.changed or acceptance.approved or acceptance.renewed for acceptance in written):
        sections.append(Section("Next", (steps,)))
    return Document(Text(headline, "good"), tuple(sections), data)


def added_document(additions: Sequence[Addition], root: Path) -> Document:
    """Which cases were added to which baseline."""
    items = []
    for addition in additions:
        path = addition.path.relative_to(root).as_posix()
        names = ", ".join(addition.cases[:NAMED])
        more = f" and {len(addition.cases) - NAMED} more" if len(addition.cases) > NAMED else ""
        if addition.cases:
            count = numbers.count(len(addition.cases), "new case")
            items.append(Text(f"{path}: {count}, run {addition.run}: {names}{more}"))
        else:
            items.append(Text(f"{path}: unchanged, it has every case", "muted"))
    added = sum(len(addition.cases) for addition in additions)
    sections = [Section("", (Listing(tuple(items)),))]
    if added:
        sections.append(Section("Next", (Listing((Text(COMMIT),)),)))
    data = {
        "added": [
            {
                "path": addition.path.relative_to(root).as_posix(),
                "run": addition.run,
                "cases": list(addition.cases),
            }
            for addition in additions
        ]
    }
    return Document(Text(f"added {numbers.count(added, 'new case')}", "good"), tuple(sections), data)
