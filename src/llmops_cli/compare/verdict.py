"""The words of the gate, and which of them stop a merge."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops_cli.reports.document import Tone


class Verdict(StrEnum):
    """What a comparison comes to. Each member's order here is its weight: the first found wins."""

    REGRESSED = "REGRESSED"
    INCOMPARABLE = "INCOMPARABLE"
    ERROR = "ERROR"
    INCONCLUSIVE = "INCONCLUSIVE"
    NO_BASELINE = "NO_BASELINE"
    IMPROVED = "IMPROVED"
    PASSED = "PASSED"


def worst(verdicts: list[Verdict]) -> Verdict:
    """The verdict that speaks for several; PASSED when there is none."""
    return min(verdicts, key=list(Verdict).index, default=Verdict.PASSED)


TONES: dict[Verdict, Tone] = {
    Verdict.REGRESSED: "bad",
    Verdict.ERROR: "bad",
    Verdict.INCOMPARABLE: "bad",
    Verdict.INCONCLUSIVE: "warn",
    Verdict.NO_BASELINE: "warn",
    Verdict.IMPROVED: "good",
    Verdict.PASSED: "good",
}
"""How each is coloured."""
