"""What tells a case without an id from others: each field by itself, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the id of a case without one comes from: any edit of what it asks gives it another.

    `fields` holds a hash of each part of what it asks, `place` is the file and the line, and `words` are the
    first of its input, "" where texts are not kept.
    """

    fields: Mapping[str, str]
    place: str
    words: str = ""

    def named(self, case_id: str) -> str:
        """The id with the words that say which case it is."""
        return f"{case_id} “{self.words}”" if self.words else case_id

    def to_json(self) -> dict[str, Any]:
        """A JSON object; `from_json` reads it back."""
        data = {"fields": dict(sorted(self.fields.items())), "place": self.place}
        return data | {"words": self.words} if self.words else data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Origin:
        """Read what `to_json` wrote."""
        return cls(data["fields"], data["place"], data.get("words", ""))


WORDS = 40
"""Characters of an input that stand beside an id that says nothing."""


def first_words(values: Mapping[str, Any]) -> str:
    """The beginning of the first text among the values; "" where none is a text."""
    text = next((" ".join(value.split()) for value in values.values() if isinstance(value, str)), "")
    return text if len(text) <= WORDS else f"{text[: WORDS - 1].rstrip()}…"
