"""Making a report fit a limit: whole rows, cases or lines are left out, and counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.reports.document import Code, Listing, Section, Table, Text
from llmops_cli.reports.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmops_cli.reports.document import Block

SMALL = 1_500
"""A folded section of this size is left alone while an open one is larger than the limit allows."""


def shortened(sections: Sequence[Section], size: Callable[[Section], int], limit: int) -> tuple[Section, ...]:
    """The sections, so far shortened that their sizes together do not exceed the limit.

    The largest folded section gives way first, then the largest of the others. What leads a section stays.
    """
    whole = list(sections)
    kept = [_units(section.blocks) for section in whole]
    now = list(whole)
    sizes = [size(section) for section in now]
    while sum(sizes) > limit:
        at = _largest(now, sizes, kept)
        if at is None:
            return _few(now, sizes, limit)
        # A little at a time and always of the largest, so that all of them come down to one height.
        kept[at] = min(kept[at] - 1, int(kept[at] * 0.85))
        now[at] = _cut(whole[at], kept[at])
        sizes[at] = size(now[at])
    return tuple(now)


def _largest(sections: Sequence[Section], sizes: Sequence[int], kept: Sequence[int]) -> int | None:
    able = [at for at in range(len(sections)) if kept[at] > 0]
    folded = [at for at in able if sections[at].folded and sizes[at] > SMALL]
    return max(folded or able, key=lambda at: sizes[at], default=None)


def _few(sections: list[Section], sizes: list[int], limit: int) -> tuple[Section, ...]:
    """The first sections that fit, where even their headings are too many."""
    room = limit - 200
    shown = 0
    while shown < len(sections) and room >= sizes[shown]:
        room -= sizes[shown]
        shown += 1
    remark = f"… {count(len(sections) - shown, 'more part')} of this report left out to fit"
    return (*sections[:shown], Section("", (Text(remark, "muted"),)))


def _units(blocks: Sequence[Block]) -> int:
    return sum(_length(block) for block in blocks)


def _length(block: Block) -> int:
    match block:
        case Table():
            return len(block.rows)
        case Listing():
            return len(block.items)
        case Code():
            return block.text.count("\n") + 1
        case _:
            return 1


def _cut(section: Section, keep: int) -> Section:
    """The section with its first `keep` rows, points, lines, changes and paragraphs."""
    blocks: list[Block] = []
    for block in section.blocks:
        length = _length(block)
        if keep >= length:
            blocks.append(block)
        elif keep > 0:
            blocks.append(_first(block, keep))
        keep = max(0, keep - length)
    left = _units(section.blocks) - _units(blocks)
    more = "more " if blocks else ""
    remark = f"… {count(left, f'{more}entry', f'{more}entries')} left out here to fit"
    note = Text(f"{remark}; the HTML and JSON reports have all", "muted")
    return replace(section, blocks=(*blocks, note))


def _first(block: Block, keep: int) -> Block:
    match block:
        case Table():
            return replace(block, rows=block.rows[:keep])
        case Listing():
            return Listing(block.items[:keep])
        case Code():
            return replace(block, text="\n".join(block.text.split("\n")[:keep]))
        case _:
            return block
