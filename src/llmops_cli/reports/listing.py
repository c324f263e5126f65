"""The Document of a command that lists things: one table under one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.reports.document import Column, Document, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence


def listing_document(
    headline: str, columns: Sequence[str], rows: Sequence[Sequence[str]], data: Any
) -> Document:
    """The headline, and below it the table unless it has no rows."""
    body = tuple(tuple(Text(cell) for cell in row) for row in rows)
    table = Table(tuple(Column(name) for name in columns), body)
    return Document(Text(headline), (Section("", (table,)),) if rows else (), data, listing=table)
