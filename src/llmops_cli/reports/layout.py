"""Placing text in columns of character cells: how wide it is, where it wraps, how columns share a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BREAK_AFTER = "-_/.,:;@=&?·"
_NEVER_FIRST = "、。，．：；！？」』）】…"
_JOINER, _EMOJI_STYLE = "\u200d", "\ufe0f"


@dataclass(frozen=True, slots=True)
class Span:
    """One drawn line: where it lies in the text, and whether a line of the text begins with it."""

    start: int
    end: int
    first: bool


def cells(text: str) -> int:
    """How many cells of a terminal the text takes."""
    return len(text) if text.isascii() else sum(_widths(text))


def pad(text: str, width: int, align: str = "left") -> tuple[str, str]:
    """The spaces to put before and after a text so that it fills the width."""
    space = " " * max(0, width - cells(text))
    return (space, "") if align == "right" else ("", space)


def wrap(text: str, width: int, hang: int = 0) -> list[Span]:
    """The lines of a text, none wider than `width`, with `hang` cells less for those that go on.

    Breaks at spaces, else after punctuation, else anywhere. Only the spaces at a break belong to no line.
    """
    spans: list[Span] = []
    start = 0
    for line in text.split("\n"):
        spans.extend(_wrap_line(line, start, width, hang))
        start += len(line) + 1
    return spans


def wrapped(text: str, width: int, hang: int = 0) -> list[str]:
    """The same as texts, those that go on indented by `hang`."""
    return [
        ("" if span.first else " " * hang) + text[span.start : span.end] for span in wrap(text, width, hang)
    ]


@dataclass(frozen=True, slots=True)
class Demand:
    """What a column needs: for all its text on one line, for its numbers uncut, and at the least."""

    natural: int
    body: int
    least: int


def share(demands: Sequence[Demand], available: int, gap: int) -> list[int] | None:
    """The width of each column, the widest giving way first; None when even the least does not fit.

    Headings give way before the text below them.
    """
    widths = [demand.natural for demand in demands]
    excess = sum(widths) + gap * (len(widths) - 1) - available
    for floors in ([demand.body for demand in demands], [demand.least for demand in demands]):
        while excess > 0:
            room = [(width, at) for at, width in enumerate(widths) if width > floors[at]]
            if not room:
                break
            widths[max(room)[1]] -= 1
            excess -= 1
    return widths if excess <= 0 else None


def _wrap_line(line: str, offset: int, width: int, hang: int) -> Iterator[Span]:
    widths = None if line.isascii() else _widths(line)
    start = 0
    first = True
    while True:
        stop = _reach(widths, start, len(line), max(1, width if first else width - hang))
        if stop >= len(line):
            yield Span(offset + start, offset + len(line), first)
            return
        end = _break(line, widths, start, stop)
        yield Span(offset + start, offset + start + len(line[start:end].rstrip(" ")), first)
        start = end
        while start < len(line) and line[start] == " ":
            start += 1
        first = False
        if start == len(line):
            return


def _reach(widths: list[int] | None, start: int, end: int, room: int) -> int:
    """How far a line that starts here can go."""
    if widths is None:
        return min(end, start + room)
    stop = start
    while stop < end and widths[stop] <= room:
        room -= widths[stop]
        stop += 1
    return max(stop, start + 1)


def _break(line: str, widths: list[int] | None, start: int, stop: int) -> int:
    """Where to end a line that cannot go beyond `stop`."""
    if line[stop] == " ":
        return stop
    if widths is not None and widths[stop] == 2 and line[stop] not in _NEVER_FIRST:
        return stop  # Chinese and Japanese break between any two characters
    space = line.rfind(" ", start, stop)
    if line[start : max(start, space)].strip(" "):
        return space
    after = max(line.rfind(mark, start + (stop - start) // 2, stop) for mark in _BREAK_AFTER)
    return after + 1 if after > start else stop


def _widths(text: str) -> list[int]:
    """The cells that each character takes; what joins the one before takes none."""
    import unicodedata

    widths: list[int] = []
    before = ""
    for character in text:
        width = 1
        if character == _EMOJI_STYLE and widths and before > "\xa0":
            widths[-1], width = max(widths[-1], 2), 0
        elif _joins(character, before, unicodedata.category(character)):
            width = 0
        elif unicodedata.east_asian_width(character) in "WF":
            width = 2
        widths.append(width)
        before = character
    return widths


def _joins(character: str, before: str, category: str) -> bool:
    if not before:
        return False
    if category in ("Mn", "Me", "Cf") or "\u1160" <= character <= "\u11ff":
        return True
    return before == _JOINER or ("\U0001f3fb" <= character <= "\U0001f3ff" and before > "\u2600")
