"""What a report consists of, whatever it is about and however it is drawn.

Each room turns its own result into a `Document` (`report.py`); each format draws every `Document`. Texts are
plain: a format escapes what would mean something in it. A format may fold, wrap or align, never leave out;
only of the long texts of a `Change` it may leave out the middle and say how much. `data` has them whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Tone = Literal["plain", "good", "bad", "warn", "muted"]
"""What a text means to the reader. Colour only repeats it: the words alone have to be enough."""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph, or one cell of a table."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    align: Literal["left", "right"] = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under named columns; every row has a cell for each column."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Text, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row has another number of cells than there are columns")


@dataclass(frozen=True, slots=True)
class Change:
    """A text that became another: an answer of a model before and now.

    `label` says whose (`case refund-double-charge`), `note` what follows from it. A text is None when it is
    not known. `only` says that the other text is not there at all: something that was added or removed.
    """

    label: str
    before: str | None
    after: str | None
    note: str = ""
    tone: Tone = "plain"
    place: str = ""
    only: Literal["", "before", "after"] = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines that belong together, one point each."""

    items: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Text to be shown exactly as it is: a prompt, a message, a unified diff."""

    text: str
    language: str = ""


Block = Text | Table | Change | Listing | Code


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part. `folded` content is secondary: formats that can hide it do, behind its title."""

    title: str
    blocks: tuple[Block, ...]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report. `headline` is the answer in one sentence; `data` is the same result for machines."""

    headline: Text
    sections: tuple[Section, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
