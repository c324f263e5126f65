"""`levenshtein`: how alike the answer and the expected text are, character by character."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.scorers.base import TEXT, Measurement, Scorer, as_text, first_difference, option_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.scorers.sample import Sample


class Levenshtein(Scorer):
    """1 minus the share of characters to insert, delete or replace to get from the answer to `value`.

    The share is of the longer text; 1 means equal. White space around the texts does not count. Graded: set
    a `threshold` to make it decide.
    """

    name = "levenshtein"
    does = "1 minus the share of characters to edit"
    version = 1
    since = "0.1"
    decides = False
    shorthand = "value"
    option = option_schema(
        "value",
        value={"type": TEXT["type"], "description": "the text to be like"},
    )

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Count the edits."""
        wanted, answer = as_text(option["value"], "value", or_empty=True).strip(), sample.output.strip()
        longest = max(len(wanted), len(answer))
        edits = distance(wanted, answer)
        if not edits:
            return Measurement(1.0)
        return Measurement(1 - edits / longest, f"{edits} edits over {longest} characters")


def distance(one: str, other: str) -> int:
    """The least number of insertions, deletions and replacements of code points between two texts.

    Exact. The bit-parallel algorithm of Myers (1999) in the form of Hyyrö (2003), a whole column of the
    table in one integer: two texts of 10,000 characters take well under a second.
    """
    one, other = _trimmed(one, other)
    pattern, text = (one, other) if len(one) >= len(other) else (other, one)
    if not text:
        return len(pattern)
    places = _places(pattern, set(text))
    every, last = (1 << len(pattern)) - 1, 1 << (len(pattern) - 1)
    rises, falls, edits = every, 0, len(pattern)
    for character in text:
        same = places.get(character, 0)
        diagonal = ((((same & rises) + rises) ^ rises) | same | falls) & every
        right_rises = falls | (every ^ (diagonal | rises) & every)
        right_falls = rises & diagonal
        if right_rises & last:
            edits += 1
        elif right_falls & last:
            edits -= 1
        right_rises = (right_rises << 1 | 1) & every
        right_falls = (right_falls << 1) & every
        rises = right_falls | (every ^ (diagonal | right_rises))
        falls = right_rises & diagonal
    return edits


def _trimmed(one: str, other: str) -> tuple[str, str]:
    """Both texts without the beginning and the end that they share."""
    begin = first_difference(one, other)
    one, other = one[begin:], other[begin:]
    end = first_difference(one[::-1], other[::-1])
    return one[: len(one) - end], other[: len(other) - end]


def _places(pattern: str, wanted: set[str]) -> dict[str, int]:
    """For each wanted character an integer with one bit for each place where it stands."""
    rows = {character: bytearray(len(pattern) // 8 + 1) for character in wanted.intersection(pattern)}
    for at, character in enumerate(pattern):
        if character in rows:
            rows[character][at >> 3] |= 1 << (at & 7)
    return {character: int.from_bytes(row, "little") for character, row in rows.items()}
