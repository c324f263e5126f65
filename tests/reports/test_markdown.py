from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from llmops_cli.reports.document import Change, Code, Column, Document, Listing, Section, Table, Text
from llmops_cli.reports.formats import draw
from llmops_cli.reports.visible import visible

if TYPE_CHECKING:
    from markdown_it.token import Token

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = {"<br>", "<span>", "</span>", "<sub>", "</sub>", "<i>", "</i>"}
PIECES = [
    "@",
    "#1",
    "|",
    "\\",
    "`",
    "```",
    "<b>",
    "<!--",
    "&lt;",
    "[x](y)",
    "![",
    "\n",
    "\n\n",
    " ",
    "    ",
    "-",
    "* ",
    "_",
    "**",
]
PIECES += [
    "~~",
    "https://x.y",
    "www.a.b",
    "$",
    ":tada:",
    "1. ",
    "=",
    "---",
    "\x1b",
    "\u202e",
    "\ud800",
    "a",
    "GH-1",
    "</details>",
]
ANY = st.text(st.characters(exclude_categories=())) | st.lists(st.sampled_from(PIECES), max_size=12).map(
    "".join
)
MENTION = re.compile(r"@\w|#\d|GH-\d|://|www\.", re.IGNORECASE)


def parse(markdown: str) -> list[Token]:
    return PARSER.parse(markdown)


def plain(token: Token) -> str:
    """What a reader sees of one inline token."""
    seen = ""
    for child in token.children or []:
        if child.type in ("text", "text_special", "code_inline"):
            seen += child.content
        elif child.content == "<br>":
            seen += "\n"
    return seen.replace("\u200b", "")


def harmless(tokens: list[Token]) -> None:
    for token in tokens:
        for child in token.children or []:
            assert child.type in ("text", "text_special", "html_inline", "strong_open", "strong_close"), child
            if child.type == "html_inline":
                assert child.content in OURS
            else:
                assert not MENTION.search(child.content), child


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(ANY, ANY, ANY), min_size=1, max_size=3), st.sampled_from(["plain", "bad"]))
def test_a_cell_is_a_cell_and_reads_as_written(rows: list[tuple[str, str, str]], tone: str) -> None:
    columns = (Column("a"), Column("b", "right"), Column("c"))
    table = Table(columns, tuple(tuple(Text(cell, tone) for cell in row) for row in rows))  # type: ignore[arg-type]
    markdown = draw(Document(Text("OK"), (Section("s", (table,)),)), "markdown")
    assert "<" not in re.sub("|".join(OURS), "", markdown)
    assert not re.search(r"@(?!&#8203;)", markdown)
    tokens = parse(markdown)
    harmless(tokens)
    drawn = [tokens[at + 1] for at, token in enumerate(tokens) if token.type == "td_open"]
    assert sum(token.type == "tr_open" for token in tokens) == len(rows) + 1
    cells = [cell for row in rows for cell in row]
    assert [seen(plain(token)) for token in drawn] == [seen(visible(cell)) for cell in cells]


def seen(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@settings(deadline=None, max_examples=100)
@given(ANY, ANY, st.booleans())
def test_texts_keep_the_shape_of_the_document(one: str, two: str, folded: bool) -> None:
    blocks = (
        Text(one),
        Listing((Text(one), Text(two))),
        Change(one, one, two, two, place=one),
        Code(two, one),
    )
    markdown = draw(Document(Text(one), (Section(two, blocks, folded=folded),)), "markdown")
    tokens = parse(markdown)
    harmless([token for token in tokens if token.type == "inline"])
    kinds = [
        token.type
        for token in tokens
        if token.level == 0 and token.type.endswith(("_open", "fence", "block"))
    ]
    paragraph = ["paragraph_open"] if seen(visible(one)) else []
    opening, closing = (["html_block"], ["html_block"]) if folded else (["heading_open"], [])
    if not two and not folded:
        opening = []  # a section without a title has no heading
    expected = ["heading_open", *opening, *paragraph, "bullet_list_open"]
    assert kinds[: len(expected)] == expected
    # Short texts stand side by side, long ones as a diff.
    assert "fence" in kinds
    assert sum(kind in ("fence", "table_open") for kind in kinds) == 2
    assert kinds[len(kinds) - len(closing) :] == closing
    assert sum(token.type == "list_item_open" for token in tokens) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@octocat", "@&#8203;octocat"),
        ("fixes #12", "fixes #&#8203;12"),
        ("<img src=x>", "&lt;img src=x&gt;"),
        ("a|b", "a&#124;b"),
        ("[x](http://e.vil)", r"\[x\](http:&#8203;//e.vil)"),
        ("two\nlines", "two<br>lines"),
        ("$1 or $2", "<span>$</span>1 or <span>$</span>2"),
        ("only $1", "only $1"),
        ("pass_rate _x_", r"pass_rate \_x\_"),
        ("\x1b\u202e", r"␛\\u202e"),
        ("- x", r"\- x"),
        ("12) x", r"12\) x"),
        ("a :tada: b", "a :&#8203;tada: b"),
    ],
)
def test_text(text: str, expected: str) -> None:
    drawn = draw(Document(Text("OK"), (Section("s", (Text(text),)),)), "markdown")
    assert drawn == f"## OK\n\n### s\n\n{expected}\n"


def test_a_summary_is_html() -> None:
    drawn = draw(Document(Text("OK"), (Section("<b>\n\n@x", (), folded=True),)), "markdown")
    assert drawn == "## OK\n\n<details><summary>&lt;b&gt; @&#8203;x</summary>\n\n</details>\n"


def test_a_fence_is_longer_than_any_inside_and_draws_nothing() -> None:
    drawn = draw(Document(Text("OK"), (Section("s", (Code("````\nx", "mermaid"),)),)), "markdown")
    assert drawn.endswith("`````\n````\nx\n`````\n")
