"""Scores for answers that must come from a given passage, or be the fixed refusal."""

import re
from typing import Any

REFUSAL = "I can't find that in our help pages."


def right_answer(output: str, case: Any) -> dict[str, float | str]:
    """Accept any listed wording of the answer; where the passage has none, accept only the refusal."""
    refused = _plain(REFUSAL) in _plain(output)
    if case.expected.get("refuse"):
        return _verdict(
            refused, "refused, as it should" if refused else "answered what the passage does not say"
        )
    if refused:
        return _verdict(False, "refused, though the passage has the answer")

    found = next((wording for wording in case.expected["accept"] if _mentions(output, wording)), None)
    return _verdict(found is not None, f"says {found!r}" if found else f"none of {case.expected['accept']}")


def supported(output: str, case: Any) -> float:
    """Measure how much of the answer is made of the words of passage and question; a refusal needs none."""
    words = set(_plain(output).split())
    if not words or _plain(REFUSAL) in _plain(output):
        return 1.0
    source = set(_plain(f"{case.vars['passage']} {case.vars['question']}").split())
    return len(words & source) / len(words)


def _verdict(right: bool, reason: str) -> dict[str, float | str]:
    return {"score": float(right), "reason": reason}


def _mentions(text: str, wording: str) -> bool:
    """Find a wording that is not part of a longer number or Latin word: "3 days" is not in "13 days"."""
    pattern = rf"(?<![0-9A-Za-z]){re.escape(_plain(wording))}(?![0-9A-Za-z])"
    return re.search(pattern, _plain(text)) is not None


def _plain(text: str) -> str:
    """Lower the case, straighten apostrophes, turn other punctuation and white space into single spaces."""
    text = text.casefold().replace("\u2019", "'")
    return " ".join(re.sub(r"(?<!\d)[.,](?=\d)|[.,](?!\d)|[^\w\s.,'@%]", " ", text).split())
