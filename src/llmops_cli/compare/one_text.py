"""An answer as one text, for hashes and for readers: what the model wrote, and the tools it called."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmops_cli.models.answer import Answer

Calls = tuple["Mapping[str, Any]", ...]
"""The tool calls of one answer, in the form of OpenAI and without their ids."""


def calls_of(answer: Answer) -> Calls:
    """The tool calls of an answer without what is another one each time, their ids; keys are sorted."""
    return tuple(
        json.loads(canonical_json({key: call[key] for key in call.keys() - {"id", "index"}}))
        for call in answer.tool_calls
    )


def one_text(text: str, calls: Iterable[Mapping[str, Any]]) -> str:
    """The text, then a line for each tool call; an answer that only calls tools has no line for its text."""
    lines = [canonical_json(call.get("function", call)) for call in calls]
    if not lines:
        return text
    return "\n".join([text, *lines] if text else lines)


def answer_text(answer: Answer | None) -> str:
    """What the model said, tool calls included; "" where no answer came."""
    return "" if answer is None else one_text(answer.text, calls_of(answer))
