from __future__ import annotations

import re
from pathlib import Path

import pytest

from llmops_cli import __version__
from llmops_cli.reports.formats import FORMATS, draw
from llmops_cli.reports.layout import cells
from tests.reports.sample import sample
from tests.snapshots import assert_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.mark.parametrize(
    ("name", "form", "width", "colour"),
    [
        ("terminal-80.txt", "terminal", 80, False),
        ("terminal-120.txt", "terminal", 120, False),
        ("terminal-80-colour.txt", "terminal", 80, True),
        ("markdown.md", "markdown", 80, False),
        ("json.json", "json", 80, False),
        ("junit.junit.xml", "junit", 80, False),
        ("csv.csv", "csv", 80, False),
        ("github.txt", "github", 80, False),
        ("sarif.sarif", "sarif", 80, False),
    ],
)
def test_whole_report(name: str, form: str, width: int, colour: bool) -> None:
    drawn = draw(sample(), form, width=width, colour=colour)
    assert_snapshot(drawn.replace(f'ersion": "{__version__}"', 'ersion": "1.2.3"'), SNAPSHOTS / name)


def test_every_format_has_a_snapshot() -> None:
    kept = {re.split(r"[-.]", path.name)[0] for path in SNAPSHOTS.iterdir()}
    assert kept == set(FORMATS), "a format needs a snapshot: add it to the list above"


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_colour_changes_nothing_but_colour(width: int) -> None:
    plain = draw(sample(), "terminal", width=width)
    coloured = draw(sample(), "terminal", width=width, colour=True)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_too_wide_or_ends_in_a_space(width: int) -> None:
    for line in draw(sample(), "terminal", width=width).splitlines():
        assert cells(line) <= width
        assert line == line.rstrip()


def test_unknown_format() -> None:
    with pytest.raises(KeyError):
        draw(sample(), "papyrus")
