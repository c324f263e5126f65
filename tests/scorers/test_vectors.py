"""The vectors that autoevals publishes for the same scorers, with the differences that are meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmops_cli.scorers import scorer_class
from tests.scorers.samples import made_sample, surroundings

FILE = Path(__file__).parents[3] / "shared" / "vectors" / "autoevals_vectors.json"

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the vectors are not beside this checkout")

MEANT = {
    "equals": {
        "key order": "a mapping has no order: the same keys and values are equal",
        "text as JSON": "an expected text is compared as text, so its spaces count",
        "null": "null is JSON null, and Python's word for it is a text like any other",
    },
    "is-json": {"any value": "a number is JSON (RFC 8259); autoevals wants a mapping or a list"},
}


def vectors(name: str) -> list[list[Any]]:
    found: dict[str, list[list[Any]]] = json.loads(FILE.read_text("utf-8"))
    return found[name]


def text_of(output: Any) -> str:
    """An answer is text: where autoevals passes an object, the model would have written its JSON."""
    return output if isinstance(output, str) else json.dumps(output)


def value(name: str, output: Any, option: dict[str, Any]) -> float:
    scorer = scorer_class(name)(option, surroundings(FILE.parent))
    return scorer.measure(made_sample({"output": text_of(output)}), option).value


def test_levenshtein() -> None:
    for output, expected, score in vectors("test_levenshtein"):
        assert value("levenshtein", output, {"value": expected}) == pytest.approx(score, abs=1e-5)


def test_exact_match_but_for_what_is_meant() -> None:
    differing = []
    for output, expected, score in vectors("test_exact_match"):
        found = value("equals", output, {"value": expected})
        if found != score:
            differing.append((output, expected, found))
    assert differing == [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, 1),  # key order
        ({"a": 1, "b": 2}, '{"a":1, "b":2}', 0),  # text as JSON
        (None, "None", 0),  # null
    ], MEANT["equals"]


def test_valid_json_but_for_what_is_meant() -> None:
    differing = []
    for output, score, wanted in vectors("test_valid_json"):
        found = value("is-json", output, {} if wanted is None else {"schema": wanted})
        if found != score:
            differing.append((output, found))
    assert differing == [("1", 1), (100, 1), ("100", 1)], MEANT["is-json"]
