"""What a lower baseline may hide: a drop in the cases that changed with it, or went."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.compare.compare import compare_stored
from llmops_cli.compare.second_reading import failing_where_changed, unproven
from llmops_cli.compare.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection

    from llmops_cli.compare.comparison import Comparison


def is_drop(comparison: Comparison) -> bool:
    """Whether the gate forbids how the scores moved, as far as they can be compared."""
    inconclusive = comparison.verdict is Verdict.INCONCLUSIVE and comparison.forbidden
    return inconclusive or comparison.verdict is Verdict.REGRESSED


def may_hide_a_drop(comparison: Comparison, required: Collection[str]) -> bool:
    """Whether the gate would forbid it if each case that changed or went failed now.

    Or whether one of the `required` cases changed so that nobody can tell whether it would pass as it was.
    """
    before = comparison.before
    if before is None:
        return False
    gone = [id_ for id_ in comparison.removed if id_ in required and before.cases[id_].passed]
    if gone or unproven(comparison, required):
        return True
    touched = (*comparison.changed, *comparison.removed)
    failing = failing_where_changed(replace(comparison, changed=touched))
    if failing is None:
        return False
    # Each failing case asks what it asked before, so that it counts as the same.
    (second,) = compare_stored([(before, failing, comparison.suite)])
    return is_drop(second)
