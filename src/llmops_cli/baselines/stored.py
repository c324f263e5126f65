"""The answers that a baseline keeps, as answers that can be judged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from llmops_cli.baselines.left_out import Why
from llmops_cli.compare.asks import is_same
from llmops_cli.core.canonical import content_hash
from llmops_cli.models.answer import Answer

if TYPE_CHECKING:
    from llmops_cli.compare.scores import CaseScores, Scores
    from llmops_cli.evals.case import Case
    from llmops_cli.scorers.base import Marking

NO_TOOLS = content_hash([])


def stored_answer(stored: CaseScores, repeat: int, model: str) -> Answer:
    """One answer of a case: its text and its tool calls, which is all that is kept of it."""
    calls = tuple(map(dict, stored.calls(repeat)))
    return Answer(stored.outputs[repeat] or "", requested=model, tool_calls=calls)


def why_not(case: Case | None, stored: CaseScores, baseline: Scores, reads: frozenset[Marking]) -> Why | None:
    """Why the answers of a case cannot be judged again; None when they can.

    `reads` are the markings of the case that something that decides reads.
    """
    if case is None:
        return Why.NOT_IN_SUITE
    if not is_same(case, stored, reads):
        return Why.OTHER_INPUTS
    if any(output is None for output in stored.outputs):
        return Why.ONLY_HASHES
    tools = baseline.parts.get("tools", NO_TOOLS) != NO_TOOLS
    # Files of older schemas have the calls in the text, and so may single cases of a file that was merged.
    if tools and not stored.tool_calls and any(_calls_tools(output or "") for output in stored.outputs):
        return Why.CALLS_IN_TEXT
    return None


def _calls_tools(output: str) -> bool:
    """Whether an answer of a prompt with tools ends with a call: what its text was is not known then."""
    try:
        last = json.loads(output.rpartition("\n")[2])
    except (ValueError, RecursionError):
        return False
    return isinstance(last, dict) and last.keys() == {"name", "arguments"}
