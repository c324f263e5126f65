"""The models that a project names as a Document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.reports import numbers
from llmops_cli.reports.listing import listing_document
from llmops_cli.reports.problems import problem_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmops_cli.core.problem import Problem
    from llmops_cli.models.state import ModelState
    from llmops_cli.reports.document import Document


def models_document(states: Sequence[ModelState], problems: Iterable[Problem]) -> Document:
    """Each model, whether its name is pinned, and what a call lacks.

    `problems` are those of files whose models are left out.
    """
    entries = [
        {
            "model": state.model,
            "pinned": "yes" if state.pinned else "no, an alias",
            "state": "; ".join(str(fault) for fault in state.faults) or "can be called",
        }
        for state in states
    ]
    columns = ("model", "pinned", "state")
    rows = [[entry[column] for column in columns] for entry in entries]
    data = {"models": entries, "problems": [problem_data(problem) for problem in problems]}
    return listing_document(numbers.count(len(rows), "model"), columns, rows, data)
