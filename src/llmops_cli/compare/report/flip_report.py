"""The cases that flipped, as sections of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.reports import numbers
from llmops_cli.reports.document import Change, Listing, Section, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.compare.flip import Flip, FlipCount

SHOWN_FLIPS = 10


def flip_sections(
    flips: Sequence[Flip], count: FlipCount, suite: str, *, folded: bool = False
) -> list[Section]:
    """The cases that flipped, worst first: ten with both answers, the rest folded; a terminal names them."""
    if not flips:
        return []
    shown = () if folded else flips[:SHOWN_FLIPS]
    rest = flips[len(shown) :]
    sections = [Section(_title(count), tuple(map(_flip, shown)))] if shown else []
    if rest:
        names = tuple(Text(f"{_label(flip)}  {flip.place}") for flip in rest)
        more = f"{numbers.count(len(rest), 'more changed case')} of {suite}"
        title = more if shown else _title(count)
        sections.append(Section(title, tuple(map(_flip, rest)), folded=True, brief=(Listing(names),)))
    return sections


def moved_text(count: FlipCount) -> str:
    """How many cases moved, in the cell of a table."""
    return f"{count.worse} worse, {count.better} better" if count.worse or count.better else "–"


def _title(count: FlipCount) -> str:
    moves = f"{count.worse} pass less often than before, {count.better} more often"
    if count.whole:
        moves = f"{count.worse} fail now that passed, {count.better} pass now that failed"
    return f"Changed cases: {moves}" + (f"; {count.aside} in quarantine" if count.aside else "")


def _label(flip: Flip) -> str:
    marks = ["must pass"] if flip.must_pass else []
    if flip.held is not None:
        marks.append(f"asked again: the same {flip.held[0]} of {flip.held[1]} times")
    if flip.quarantined:
        marks.append("in quarantine, not counted")
    mark = f" ({', '.join(marks)})" if marks else ""
    (passed, of), (passes, out_of) = flip.passes_before, flip.passes_now
    if flip.whole and of == 1:
        times = f", {out_of} of {out_of} times" if out_of > 1 else ""
        return f"{flip.name} {'fails' if flip.worse else 'passes'} now{times}{mark}"
    return f"{flip.name} passes {passes} of {out_of} times, was {passed} of {of}{mark}"


def _flip(flip: Flip) -> Change:
    return Change(
        label=_label(flip),
        before=flip.before,
        after=flip.now,
        note="; ".join(flip.reasons),
        tone="bad" if flip.worse else "good",
        place=flip.place,
    )
