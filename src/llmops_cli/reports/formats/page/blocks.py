"""Sections and blocks as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.reports.document import Change, Chart, Code, Listing, Table, Text
from llmops_cli.reports.excerpt import differences
from llmops_cli.reports.formats.page.charts import figure
from llmops_cli.reports.formats.page.markup import element, line, pre, text
from llmops_cli.reports.visible import visible, visible_space

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.reports.document import Block, Section

ALIKE = 0.6
"""Two texts of which more than this share differs are shown without marks: most words would have one."""
MOST_COLUMNS = 4
"""A table with more is drawn on a phone as a list, row by row, each value with the name of its column."""
SAME, SPACE, DIFFERENT = "same", "space", "different"


def section_html(section: Section, name: str) -> str:
    """A section under its heading, `name` being its id; a folded one opens on a click."""
    title = element("h2", line(section.title), id=name) if section.title else ""
    inner = blocks_html(section.blocks, section.title)
    if section.folded and title:
        return element("details", element("summary", title) + inner, "part")
    labels = {"aria_labelledby": name} if title else {}
    return element("section", title + inner, "part", **labels)


def blocks_html(blocks: Sequence[Block], title: str) -> str:
    """Blocks one below the other; charts that follow each other stand side by side where there is room."""
    drawn: list[str] = []
    row: list[str] = []
    for block in blocks:
        if isinstance(block, Chart):
            row.append(figure(block))
            continue
        drawn += [element("div", "".join(row), "charts")] if row else []
        row = []
        drawn.append(block_html(block, title))
    drawn += [element("div", "".join(row), "charts")] if row else []
    return "\n".join(drawn)


def block_html(block: Block, title: str) -> str:
    """One block; `title` is what a table is called that has no name of its own."""
    match block:
        case Text():
            return element("p", _cell(block), block.tone) if block.text or block.command else ""
        case Table():
            return _table(block, title)
        case Change():
            return _change(block)
        case Listing():
            items = "".join(element("li", _cell(item), item.tone) for item in block.items)
            return element("ul", items)
        case Chart():
            return figure(block)
        case Code():
            return _code(block)


def compared(change: Change) -> tuple[str | None, str | None, str]:
    """Both texts as they are shown, and in what they differ."""
    before, after = change.before, change.after
    if before is not None and before == after:
        return visible(before), visible(before), SAME
    if before and after and before.split() == after.split():
        return visible_space(before), visible_space(after), SPACE
    return (
        None if before is None else visible(before),
        None if after is None else visible(after),
        DIFFERENT,
    )


def _table(table: Table, title: str) -> str:
    if not table.rows:
        return element("p", "(no rows)", "muted")
    many = len(table.columns) > MOST_COLUMNS
    sides = ["num" if column.align == "right" else "" for column in table.columns]
    heads = "".join(
        element("th", line(column.name), side, scope="col")
        for column, side in zip(table.columns, sides, strict=True)
    )
    rows = []
    for row in table.rows:
        cells = [element("th", _cell(row[0]), sides[0], row[0].tone, scope="row")] if row else []
        for column, cell, side in list(zip(table.columns, row, sides, strict=True))[1:]:
            named = {"data_name": column.name} if many else {}
            cells.append(element("td", _cell(cell), side, cell.tone, **named))
        rows.append(element("tr", "".join(cells)))
    caption = element("caption", line(title), "hidden") if title else ""
    body = element("thead", element("tr", heads)) + element("tbody", "\n".join(rows))
    return element("div", element("table", caption + body, "many" if many else ""), "wide")


def _cell(cell: Text) -> str:
    words = text(cell.text).replace("\n", "<br>")
    if not cell.command:
        return words
    typed = element("code", text(cell.command), "command")
    return f"{words}: {typed}" if words else typed


def _change(change: Change) -> str:
    title = element("bdi", line(change.label))
    if change.note:
        title += ": " + element("span", line(change.note), change.tone)
    head = element("h3", title)
    if change.place:
        head += element("span", line(change.place), "place")
    before, after, kind = compared(change)
    if kind == SAME and after is not None:
        note = element("p", "the text is the same", "muted")
        sides = element("div", _side("before and now", after, ""), "sides one")
        return element("div", element("div", head, "head") + note + sides, "change")
    note = element("p", "only white space differs (· ⇥ ⏎)", "muted") if kind == SPACE else ""
    old, new = _marked(before, after)
    shown = [
        _side("before", before, old) if change.only != "after" else "",
        _side("now", after, new) if change.only != "before" else "",
    ]
    one = "one" if change.only else ""
    return element(
        "div", element("div", head, "head") + note + element("div", "".join(shown), "sides", one), "change"
    )


def _side(name: str, shown: str | None, marked: str) -> str:
    label = element("h4", name)
    if not shown:
        return element(
            "div", label + element("p", "not known" if shown is None else "an empty text", "muted")
        )
    return element("div", label + pre(marked or text(shown)))


def _marked(before: str | None, after: str | None) -> tuple[str, str]:
    """Both texts with what went and what came marked, where they are alike; else empty."""
    if not before or not after:
        return "", ""
    parts = differences(before, after)
    if sum(len(words) for mark, words in parts if mark != "=") > ALIKE * (len(before) + len(after)):
        return "", ""
    old = "".join(element("del", text(w)) if mark == "-" else text(w) for mark, w in parts if mark != "+")
    new = "".join(element("ins", text(w)) if mark == "+" else text(w) for mark, w in parts if mark != "-")
    return old, new


def _code(code: Code) -> str:
    label = element("p", line(code.label), "label muted") if code.label else ""
    shown = text(code.text.removesuffix("\n"))
    if code.language != "diff":
        return label + pre(element("code", shown))
    tones = {"+": "came", "-": "went", "@": "muted"}
    lines = [element("span", row, tones.get(row[:1], "")) for row in shown.split("\n")]
    return label + pre(element("code", "\n".join(lines)), "diff")
