"""Workflow commands: GitHub reads back what was meant, and no text of a stranger becomes a command."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.cli.talk import printable
from llmops_cli.reports.document import (
    Annotation,
    Change,
    Code,
    Column,
    Document,
    Level,
    Listing,
    Place,
    Section,
    Table,
    Text,
)
from llmops_cli.reports.formats import draw
from llmops_cli.reports.visible import inert, visible
from tests.reports.github_runner import read, runner_sees
from tests.reports.sample import sample
from tests.reports.sample_checks import HOSTILE
from tests.reports.texts import ANY

COMMANDS = (
    "::add-mask::x",
    "##[add-mask]x",
    "##vso[task.setvariable variable=x]y",
    "##teamcity[publish 'x']",
)


def document(*found: Annotation, tone: str = "plain") -> Document:
    return Document(Text("the answer", tone), annotations=found, folder="services/desk")  # type: ignore[arg-type]


def remarks(level: Level, number: int) -> list[Annotation]:
    return [Annotation(level, "r", f"t{at}", f"m{at}", Place("a.yaml", at)) for at in range(1, number + 1)]


def test_what_is_written_is_what_github_reads() -> None:
    found = Annotation("warning", "r", "100%: a, b", "50%0A is 50%\nnext: a, b", Place("a, b: 1%.yaml", 3, 7))
    assert read(draw(document(found), "github").removesuffix("\n")) == (
        "warning",
        {"file": "services/desk/a, b: 1%.yaml", "line": "3", "col": "7", "title": "100%: a, b"},
        "50%0A is 50%\nnext: a, b",
    )


def test_what_is_not_known_is_not_said() -> None:
    drawn = draw(document(Annotation("notice", "r", "", "only this", Place("", 0, 4))), "github")
    assert drawn == "::notice::only this\n"


@pytest.mark.parametrize(("number", "last"), [(10, "m10"), (11, "1 more error"), (25, "15 more errors")])
def test_ten_of_a_level_are_shown_and_the_tenth_counts_the_rest(number: int, last: str) -> None:
    drawn = draw(document(*remarks("warning", 3), *remarks("error", number)), "github").splitlines()
    levels = [read(line)[0] for line in drawn]
    assert levels == ["error"] * 10 + ["warning"] * 3
    assert last in read(drawn[9])[2]
    assert read(drawn[9])[2].startswith("m10")


def test_an_answer_that_no_annotation_gives_is_an_error() -> None:
    assert draw(document(*remarks("warning", 1), tone="bad"), "github").splitlines()[0] == (
        "::error::FAILED: the answer"
    )
    assert draw(document(tone="good"), "github") == ""
    assert "the answer" not in draw(document(*remarks("error", 1), tone="bad"), "github")


def test_long_texts_are_cut_and_counted() -> None:
    drawn = draw(document(Annotation("error", "r", "t" * 900, "m" * 90_000, Place("a"))), "github")
    _, properties, message = read(drawn.removesuffix("\n"))
    assert len(properties["title"]) <= 255
    assert len(message) <= 4_000
    assert "characters …" in message


@given(st.lists(st.tuples(st.sampled_from(["error", "warning", "notice"]), ANY, ANY, ANY), max_size=4))
def test_every_line_is_one_of_our_commands(found: list[tuple[Level, str, str, str]]) -> None:
    made = [Annotation(level, "r", title, text, Place(path, 1)) for level, title, text, path in found]
    drawn = draw(document(*made), "github")
    assert len(re.findall(r"[^\n]*\n", drawn)) == drawn.count("\n") == len(made)
    for line, annotation in zip(
        drawn.splitlines(), sorted(made, key=lambda a: "ewn".index(a.level[0])), strict=True
    ):
        assert line.startswith(f"::{annotation.level} ")
        assert read(line)[2] == visible(annotation.message or annotation.title)
    drawn.encode()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("around", ["{}", "  {}", "\t{}", "\u3000{}", "fine\n{}", "fine\n \x0b {}", "a\r{}"])
def test_a_command_in_a_text_is_inert(command: str, around: str) -> None:
    for text in (inert(visible(around.format(command))), printable(around.format(command))):
        assert not any(runner_sees(line) for line in text.splitlines())
        assert not re.search(r"##(?:vso|teamcity)?\[", text)


def test_what_is_no_command_stays() -> None:
    for text in ("a :: b", "std::vector", "### heading", "## [x]", ":x", "key: ::", "#[a]"):
        assert inert(text) == text


@pytest.mark.parametrize("form", ["terminal", "json", "junit", "csv", "sarif"])
@pytest.mark.parametrize("colour", [False, True])
def test_no_report_in_a_log_is_a_command(form: str, colour: bool) -> None:
    table = Table((Column(HOSTILE),), ((Text(HOSTILE),),))
    blocks = (
        Text(HOSTILE),
        Code(HOSTILE),
        Listing((Text(HOSTILE),)),
        Change(HOSTILE, HOSTILE, f"{HOSTILE} more", HOSTILE, place=HOSTILE),
        table,
    )
    shown = Document(Text(HOSTILE, "bad"), (Section("", blocks), Section(HOSTILE, blocks)), {"a": [HOSTILE]})
    for made in (shown, sample()):
        for width in (40, 80):
            drawn = draw(made, form, width=width, colour=colour)
            plain = re.sub(r"\x1b\[[\d;]*m", "", drawn)
            assert [line for line in drawn.splitlines() if runner_sees(line)] == []
            assert [line for line in plain.splitlines() if runner_sees(line)] == []
            assert not re.search(r"##(?:vso|teamcity)?\[", drawn)


@given(ANY | st.text("# :[]vso\x1b\n", max_size=40), st.booleans())
def test_no_text_is_a_command_in_the_terminal(text: str, colour: bool) -> None:
    made = Document(
        Text(text), (Section(text, (Text(text, "bad"), Code(text), Change(text, text, text + "x"))),)
    )
    drawn = draw(made, "terminal", colour=colour)
    assert not re.search(r"(?m)^\s*::|##(?:vso|teamcity)?\[", drawn)
