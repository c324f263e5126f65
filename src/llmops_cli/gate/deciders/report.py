"""Accepted deciders as a Document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.reports import numbers
from llmops_cli.reports.document import Document, Listing, Section, Text

if TYPE_CHECKING:
    from llmops_cli.gate.deciders.approve import Approved


_LACKS = "what the gate stops stays stopped until somebody else accepts it too"


def approved_document(approved: Approved) -> Document:
    """What was accepted since the base, by whom, and what to do with it."""
    count = numbers.count(len(approved.accepted), "changed decider")
    items = tuple(Text(change.text) for change in approved.accepted)
    files = " ".join(approved.paths)
    steps = [Text("commit it with the change it belongs to", command=f"git add {files}")]
    steps += [Text(f"{_LACKS}: {point.text}", "warn") for point in approved.unmet]
    data = {
        "base": approved.reference,
        "by": approved.by,
        "reason": approved.reason,
        "paths": list(approved.paths),
        "accepted": [{"what": change.what, "hash": change.hash} for change in approved.accepted],
        "not_counted": [point.text for point in approved.unmet],
    }
    headline = Text(f"accepted {count} since {approved.reference}, by {approved.by}", "good")
    return Document(
        headline, (Section("", (Listing(items),)), Section("Next", (Listing(tuple(steps)),))), data
    )
