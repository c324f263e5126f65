"""Recorded answers of two times, side by side: what was asked then may not be answered otherwise now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import InputError
from llmops_cli.models.cassette_lines import parse
from llmops_cli.models.price import own_price

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmops_cli.models.cassette_lines import Entry, Slot


@dataclass(frozen=True)
class Recording:
    """One cassette as data: the suite and the model it was recorded for, and its answers.

    Those that were `edited` by hand answer nothing.
    """

    suite: str
    model: str
    entries: Mapping[Slot, Entry]
    edited: Mapping[Slot, Entry]

    @classmethod
    def of(cls, text: str, shown: str, *, whole: bool = False) -> Recording:
        """The recording in the text of a cassette. Raises InputError as `parse` does.

        Where the `whole` is wanted, also for each line that cannot be read.
        """
        lines = parse(text, shown)
        if whole and lines.broken:
            raise InputError(problems=lines.broken)
        return cls(lines.suite, lines.model, lines.entries, lines.edited)


class Answered:
    """What was answered by some time: the answers to each question and repeat, whatever their case."""

    def __init__(self, recordings: Iterable[Recording]) -> None:
        self._answers: dict[tuple[str, int], dict[Slot, Mapping[str, Any]]] = {}
        for recording in recordings:
            for slot, entry in recording.entries.items():
                self._answers.setdefault((slot.key, slot.repeat), {})[slot] = entry.answer

    def knows(self, key: str, repeat: int) -> bool:
        """Whether this very question had an answer."""
        return (key, repeat) in self._answers

    def contradicted(
        self, recording: Recording, prices: Mapping[str, Mapping[str, float]]
    ) -> dict[Slot, Mapping[str, Any]]:
        """The answers of a recording to questions that had another one.

        Answers to other questions are new. A case that was renamed keeps its answer. Where the project has a
        price of its own, what an answer cost is reckoned from its tokens, and what the file says of it is not
        read.
        """
        priced = own_price(recording.model, prices) is not None
        others = {}
        for slot, entry in {**recording.edited, **recording.entries}.items():
            before = self._answers.get((slot.key, slot.repeat))
            if before is None:
                continue
            were = [before[slot]] if slot in before else list(before.values())
            without_cost = priced and not slot.label
            answer = _deciding(entry.answer, without_cost=without_cost)
            if all(answer != _deciding(was, without_cost=without_cost) for was in were):
                others[slot] = entry.answer
        return others


def _deciding(answer: Mapping[str, Any], *, without_cost: bool) -> dict[str, Any]:
    """What of an answer scores, gates and reports read."""
    apart = ("cost_usd",) if without_cost else ()
    return {key: value for key, value in answer.items() if key not in apart and value is not None}
