"""GitHub-flavoured Markdown for a pull request: nothing in a text can become markup, a link or a mention."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llmops_cli.reports.document import Change, Chart, Code, Listing, Section, Table, Text
from llmops_cli.reports.excerpt import excerpt
from llmops_cli.reports.sparkline import chart_lines
from llmops_cli.reports.status import headline
from llmops_cli.reports.visible import visible

if TYPE_CHECKING:
    from llmops_cli.reports.document import Block, Document

_FENCE_WIDTH = 100  # GitHub scrolls wider lines sideways
_FENCE_LINES = 12
_DRAWN = {"mermaid", "math", "geojson", "topojson", "stl", "suggestion"}  # GitHub acts on these
_BREAK = "&#8203;"
"""A zero-width space. GitHub looks for mentions, references and links in the finished text, where a backslash
has no effect any more; this has."""

_MEANING = re.compile(
    r"""
      (?P<entity> [&<>|] )
    | (?P<slash>  [\\`*\[\]~] | (?<![^\W_])_ | _(?![^\W_]) | \#(?!\d) )
    | (?P<split>  @ | \#(?=\d) | GH-(?=\d) | :(?=//) | www(?=\.) | :(?=[\w+-]+:) )
    | (?P<dollar> \$ )
    | (?P<line>   \n )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}
_OPENING = re.compile(r"^(?:(?=[-+=])|(\d+)(?=[.)]))")


def draw(document: Document, *, width: int = 80, colour: bool = False) -> str:
    """The document as Markdown; folded sections open on a click."""
    del width, colour
    parts = [f"## {_line(headline(document.headline))}"]
    for section in document.sections:
        parts.extend(_section(section))
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(section: Section) -> list[str]:
    blocks = [_block(block) for block in section.blocks]
    if not section.folded:
        return [f"### {_line(section.title)}", *blocks] if section.title else blocks
    # Inside a line of HTML only HTML counts, and a blank line would end it.
    return [f"<details><summary>{_html(section.title)}</summary>", *blocks, "</details>"]


def _block(block: Block) -> str:
    match block:
        case Text():
            return _opening(_inline(block.text))
        case Table():
            return _table(block)
        case Change():
            return _change(block)
        case Listing():
            return "\n".join(f"- {_opening(_inline(item.text))}".rstrip() for item in block.items)
        case Chart():
            return _fence(visible("\n".join([block.title, *chart_lines(block)])), "")
        case Code():
            return _fence(visible(block.text), _language(block.language))


def _inline(text: str) -> str:
    """A text on one line that reads as it was written."""
    text = visible(text).replace("\t", " ").strip()
    dollars = text.count("$") > 1  # two of them enclose a formula

    def escape(found: re.Match[str]) -> str:
        match found.lastgroup:
            case "entity":
                return _ENTITIES[found[0]]
            case "slash":
                return f"\\{found[0]}"
            case "split":
                return found[0] + _BREAK
            case "dollar":
                return "<span>$</span>" if dollars else "$"
            case _:
                return "<br>"

    return _MEANING.sub(escape, text)


def _line(text: str) -> str:
    return _opening(_inline(re.sub(r"\s*\n\s*", " ", text)))


def _opening(inline: str) -> str:
    """Keeps the first character from starting a list or a rule."""
    return _OPENING.sub(r"\1\\", inline)


def _html(text: str) -> str:
    text = re.sub(r"\s+", " ", visible(text)).strip()
    text = re.sub(r"[&<>]", lambda found: _ENTITIES[found[0]], text)
    text = re.sub(r"@|#(?=\d)|(?i:GH-)(?=\d)|:(?=//)|(?i:www)(?=\.)|:(?=[\w+-]+:)", rf"\g<0>{_BREAK}", text)
    return text.replace("$", "<span>$</span>") if text.count("$") > 1 else text


def _bold(text: str) -> str:
    inline = _inline(text)
    return f"**{inline}**" if inline else ""


def _table(table: Table) -> str:
    if not table.columns:
        return ""
    lines = [
        [_inline(column.name) for column in table.columns],
        ["---:" if column.align == "right" else ":---" for column in table.columns],
        *([_cell(cell) for cell in row] for row in table.rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(cell: Text) -> str:
    return _bold(cell.text) if cell.tone == "bad" else _inline(cell.text)


def _change(change: Change) -> str:
    title = _bold(change.label)
    if change.note:
        title += f": {_inline(change.note)}"
    if change.place:
        title += f" ({_inline(change.place)})"
    lines = []
    for line in excerpt(change, _FENCE_WIDTH, _FENCE_LINES):
        text = "".join(piece.text for piece in line.pieces)
        lines.append(f"{line.mark} {'' if line.first else '  '}{text}".rstrip())
    return f"{title}\n\n{_fence(chr(10).join(lines), 'diff')}"


def _fence(text: str, language: str) -> str:
    """A block of code that its own content cannot close."""
    ticks = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{ticks}{language}\n{text.removesuffix(chr(10))}\n{ticks}"


def _language(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9+#.-]{1,30}", name) and name.lower() not in _DRAWN else ""
