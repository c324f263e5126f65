"""A baseline of an older llmops in the form in which this one writes it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops_cli.compare.scores import CaseScores, Scores


def in_present_form(old: Scores, now: Scores) -> Scores:
    """A baseline as this llmops would write it: what its older form could not say is taken from `now`."""
    if not old.messages:  # the first schema
        old = replace(old, messages=now.messages, includes=now.includes, judges=now.judges)
    present = {
        key: _case_in_present_form(old.cases[key], case)
        for key, case in now.cases.items()
        if key in old.cases
    }
    return replace(old, cases={**old.cases, **present})


def _case_in_present_form(old: CaseScores, now: CaseScores) -> CaseScores:
    if now.tool_calls and old.outputs == now.as_texts().outputs:
        old = replace(old, outputs=now.outputs, tool_calls=now.tool_calls)
    if not old.with_metadata and old.inputs == now.with_metadata:
        old = replace(old, inputs=now.inputs, with_metadata=now.with_metadata)
    if old.inputs == now.inputs and old.tags_hash is None:
        old = replace(old, tags_hash=now.tags_hash)
    if old.inputs == now.inputs:  # a case that was moved in its file is the same
        old = replace(old, origin=now.origin)
    return old
