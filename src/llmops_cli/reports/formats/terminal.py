"""Plain aligned text for a terminal or a CI log. Colour only repeats what the words say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.reports.document import Change, Chart, Code, Column, Listing, Section, Table, Text, Tone
from llmops_cli.reports.excerpt import excerpt
from llmops_cli.reports.layout import Demand, cells, pad, share, wrapped
from llmops_cli.reports.sparkline import chart_lines
from llmops_cli.reports.status import headline
from llmops_cli.reports.visible import inert, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmops_cli.reports.document import Block, Document

_SGR: dict[Tone, str] = {"plain": "", "good": "32", "bad": "31", "warn": "33", "muted": "2"}
_INDENT = 2
_GAP = 2
_READABLE = 100  # lines of prose longer than this are hard to follow; only tables use a wider screen
_NARROWEST = 40


@dataclass(frozen=True, slots=True)
class _Screen:
    width: int
    colour: bool

    @property
    def prose(self) -> int:
        return min(self.width, _READABLE)

    def paint(self, text: str, tone: Tone = "plain", *, bold: bool = False) -> str:
        codes = ";".join(filter(None, ("1" if bold else "", _SGR[tone])))
        body = text.rstrip()
        return f"\x1b[{codes}m{body}\x1b[0m{text[len(body) :]}" if self.colour and codes and body else text


def draw(document: Document, *, width: int = 80, colour: bool = False) -> str:
    """The document as lines of at most `width` cells, except for code, which is never broken."""
    screen = _Screen(max(width, _NARROWEST), colour)
    tone = document.headline.tone
    parts = [
        [
            screen.paint(line, tone, bold=True)
            for line in wrapped(_clean(headline(document.headline)), screen.prose)
        ]
    ]
    for section in document.sections:
        if section.brief != ():
            parts.extend(_section(section, screen))
    return "\n\n".join("\n".join(inert(line.rstrip()) for line in part) for part in parts if part) + "\n"


def _section(section: Section, screen: _Screen) -> list[list[str]]:
    inner = _Screen(screen.width - _INDENT, screen.colour)
    blocks = [
        [" " * _INDENT + line for line in lines]
        for block in (section.blocks if section.brief is None else section.brief)
        if (lines := _block(block, inner))
    ]
    if not section.title:
        return blocks
    title = [screen.paint(line, bold=True) for line in wrapped(_clean(section.title), screen.prose)]
    return [title + (blocks[0] if blocks else []), *blocks[1:]]


def _block(block: Block, screen: _Screen) -> list[str]:
    match block:
        case Text():
            return _paragraph(block, screen) if _words(block) else []
        case Table():
            return _table(block, screen)
        case Change():
            return _change(block, screen)
        case Listing():
            return [line for item in block.items for line in _item(item, screen)]
        case Chart():
            lines = [f"  {line}" for line in chart_lines(block)]
            return [_clean(line) for line in (block.title, *lines)]
        case Code():
            label = [screen.paint(_clean(block.label), "muted")] if block.label else []
            return label + ["  " + line for line in _clean(block.text.removesuffix("\n")).split("\n")]


def _clean(text: str) -> str:
    return visible(text).expandtabs(4)


def _paragraph(text: Text, screen: _Screen) -> list[str]:
    return [screen.paint(line, text.tone) for line in wrapped(_words(text), screen.prose)]


def _words(text: Text) -> str:
    return _clean(f"{text.text}: {text.command}" if text.command and text.text else text.text or text.command)


def _item(text: Text, screen: _Screen) -> list[str]:
    lines = wrapped(_words(text), screen.prose - 2)
    return [("  " if at else "• ") + screen.paint(line, text.tone) for at, line in enumerate(lines)]


def _change(change: Change, screen: _Screen) -> list[str]:
    title = _clean(f"{change.label}: {change.note}" if change.note else change.label)
    place = _clean(change.place)
    lines = [screen.paint(line, change.tone, bold=True) for line in wrapped(title, screen.prose, hang=2)]
    if place and len(lines) == 1 and cells(title) + _GAP + cells(place) <= screen.prose:
        lines[0] += " " * _GAP + screen.paint(place, "muted")
    elif place:
        lines += ["  " + screen.paint(line, "muted") for line in wrapped(place, screen.prose - 2)]
    for line in excerpt(change, screen.prose - 4):
        mark = f"{line.mark} " if line.first else "  "
        tone = line.pieces[0].tone if line.mark in "-+" and line.pieces else "plain"
        text = "".join(screen.paint(piece.text, piece.tone) for piece in line.pieces)
        lines.append("  " + screen.paint(mark, tone) + text)
    return lines


def _table(table: Table, screen: _Screen) -> list[str]:
    if not table.rows:
        return [screen.paint("(no rows)", "muted")]
    names = [_clean(column.name) for column in table.columns]
    rows = [[Text(_words(cell), cell.tone) for cell in row] for row in table.rows]
    demands = [
        _demand(column, name, [row[at].text for row in rows])
        for at, (column, name) in enumerate(zip(table.columns, names, strict=True))
    ]
    widths = share(demands, screen.width, _GAP)
    if widths is None:
        return _records(names, rows, screen)
    heads = [Text(name, "muted") for name in names]
    rules = [Text("─" * width, "muted") for width in widths]
    lines = _row(heads, table.columns, widths, screen, low=True)
    for row in [rules, *rows]:
        lines += _row(row, table.columns, widths, screen)
    return lines


def _demand(column: Column, name: str, texts: list[str]) -> Demand:
    """Numbers stay whole, words stay whole while they are not extreme."""
    body = max(_widest(text.split("\n")) for text in texts)
    heading = _widest(name.split())
    words = max(_widest(text.split()) for text in texts)
    least = body if column.align == "right" else min(words + 2, 24, body)
    return Demand(max(body, cells(name), 1), max(body, heading, 1), max(least, heading, 1))


def _widest(texts: Iterable[str]) -> int:
    return max(map(cells, texts), default=0)


def _row(
    row: Sequence[Text], columns: Sequence[Column], widths: list[int], screen: _Screen, *, low: bool = False
) -> list[str]:
    """One row of a table as lines; `low` puts short cells at the bottom, as in a heading."""
    stacks = [
        wrapped(cell.text, width, 2 if width > 12 and not low and column.align == "left" else 0)
        for cell, column, width in zip(row, columns, widths, strict=True)
    ]
    height = max(map(len, stacks), default=0)
    stacks = [
        [""] * (height - len(stack)) + stack if low else stack + [""] * (height - len(stack))
        for stack in stacks
    ]
    lines = []
    for at in range(height):
        drawn = []
        for stack, cell, column, width in zip(stacks, row, columns, widths, strict=True):
            left, right = pad(stack[at], width, column.align)
            drawn.append(left + screen.paint(stack[at], cell.tone) + right)
        lines.append((" " * _GAP).join(drawn))
    return lines


def _records(names: list[str], rows: list[list[Text]], screen: _Screen) -> list[str]:
    """Each row as lines of `name: value`, for a table that no screen of this width can hold."""
    lines: list[str] = []
    for row in rows:
        if lines:
            lines.append("")
        for name, cell in zip(names, row, strict=True):
            drawn = wrapped(f"{name}: {cell.text}", screen.prose, hang=2)
            lines += [screen.paint(line, cell.tone) for line in drawn]
    return lines
