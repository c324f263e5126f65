"""Answers without a verdict, or without a score, as a section of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.compare.report.names import some
from llmops_cli.reports.document import Listing, Section, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.evals.result import Outcome

SHOWN_FAILURES = 5


def failure_section(failures: Sequence[Outcome], answers: int) -> Section:
    """The answers of which something is missing, by what went wrong."""
    grouped: dict[str, list[Outcome]] = {}
    for outcome in failures:
        grouped.setdefault(_text(outcome), []).append(outcome)
    items = []
    for failure, outcomes in sorted(grouped.items(), key=lambda entry: -len(entry[1]))[:SHOWN_FAILURES]:
        names = some(tuple(dict.fromkeys(outcome.case_id for outcome in outcomes)), 3)
        items.append(Text(f"{failure} – cases: {names}", "bad"))
    if len(grouped) > SHOWN_FAILURES:
        items.append(Text(f"and {len(grouped) - SHOWN_FAILURES} other kinds of failure", "bad"))
    return Section(_title(failures, answers), (Listing(tuple(items)),))


def _title(failures: Sequence[Outcome], answers: int) -> str:
    undecided = sum(outcome.undecided for outcome in failures)
    others = len(failures) - undecided
    parts = [f"{undecided} of {answers} answers have no verdict"] if undecided else []
    parts += [f"{others} of {answers} answers lack a score"] if others else []
    return ", ".join(parts)


def _text(outcome: Outcome) -> str:
    if outcome.error:
        return f"{outcome.error_kind}: {outcome.error}"
    broken = [score for score in outcome.scores if score.error]
    return "; ".join(f"scorer {score.metric}: {score.error}" for score in broken)
