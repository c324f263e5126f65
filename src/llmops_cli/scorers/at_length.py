"""What runs in a worker because it may take for ever there: Python's own search, and schemas with it.

A worker imports this file as it imports a scorer of a project.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

from llmops_cli.core.schema import validator
from llmops_cli.scorers.is_json import measured_by
from llmops_cli.scorers.regex import searched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.scorers.sample import Sample


def search(output: str, _: Sample, *, pattern: str, ignore_case: bool) -> Mapping[str, Any]:
    """Whether a pattern matches somewhere in the answer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        matches = re.search(pattern, output, re.IGNORECASE if ignore_case else 0) is not None
    measured = searched(pattern, output, matches=matches)
    return {"score": measured.value, "reason": measured.reason}


def fit(_: str, sample: Sample, *, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whether the answer fits a schema."""
    measured = measured_by(validator(schema), sample.json)
    return {"score": measured.value, "reason": measured.reason}
