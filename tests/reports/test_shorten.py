"""Reports that are too long for a comment: whole rows, cases and lines go, and they are counted."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from llmops_cli.reports.document import Block, Change, Code, Column, Document, Listing, Section, Table, Text
from llmops_cli.reports.formats import draw
from llmops_cli.reports.formats.markdown import LIMIT
from llmops_cli.reports.shorten import shortened

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def table(rows: int, width: int = 30) -> Table:
    cells = tuple((Text(f"case-{at}"), Text("x" * width)) for at in range(rows))
    return Table((Column("case"), Column("text")), cells)


def changes(count: int, length: int = 100) -> tuple[Block, ...]:
    return tuple(Change(f"case-{at}", "a" * length, "b" * length, "why") for at in range(count))


def left_out(markdown: str) -> int:
    return sum(int(number.replace(",", "")) for number in re.findall(r"… ([\d,]+) more entr", markdown))


def test_a_short_report_is_whole() -> None:
    assert "left out" not in draw(Document(Text("OK"), (Section("s", (table(100),)),)), "markdown")


def test_folded_parts_give_way_first_and_what_goes_is_counted() -> None:
    open_part = Section("first ten", changes(10))
    folded = Section("more", changes(2_000), folded=True)
    drawn = draw(Document(Text("REGRESSED: it fell", "bad"), (open_part, folded)), "markdown")
    assert len(drawn) <= LIMIT
    assert drawn.startswith("## REGRESSED: it fell")
    kept = len(set(re.findall(r"case-\d+", drawn)))
    assert all(
        f"case-{at} " in drawn or f"case-{at}\n" in drawn or f"case-{at} |" in drawn for at in range(10)
    )
    assert kept + left_out(drawn) == 2_000
    assert len(drawn) > 0.8 * LIMIT  # what fits is shown


@pytest.mark.parametrize(
    "block",
    [
        table(4_000),
        Listing(tuple(Text(f"point {at}") for at in range(8_000))),
        Code("\n".join(f"line {at}" for at in range(10_000)), "sh"),
        Code("one line " * 20_000),
        Text("word " * 30_000),
        Change("long", "a" * 100_000, "b" * 100_000),
    ],
    ids=["table", "listing", "code", "line", "text", "change"],
)
@pytest.mark.parametrize("folded", [False, True])
def test_any_block_can_be_too_long(block: Block, folded: bool) -> None:
    document = Document(
        Text("OK"), (Section("part", (block,), folded=folded), Section("end", (Text("last"),)))
    )
    drawn = draw(document, "markdown")
    assert len(drawn) <= LIMIT
    assert drawn.endswith("### end\n\nlast\n")
    assert isinstance(block, Change) or "left out here to fit" in drawn
    assert drawn.count("<details>") == drawn.count("</details>") == folded


def test_a_long_headline_is_cut() -> None:
    drawn = draw(Document(Text("REGRESSED: " + "x" * 100_000, "bad")), "markdown")
    assert len(drawn) < 2_000
    assert re.search(r"… 98,\d+ characters …", drawn)


def test_too_many_parts() -> None:
    document = Document(Text("OK"), tuple(Section(f"part {at}", (Text("x" * 50),)) for at in range(1_500)))
    drawn = draw(document, "markdown")
    assert len(drawn) <= LIMIT
    assert re.search(r"… [\d,]+ more parts of this report left out to fit", drawn)


SIZES = st.integers(0, 150)
BLOCKS = st.one_of(
    SIZES.map(table),
    SIZES.map(lambda size: Code("line\n" * size)),
    SIZES.map(lambda size: Listing((Text("point"),) * size)),
    SIZES.map(lambda size: Change("c", "a" * size, "b" * size, "why")),
    SIZES.map(lambda size: Text("w" * size)),
)
SECTIONS = st.lists(
    st.builds(Section, st.just("title"), st.lists(BLOCKS, max_size=4).map(tuple), st.booleans()), max_size=8
)


@settings(deadline=None)
@given(SECTIONS, st.integers(300, 8_000))
def test_what_is_kept_fits_and_no_table_is_cut_in_half(sections: list[Section], limit: int) -> None:
    def size(section: Section) -> int:
        return len(draw(Document(Text("OK"), (section,)), "markdown"))

    kept = shortened(sections, size, limit)
    assert sum(map(size, kept)) <= max(limit, sum(map(size, sections)) if kept == tuple(sections) else 0)
    drawn = draw(Document(Text("OK"), kept), "markdown")
    tokens = PARSER.parse(drawn)
    tables = sum(isinstance(block, Table) and bool(block.columns) for each in kept for block in each.blocks)
    pairs = drawn.count("| changed | before | now |")
    assert sum(token.type == "table_open" for token in tokens) == tables + pairs
