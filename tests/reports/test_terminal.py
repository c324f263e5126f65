from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.reports.document import Change, Code, Column, Document, Listing, Section, Table, Text
from llmops_cli.reports.formats import draw
from llmops_cli.reports.layout import Demand, cells, share, wrap, wrapped
from llmops_cli.reports.status import headline
from llmops_cli.reports.visible import HIDDEN, visible
from tests.reports.texts import ANY


def shown(*blocks: Text | Table | Change | Listing | Code, width: int = 80) -> str:
    drawn = draw(Document(Text("OK"), (Section("s", blocks),)), "terminal", width=width)
    return drawn.removeprefix("OK\n\ns\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\x00b\x7f", "a␀b␡"),
        ("\x9b2J", r"\x9b2J"),
        ("abc\u202edef", r"abc\u202edef"),
        ("\ud800", r"\ud800"),
        ("a\u200db", r"a\u200db"),
        ("x\U000e0041", r"x\U000e0041"),
        ("one\r\ntwo\rthree", "one\ntwo␍three"),
        ("👩‍👩‍👧 می‌خواهم ❤️", "👩‍👩‍👧 می‌خواهم ❤️"),
        ("a\tb\nc", "a\tb\nc"),
    ],
)
def test_hidden_characters_are_shown(text: str, expected: str) -> None:
    assert visible(text) == expected
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("abc", 3), ("漢字", 4), ("🙏🏽", 2), ("👩‍👩‍👧", 2), ("❤️", 2), ("é", 1), ("e\u0301", 1), ("", 0)],
)
def test_cells(text: str, expected: int) -> None:
    assert cells(text) == expected


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("one two three", 8, ["one two", "  three"]),
        ("one  two", 20, ["one  two"]),
        ("support-triage-long-name", 12, ["support-", "  triage-", "  long-name"]),
        ("x" * 10, 4, ["xxxx", "  xx", "  xx", "  xx"]),
        ("漢字漢字漢字", 6, ["漢字漢", "  字漢", "  字"]),
        ("a\n\nb", 5, ["a", "", "b"]),
        ("", 5, [""]),
        ("word    ", 4, ["word"]),
    ],
)
def test_wrap(text: str, width: int, expected: list[str]) -> None:
    assert wrapped(text, width, hang=2) == expected


@given(ANY, st.integers(4, 60))
def test_wrap_loses_nothing_but_spaces_and_never_overflows(text: str, width: int) -> None:
    text = visible(text).replace("\t", " ")
    lines = [text[span.start : span.end] for span in wrap(text, width)]
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")
    assert all(cells(line) <= width for line in lines)


def test_columns_share_what_there_is() -> None:
    assert share([Demand(10, 10, 5), Demand(50, 50, 10)], 40, 2) == [10, 28]
    assert share([Demand(10, 4, 4), Demand(20, 20, 10)], 28, 2) == [6, 20]
    assert share([Demand(10, 10, 10), Demand(50, 50, 40)], 40, 2) is None


def test_a_table_too_wide_for_the_screen_becomes_records() -> None:
    table = Table(
        tuple(Column(f"c{at}", "right") for at in range(9)), (tuple(Text("1234567890") for _ in range(9)),)
    )
    assert shown(table, width=60).splitlines()[:2] == ["  c0: 1234567890", "  c1: 1234567890"]


def test_an_empty_table_says_so() -> None:
    assert shown(Table((Column("a"),), ())) == "  (no rows)\n"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a", "b", ["- a", "+ b"]),
        ("a\nb", "c", ["- a", "- b", "+ c"]),
        (None, "b", ["  before: not known", "+ b"]),
        ("a", None, ["- a", "  now: not known"]),
        ("", "b", ["  before: an empty text", "+ b"]),
        ("a", "a", ["= a", "  the text is the same"]),
        ("a b", "a  b", ["  only white space differs (· ⇥ ⏎)", "- a·b", "+ a··b"]),
        ("a", "a\n", ["  only white space differs (· ⇥ ⏎)", "- a", "+ a⏎"]),
        ("a b", "a\u00a0b", ["  only white space differs (· ⇥ ⏎)", "- a·b", r"+ a\xa0b"]),
    ],
)
def test_change(before: str | None, after: str | None, expected: list[str]) -> None:
    lines = shown(Change("case x", before, after)).splitlines()
    assert [line.removeprefix("    ") for line in lines[1:]] == expected


def test_long_texts_with_a_small_difference_show_it() -> None:
    text = "word " * 200
    drawn = shown(Change("x", text + "five days" + " tail" * 100, text + "two weeks" + " tail" * 100))
    assert "[-five days-]{+two weeks+}" in drawn
    assert "characters" in drawn.replace("\xa0", " ")
    assert len(drawn.splitlines()) < 8


def test_texts_that_hold_the_marks_are_shown_one_by_one() -> None:
    text = "[-not ours-] " * 40
    drawn = shown(Change("x", text + "five", text + "six"))
    assert "{+" not in drawn
    assert "five" in drawn
    assert "six" in drawn


def test_the_number_of_characters_left_out_is_exact() -> None:
    drawn = shown(Change("x", "a" * 10_000, "b"))
    lines = drawn.splitlines()
    kept = sum(line.count("a") for line in lines if "characters" not in line)
    assert f"… {10_000 - kept:,} characters …" in drawn
    assert len(lines) < 10


def test_a_shared_start_is_skipped_and_said() -> None:
    start = "the same words " * 100
    drawn = shown(Change("x", start + "left " * 300, start + "right " * 300))
    assert "characters unchanged" in drawn
    assert "left" in drawn
    assert "right" in drawn


@settings(deadline=None)
@given(ANY, ANY, st.integers(40, 120))
def test_hostile_text_stays_in_its_place(one: str, two: str, width: int) -> None:
    table = Table((Column(one), Column("n", "right")), ((Text(two), Text("1")),))
    document = Document(
        Text(one), (Section(two, (Text(one), table, Change(one, one, two, two), Listing((Text(two),)))),)
    )
    drawn = draw(document, "terminal", width=width)
    assert not HIDDEN.search(drawn)
    assert all(cells(line) <= width for line in drawn.split("\n"))
    drawn.encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (Text("REGRESSED: x", "bad"), "REGRESSED: x"),
        (Text("NO_BASELINE: x", "warn"), "NO_BASELINE: x"),
        (Text("3 problems", "bad"), "FAILED: 3 problems"),
        (Text("AI answers got worse", "bad"), "FAILED: AI answers got worse"),
        (Text("all well", "good"), "OK: all well"),
        (Text("OK: all well", "good"), "OK: all well"),
        (Text("12 prompts"), "12 prompts"),
    ],
)
def test_a_headline_has_a_status_word(text: Text, expected: str) -> None:
    assert headline(text) == expected


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys, llmops_cli.reports.formats.terminal;"
        "print(*({'rich', 'difflib', 'unicodedata'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
