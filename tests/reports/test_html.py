from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.reports.document import (
    Change,
    Chart,
    Check,
    Code,
    Column,
    Document,
    Listing,
    Place,
    Section,
    Series,
    Table,
    Text,
)
from llmops_cli.reports.formats import draw
from llmops_cli.reports.visible import visible
from tests.reports.sample import sample
from tests.reports.sample_page import HOSTILE, hostile_sample, page_sample
from tests.snapshots import assert_snapshot

SNAPSHOT = Path(__file__).parent / "snapshots/html.html"
CSS = (resources.files("llmops_cli.reports.formats") / "page/page.css").read_text("utf-8")
ATTRIBUTES = {
    "class",
    "id",
    "href",
    "lang",
    "charset",
    "name",
    "content",
    "http-equiv",
    "type",
    "role",
    "scope",
}
ATTRIBUTES |= {
    "aria-label",
    "aria-labelledby",
    "aria-hidden",
    "data-name",
    "viewbox",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
}
ATTRIBUTES |= {"y2", "dy", "d", "width", "height"}


class Parsed(HTMLParser):
    """The elements of a page in their order, and what stands in those of one tag."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.inside: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.inside.setdefault(tag, []).append("")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open:
            self.inside[self._open[-1]][-1] += data


def page(*blocks: Any, **more: Any) -> str:
    return draw(Document(Text("OK"), (Section("s", blocks),), **more), "html")


def cases_of(drawn: str) -> tuple[dict[str, Any], dict[str, Any]]:
    table, details, _ = Parsed(drawn).inside["script"]
    return json.loads(table), json.loads(details)


def test_whole_page() -> None:
    """The page's own style and script are left out: they are files, and the browser tests look at them."""
    drawn = draw(page_sample(6), "html")
    drawn = re.sub(r"(<style>|<script>).*?(</style>|</script>)", r"\1…\2", drawn, flags=re.DOTALL)
    assert_snapshot(re.sub(r"sha256-[\w+/=]+", "sha256-…", drawn), SNAPSHOT)


def test_the_same_document_gives_the_same_bytes() -> None:
    assert draw(page_sample(), "html") == draw(page_sample(), "html")


def test_without_cases_and_charts_there_is_no_place_for_them() -> None:
    tags = Parsed(draw(replace(sample(), checks=tuple), "html")).tags
    assert tags.count("script") == 1
    assert "nav" not in tags
    assert "svg" not in tags


def test_the_policy_allows_what_the_page_itself_brings_and_nothing_else() -> None:
    drawn = draw(page_sample(), "html")
    inside = Parsed(drawn).inside
    wanted = [
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in (inside["style"][0], inside["script"][-1])
    ]
    assert (
        f"content=\"default-src 'none'; style-src {wanted[0]}; script-src {wanted[1]}; "
        "base-uri 'none'; form-action 'none'\""
    ) in drawn


def harmless(drawn: str) -> Parsed:
    """Only our own elements, and no attribute that could run, fetch or lead away."""
    parsed = Parsed(drawn)
    assert parsed.tags.count("script") in (1, 3)
    assert not {"img", "iframe", "object", "embed", "link", "base", "form", "input"} & set(parsed.tags)
    for name, value in parsed.attributes:
        assert name in ATTRIBUTES, name
        assert name != "href" or (value or "").startswith("#")
    assert drawn.encode()
    return parsed


def test_hostile_texts_stay_texts() -> None:
    drawn = draw(hostile_sample(), "html")
    parsed = harmless(drawn)
    for text in HOSTILE:
        assert visible(text).removesuffix("\n") in [code.removesuffix("\n") for code in parsed.inside["code"]]
    strings = cases_of(drawn)[1]["strings"]
    assert {visible(text) for text in HOSTILE} <= set(strings)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08]", drawn)


ANY = st.text(st.characters(exclude_categories=()), min_size=1) | st.sampled_from(HOSTILE)


@settings(max_examples=60)
@given(ANY, ANY)
def test_no_text_changes_the_shape_of_the_page(one: str, two: str) -> None:
    def shape(one: str, two: str) -> list[str]:
        section = Section(
            "s",
            (
                Text(f"x{one}"),
                Listing((Text(one), Text(two, "bad"))),
                Change(f"x{one}", f"x{one}", None, f"x{two}", place=f"x{one}"),
                Table((Column(one), Column(two)), ((Text(one), Text(two)),)),
                Code(two, one, f"x{two}"),
                Text(one, command=two),
                Chart(one, "line", (one,), (Series(two, (1.0,), (one,)),)),
            ),
            folded=True,
        )
        check = Check(one, two, "case", one, "failed", Place(two), one, facts={one: two}, sections=(section,))
        document = Document(Text(one), (section,), checks=lambda: (check,), charts=lambda: (section,))
        return [tag for tag in harmless(draw(document, "html")).tags if tag not in ("br", "strong")]

    assert shape(one, two) == shape("a", "b")


@given(ANY, ANY)
def test_the_cases_read_back_as_they_are_shown(one: str, two: str) -> None:
    check = Check(
        one,
        two,
        "case",
        one,
        "error",
        Place(two, 3),
        two,
        values={"m": None, "n": 0.1 + 0.2},
        sections=(Section(one, (Code(two),)),),
    )
    table, details = cases_of(page(checks=lambda: (check,)))
    row, strings = table["rows"][0], table["strings"]
    assert [strings[at] for at in table["groups"][0]] == [visible(one), visible(two)]
    assert strings[row[2]] == visible(one)
    assert strings[row[6]] == strings[row[7]] == visible(two)
    assert row[10] == [0, None, 1, 0.3]
    title, folded, block = details["cases"][0][0]
    assert (details["strings"][title], folded) == (visible(one), 0)
    assert details["blocks"][block] == [
        "code",
        details["strings"].index(visible(two)),
        0,
        details["strings"].index(""),
    ]


def test_messages_that_cases_share_are_kept_once() -> None:
    shared = "An example that every case shows the model. " * 200

    def check(at: int) -> Check:
        messages = Section("Messages", (Code(shared), Code(f"ticket {at}")))
        return Check("g", "s", "case", f"c{at}", "passed", Place("x"), sections=(messages,))

    one = page(checks=lambda: (check(0),))
    many = page(checks=lambda: [check(at) for at in range(500)])
    assert many.count("An example that every case shows the model.") == 200
    assert len(many) - len(one) < 500 * 110


@pytest.mark.parametrize(
    ("values", "unit", "ticks"),
    [
        ((0.875, 0.94), "rate", ["86%", "88%", "90%", "92%", "94%"]),
        ((0.00119, 0.00131), "usd", ["$0.00115", "$0.00120", "$0.00125", "$0.00130", "$0.00135"]),
        ((0.8, 2.4), "seconds", ["0.5 s", "1.0 s", "1.5 s", "2.0 s", "2.5 s"]),
        ((-3.0, 5.0), "", ["−4", "−2", "0", "2", "4", "6"]),
        ((1200.0, 5200.0), "tokens", ["1,000", "2,000", "3,000", "4,000", "5,000", "6,000"]),
        ((0.5, 0.5), "graded", ["0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8"]),
        ((0.0, 0.0), "graded", ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (
            (1e-12, 1e12),
            "graded",
            ["0", "2e+11", "4e+11", "6e+11", "8e+11", "1e+12"],
        ),
    ],
)
def test_an_axis_has_round_numbers_in_the_unit_of_the_values(
    values: tuple[float, ...], unit: Any, ticks: list[str]
) -> None:
    labels = tuple(map(str, range(len(values))))
    # What is written beside the points has no say: `5% of $3 s` is a text like any other.
    texts = ("5% of $3 s", "100 %", "–")[: len(values)]
    drawn = page(Chart("c", "line", labels, (Series("x", values, texts),), unit=unit))
    assert re.findall(r'class="tick"[^>]*>([^<]*)<', drawn) == ticks


@given(st.lists(st.none() | st.floats(-1e9, 1e9), min_size=1, max_size=30), st.sampled_from(["line", "bars"]))
def test_every_value_stands_inside_its_chart(values: list[float | None], kind: Any) -> None:
    texts = tuple("–" if value is None else f"{value}" for value in values)
    labels = tuple(f"label {at}" for at in range(len(values)))
    drawn = page(Chart("c", kind, labels, (Series("x", tuple(values), texts),)))
    known = sum(value is not None for value in values)
    assert drawn.count("<title>label ") == known
    for y in re.findall(r'<(?:line|rect|text) [^>]*\by[12]?="([\d.-]+)"', drawn):
        assert 0 <= float(y) <= 190
    for row, text in zip(labels, texts, strict=True) if known else ():
        assert f'<th scope="row">{row}</th><td class="num">{text}</td>' in drawn


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ((74.0, 46.0), ["0", "20", "40", "60", "80"]),
        ((1.0, 0.0), ["0", "1"]),
        ((2.0, 1.0), ["0", "1", "2"]),
        ((5.0, 3.0), ["0", "1", "2", "3", "4", "5"]),
        ((0.5, 0.25), ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"]),
    ],
)
def test_bars_count_whole_cases(values: tuple[float, ...], ticks: list[str]) -> None:
    series = Series("x", values, tuple(f"{value:g} cases" for value in values))
    drawn = page(Chart("c", "bars", ("a", "b"), (series,)))
    assert re.findall(r'class="tick"[^>]*>([^<]*)<', drawn) == ticks


def test_a_gap_is_not_drawn_over() -> None:
    chart = Chart("c", "line", tuple("abcd"), (Series("x", (1.0, 2.0, None, 3.0), ("1", "2", "–", "3")),))
    (path,) = re.findall(r'class="line s0" d="(M[^"]* [^"]*)"/>\n', page(chart))
    assert re.sub(r"[\d. ]+", "", path) == "MLM"


# --- colours ------------------------------------------------------------------------------------------


def colours(theme: str) -> dict[str, str]:
    light, dark = CSS.split("@media screen and (prefers-color-scheme: dark)")
    found = re.findall(r"--([\w-]+): (#[0-9a-f]{6})", (light if theme == "light" else dark).split("* {")[0])
    assert len(found) > 20
    return dict(found)


def linear(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in map(linear, (one, other))]
    return (max(light) + 0.05) / (min(light) + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_and_lines_stand_out_from_their_ground(theme: str) -> None:
    of = colours(theme)
    grounds = ("page", "sheet", "sunk")
    pairs = [(ink, ground) for ink in ("ink", "quiet", "link", "bad", "good", "warn") for ground in grounds]
    pairs += [(tone, f"{tone}-ground") for tone in ("bad", "good", "warn")]
    pairs += [("ink", f"{tone}-ground") for tone in ("bad", "good", "warn", "plain")] + [("sheet", "ink")]
    texts = {pair: round(contrast(of[pair[0]], of[pair[1]]), 2) for pair in pairs}
    assert min(texts.values()) >= 4.5, texts
    lines = {
        name: round(contrast(of[name], of["sheet"]), 2) for name in ("edge", *(f"s{at}" for at in range(6)))
    }
    assert min(lines.values()) >= 3, lines


BLIND = {
    "protanopia": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deuteranopia": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
}
"""How linear colours look to people who lack one kind of cone (Machado, Oliveira and Fernandes, 2009)."""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", sorted(BLIND))
def test_good_and_bad_differ_for_a_colour_blind_reader(theme: str, kind: str) -> None:
    of = colours(theme)
    for one, other in (("bad", "good"), ("s0", "s1")):
        seen = [
            [
                sum(factor * part for factor, part in zip(row, linear(of[name]), strict=True))
                for row in BLIND[kind]
            ]
            for name in (one, other)
        ]
        gamma = [[max(0.0, part) ** (1 / 2.2) for part in colour] for colour in seen]
        assert sum((a - b) ** 2 for a, b in zip(*gamma, strict=True)) ** 0.5 > 0.3, (one, other)


def test_a_document_may_bring_charts_and_no_cases() -> None:
    drawn = draw(replace(page_sample(), checks=tuple), "html")
    assert 'id="cases"' not in drawn
    assert Parsed(drawn).tags.count("figure") == 6
