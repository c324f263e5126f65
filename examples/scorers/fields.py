"""Scores for answers that are JSON objects."""

import json
from typing import Any


def field_accuracy(output: str, case: Any) -> dict[str, float | str]:
    """Give the fraction of expected fields that the answer has right, and name the wrong ones."""
    expected: dict[str, Any] = case.expected
    try:
        answer = json.loads(output)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        return {"score": 0.0, "reason": "the answer is not a JSON object"}

    wrong = [
        f"{field}: {_show(answer[field]) if field in answer else 'missing'}, expected {_show(value)}"
        for field, value in expected.items()
        if field not in answer or not _same(answer[field], value)
    ]
    return {
        "score": 1 - len(wrong) / len(expected),
        "reason": "; ".join(wrong) or "all fields right",
    }


def _same(left: object, right: object) -> bool:
    """Compare two values; letter case and outer white space of a text do not matter."""
    if isinstance(left, str) and isinstance(right, str):
        return left.strip().casefold() == right.strip().casefold()
    return type(left) is type(right) and left == right


def _show(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
