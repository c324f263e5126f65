"""GitHub-flavoured Markdown for a pull request: nothing in a text can become markup, a link or a mention.

What GitHub would not take for its length is shortened: the longest folded part first, by whole rows, cases or
lines, and it says how many are left out.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from llmops_cli.reports.brief import brief
from llmops_cli.reports.document import Change, Chart, Code, Listing, Section, Table, Text
from llmops_cli.reports.escape import code_span, fence, html_text, inline, language, line, opening
from llmops_cli.reports.excerpt import excerpt
from llmops_cli.reports.shorten import shortened
from llmops_cli.reports.sparkline import chart_lines
from llmops_cli.reports.status import headline
from llmops_cli.reports.visible import inert, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmops_cli.reports.document import Block, Document

LIMIT = 65_000
"""Characters of a report. GitHub takes 65,536 in a comment, and its marker needs some of them."""
_FENCE_WIDTH = 100  # GitHub scrolls wider lines sideways
_FENCE_LINES = 12
_PAIR_LENGTH = 160  # characters of a text that can stand beside the other in a table
_HEADLINE_LENGTH = 1_500


def draw(document: Document, *, width: int = 80, colour: bool = False) -> str:
    """The document as Markdown of at most `LIMIT` characters; folded sections open on a click."""
    del width, colour
    title = brief(headline(document.headline), _HEADLINE_LENGTH)
    top = f"## {line(title)}"
    sections = shortened(document.sections, lambda section: len(_section(section)) + 2, LIMIT - len(top) - 2)
    text = "\n\n".join([top, *filter(None, map(_section, sections))])
    # It may be printed to the log of a job: no line of a model's answer is a command there.
    return "\n".join(map(inert, text.split("\n"))) + "\n"


def _section(section: Section) -> str:
    blocks = [part for block in _grouped(section.blocks) if (part := block)]
    if section.folded:
        # Inside a line of HTML only HTML counts, and a blank line would end it.
        blocks = [f"<details><summary>{html_text(section.title)}</summary>", *blocks, "</details>"]
    elif section.title:
        blocks.insert(0, f"### {line(section.title)}")
    return "\n\n".join(blocks)


def _grouped(blocks: Sequence[Block]) -> Iterator[str]:
    """Each block; short changes that follow each other stand side by side in one table."""
    for short, group in groupby(blocks, key=_is_short):
        if short:
            yield _pairs([block for block in group if isinstance(block, Change)])
        else:
            yield from map(_block, group)


def _block(block: Block) -> str:
    match block:
        case Text():
            return opening(_text(block))
        case Table():
            return _table(block)
        case Change():
            return _change(block)
        case Listing():
            return "\n".join(f"- {opening(_text(item))}".rstrip() for item in block.items)
        case Chart():
            return fence(visible("\n".join([block.title, *chart_lines(block)])), "")
        case Code():
            label = f"{line(block.label)}\n\n" if block.label else ""
            return label + fence(visible(block.text), language(block.language))


def _text(text: Text) -> str:
    if not text.command:
        return inline(text.text)
    return f"{inline(text.text)}: {code_span(text.command)}" if text.text else code_span(text.command)


def _bold(text: str) -> str:
    words = inline(text)
    return f"**{words}**" if words else ""


def _table(table: Table) -> str:
    if not table.columns:
        return ""
    rules = ["---:" if column.align == "right" else ":---" for column in table.columns]
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    return _rows([inline(column.name) for column in table.columns], rules, rows)


def _rows(names: Sequence[str], rules: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (names, rules, *rows))


def _cell(cell: Text) -> str:
    return _bold(cell.text) if cell.tone == "bad" else inline(cell.text)


def _is_short(block: Block) -> bool:
    """Whether a change reads best with both texts beside each other: an answer, and not a file's text."""
    if not isinstance(block, Change) or block.only or not (block.place or block.note):
        return False
    texts = [block.before or "", block.after or ""]
    if any(len(text) > _PAIR_LENGTH or text.count("\n") > 2 for text in texts):
        return False
    return texts[0].split() != texts[1].split() or texts[0] == texts[1]


def _pairs(changes: Sequence[Change]) -> str:
    rows = []
    for change in changes:
        label = _bold(change.label) if change.tone == "bad" else inline(change.label)
        place = f"<br><sub>{inline(change.place)}</sub>" if change.place else ""
        rows.append([label + place, _side(change.before), _side(change.after), inline(change.note)])
    names, rules = ["changed", "before", "now", "why"], [":---"] * 4
    if not any(change.note for change in changes):
        names, rules, rows = names[:3], rules[:3], [row[:3] for row in rows]
    return _rows(names, rules, rows)


def _side(text: str | None) -> str:
    if text is None:
        return "<i>not known</i>"
    return inline(text) or "<i>an empty text</i>"


def _change(change: Change) -> str:
    title = _bold(change.label)
    if change.note:
        title += f": {inline(change.note)}"
    if change.place:
        title += f" ({inline(change.place)})"
    lines = []
    for row in excerpt(change, _FENCE_WIDTH, _FENCE_LINES):
        text = "".join(piece.text for piece in row.pieces)
        lines.append(f"{row.mark} {'' if row.first else '  '}{text}".rstrip())
    return f"{title}\n\n{fence(chr(10).join(lines), 'diff')}"
