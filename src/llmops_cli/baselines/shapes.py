"""Shapes of values in a baseline file.

By hand: the library for JSON Schemas takes longer to import than a large file takes to read.
"""

from __future__ import annotations

from typing import Any

MOST_AMOUNT = 1e12
"""Tokens, dollars and seconds of one answer: more is no measurement, and sums of it overflow."""
NUMBERS: frozenset[type] = frozenset({int, float})
"""A boolean is none."""


def is_number(value: Any, most: float) -> bool:
    """Whether it is a number from 0 to `most`; NaN lies nowhere."""
    return type(value) in NUMBERS and 0 <= value <= most


def is_texts(value: Any) -> bool:
    """Whether it is a list of texts."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def is_names(value: Any) -> bool:
    """Whether it is a mapping of names to texts."""
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def is_scores(value: Any) -> bool:
    """Whether it is a mapping of names to numbers from 0 to 1."""
    return isinstance(value, dict) and all(is_number(item, 1) for item in value.values())
