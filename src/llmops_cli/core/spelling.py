"""The nearest known word to a misspelled one, for hints."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, words: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known word most like `word`, or None when nothing is near; `cutoff` 1 means the same."""
    by_folded = {candidate.casefold(): candidate for candidate in words}
    matches = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=cutoff)
    return by_folded[matches[0]] if matches else None


def did_you_mean(word: str, words: Iterable[str], *, noun: str = "") -> str:
    """A hint: the nearest spelling, or the list of what is known when nothing is near."""
    choices = sorted(set(words))
    match = nearest(word, choices)
    if match is not None:
        return f"did you mean `{match}`?"
    if not choices:
        return f"there are no {noun} here yet" if noun else "there is no such name here yet"
    shown = ", ".join(choices[:20]) + (", …" if len(choices) > 20 else "")
    return f"known{' ' + noun if noun else ''}: {shown}"
