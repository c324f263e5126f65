"""Why a score of a baseline cannot be recomputed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Why(Enum):
    """The kinds of reasons, each with its words; those of a case first, then those of one metric."""

    NOT_IN_SUITE = "not in the suite now"
    OTHER_INPUTS = "other inputs now"
    ONLY_HASHES = "only hashes of the answers are kept"
    CALLS_IN_TEXT = "the answer calls tools"
    JUDGE = "a judge"
    OWN_FILE = "a scorer of one case that reads a file"
    NEW_SCORER = "a new scorer"
    OTHER_SCORER = "the scorer changed"
    NO_SCORER = "the suite has no such scorer now"
    OTHER_SCORERS = "its scorers changed"
    RAISES = "it raises: {}"
    MORE_THAN_TEXT = "it measures more than the answer's text"
    ON_THRESHOLD = "{} lies on its threshold"
    RESTS_ON = "rests on {}"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why something was not recomputed; `about` is the error or the metrics that some reasons name."""

    why: Why
    about: str = ""

    def __str__(self) -> str:
        return self.why.value.format(self.about)
