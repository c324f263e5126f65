"""Scorers: one file each.

To add one: write `scorers/x.py` with a subclass of `Scorer` (`base.py`) and its `version` 1, add its line
below, put its cases as data into `tests/scorers/x.yaml`, and give an example of it in docs/file-formats.md.
Made from the class are its row in the docs and its part of the editors' schema, with
`LLMOPS_UPDATE_SNAPSHOTS=1 pytest tests/docs`, and the hash of how it scores, with `LLMOPS_UPDATE_SCORERS=1
pytest tests/scorers`. A project's own scorers need none of this: they are functions, used with `python:
file.py:function`.

To change how one scores: raise its `version`, and name in `since` the llmops that brings it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops_cli.scorers.base import Scorer

SCORERS = {
    "equals": "equals:Equals",
    "contains": "contains:Contains",
    "icontains": "contains:IgnoreCaseContains",
    "contains-any": "contains_many:ContainsAny",
    "contains-all": "contains_many:ContainsAll",
    "starts-with": "starts_with:StartsWith",
    "regex": "regex:Regex",
    "is-json": "is_json:IsJson",
    "json-schema": "is_json:JsonSchema",
    "numeric-close": "numeric_close:NumericClose",
    "levenshtein": "levenshtein:Levenshtein",
    "word-count": "word_count:WordCount",
    "python": "python:PythonFunction",
    "judge": "judge:Judge",
    "latency": "latency:Latency",
    "cost": "cost:Cost",
}


def scorer_class(name: str) -> type[Scorer]:
    """The class of a scorer by its name in a suite. Raises KeyError for an unknown name."""
    module, _, attribute = SCORERS[name].partition(":")
    scorer: type[Scorer] = getattr(import_module(f"llmops_cli.scorers.{module}"), attribute)
    return scorer
