"""The cases as a table for a spreadsheet or a data frame: one row a case of a suite, RFC 4180, UTF-8.

A document that lists things is its list.

Columns: what the case belongs to, how it went, where it stands; then each metric now (`metric.NAME`) and in
the baseline (`baseline.NAME`), sorted by name; then the other facts. What is not known is an empty cell.
"""

from __future__ import annotations

import csv
import io
import math
import re
from typing import TYPE_CHECKING

from llmops_cli.reports.brief import in_repository
from llmops_cli.reports.visible import inert, visible

if TYPE_CHECKING:
    from llmops_cli.reports.document import Check, Document, Table

_SUBJECT = ("prompt", "model")  # facts that say, with the suite, whose case it is
_FIRST = ("suite", *_SUBJECT, "case", "state", "before", "blocking", "message", "file", "line", "seconds")
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\n]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def draw(document: Document, *, width: int = 80, colour: bool = False) -> str:
    """The rows under their names, lines ended by CR LF as the RFC has it.

    A text that a spreadsheet would calculate (`=…`, `@…`) begins with an apostrophe; control characters are
    shown by name.
    """
    del width, colour
    if document.listing is not None:
        return inert(_listed(document.listing))
    cases = [check for check in document.checks() if check.kind == "case"]
    metrics = sorted({name for case in cases for name in (*case.values, *case.before_values)})
    facts = sorted({name for case in cases for name in case.facts} - set(_SUBJECT))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    names = [part for metric in metrics for part in (f"metric.{metric}", f"baseline.{metric}")]
    writer.writerow(cell(name) for name in (*_FIRST, *names, *map(_fact, facts)))
    for case in cases:
        row = _first(document, case)
        for metric in metrics:
            row += (_number(case.values.get(metric)), _number(case.before_values.get(metric)))
        writer.writerow([*row, *(cell(case.facts.get(name, "")) for name in facts)])
    return inert(stream.getvalue())


def _listed(table: Table) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(cell(column.name) for column in table.columns)
    writer.writerows([cell(text.text) for text in row] for row in table.rows)
    return stream.getvalue()


def cell(text: str) -> str:
    """A text as a cell that no spreadsheet runs."""
    text = visible(text)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _fact(name: str) -> str:
    """The name of a fact's column, never that of another column."""
    taken = name in _FIRST or name.startswith(("metric.", "baseline."))
    return f"fact.{name}" if taken else name


def _first(document: Document, case: Check) -> list[str]:
    return [
        cell(case.suite),
        *(cell(case.facts.get(name, "")) for name in _SUBJECT),
        cell(case.name),
        case.state,
        case.before or "",
        "true" if case.blocking else "false",
        cell(case.message),
        cell(in_repository(document, case.place.path)),
        str(case.place.line) if case.place.line > 0 else "",
        _number(case.seconds),
    ]


def _number(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.10g}"
