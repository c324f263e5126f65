"""How the patterns of a schema are searched where somebody waits for it: here, or in a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.limits import LimitError
from llmops_cli.core.patterns import NotLinearError
from llmops_cli.evals.bench import waited_for
from llmops_cli.models.answer import Answer
from llmops_cli.scorers.sample import Sample

if TYPE_CHECKING:
    from llmops_cli.core.limits import Limits
    from llmops_cli.core.patterns.pattern import Search


def searching(limits: Limits) -> Search:
    """Whether a pattern matches somewhere in a text; what takes too long raises LimitError."""

    def search(pattern: str, text: str) -> bool:
        from llmops_cli.core.patterns.pattern import pattern_of

        try:
            return pattern_of(pattern).matches(text)
        except NotLinearError:
            from llmops_cli.scorers.elsewhere import elsewhere

            args = {"pattern": pattern, "ignore_case": False}
            call = elsewhere("search", f"the pattern `{pattern}`", Sample(Answer(text, "")), args, limits)
        measured = waited_for(call)
        if measured.measurement is None:
            raise LimitError(measured.error)
        return measured.measurement.value == 1

    return search
