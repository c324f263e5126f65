"""JUnit XML: valid, read back by others, red only where the gate is, and never broken by a text."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped

from llmops_cli.reports.document import Check, Code, Document, Place, Section, State, Text
from llmops_cli.reports.formats import draw
from tests.reports.sample import sample
from tests.reports.sample_checks import checks
from tests.reports.texts import ANY

SCHEMAS = Path(__file__).parent / "schemas"


@cache
def schema(name: str) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMAS / name)


def document(*made: Check, tone: str = "plain", folder: str = "") -> Document:
    return Document(Text("the answer", tone), checks=lambda: made, folder=folder)  # type: ignore[arg-type]


def check(state: State, name: str = "x", **more: object) -> Check:
    return Check("s on m", "s", "case", name, state, Place("cases.jsonl", 3), **more)  # type: ignore[arg-type]


def outcome(made: Check) -> tuple[str, str]:
    """The name and message of what a check became."""
    root = ElementTree.fromstring(draw(document(made), "junit"))
    (case,) = root.iter("testcase")
    found = [child for child in case if child.tag != "system-out"]
    return (found[0].tag, found[0].get("message", "")) if found else ("", "")


def test_the_sample_is_valid() -> None:
    schema("junit-10.xsd").validate(draw(sample(), "junit"))


def test_nothing_but_file_and_line_is_beyond_the_strict_schema() -> None:
    root = ElementTree.fromstring(draw(sample(), "junit"))
    for case in root.iter("testcase"):
        for name in ("file", "line"):
            assert case.attrib.pop(name)
    schema("junit-10-strict.xsd").validate(ElementTree.tostring(root, encoding="unicode"))


def test_another_reader_reads_it_back() -> None:
    suites = list(JUnitXml.fromstring(draw(sample(), "junit").encode()))
    assert [(s.name, s.tests, s.failures, s.errors, s.skipped) for s in suites] == [
        ("support-triage on openai/gpt-4.1-mini-2025-04-14", 8, 2, 1, 2),
        ("support-triage on anthropic/claude-3-5-haiku-20241022", 2, 0, 0, 0),
        ("odd", 4, 1, 0, 3),
    ]
    cases = {case.name: case for case in suites[0]}
    assert [type(result) for result in cases["gate: pass_rate"].result] == [Failure]
    assert [type(result) for result in cases["order-trace"].result] == [Skipped]
    assert [type(result) for result in cases["new-language"].result] == [Error]
    assert cases["返品-二重請求"].is_passed
    assert cases["refund-double-charge"].time == 0.812
    # Jenkins and junitparser find a test again by these two.
    names = [(case.classname, case.name) for suite in suites for case in suite]
    assert len(set(names)) == len(names) == len(checks())
    assert all(case.classname.count(".") == 1 for suite in suites for case in suite)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (check("passed"), ("", "")),
        (check("failed", message="is b", blocking=True), ("failure", "is b")),
        (check("failed", blocking=True), ("failure", "x: failed")),
        (check("failed", message="is b"), ("skipped", "fails, and does not count against the gate: is b")),
        (check("failed"), ("skipped", "fails, and does not count against the gate")),
        (check("error", message="HTTP 503"), ("error", "HTTP 503")),
        (check("skipped", message="in quarantine"), ("skipped", "in quarantine")),
    ],
)
def test_what_a_check_becomes(made: Check, expected: tuple[str, str]) -> None:
    assert outcome(made) == expected


def test_a_tolerated_failure_does_not_turn_a_job_red() -> None:
    root = ElementTree.fromstring(
        draw(document(*(check("failed", str(at)) for at in range(40)), tone="good"), "junit")
    )
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("40", "0", "0")


@pytest.mark.parametrize("made", [(), (check("passed"),), (check("failed"),)])
def test_an_answer_that_no_check_gives_is_a_failure(made: tuple[Check, ...]) -> None:
    drawn = draw(document(*made, tone="bad"), "junit")
    schema("junit-10.xsd").validate(drawn)
    (failure,) = ElementTree.fromstring(drawn).iter("failure")
    assert failure.get("message") == "FAILED: the answer"
    assert not list(ElementTree.fromstring(draw(document(*made, tone="good"), "junit")).iter("failure"))


def test_where_a_case_stands_is_said_from_the_root_of_the_repository() -> None:
    made = Check("s", "s", "case", "x", "passed", Place("../shared/a b.jsonl"))
    (case,) = ElementTree.fromstring(draw(document(made, folder="services/desk"), "junit")).iter("testcase")
    assert (case.get("file"), case.get("line")) == ("services/shared/a b.jsonl", None)


def test_seconds_that_are_not_known_are_not_said() -> None:
    drawn = draw(document(check("passed", seconds=None), check("passed", seconds=float("nan"))), "junit")
    assert "time=" not in drawn


def test_long_details_are_cut_and_counted() -> None:
    made = check("failed", blocking=True, sections=(Section("Answer", (Code("a" * 9_000),)),))
    drawn = draw(document(made), "junit")
    assert len(drawn) < 3_000
    assert "characters …" in drawn


@settings(deadline=None)
@given(ANY, ANY, st.sampled_from(["passed", "failed", "error", "skipped"]), st.booleans())
def test_no_text_breaks_the_file(one: str, two: str, state: State, blocking: bool) -> None:
    made = Check(
        one,
        two,
        "gate" if blocking else "case",
        two,
        state,
        Place(one, 1),
        message=two,
        blocking=blocking,
        facts={one: two},
        sections=(Section(one, (Text(two),)),),
    )
    drawn = draw(Document(Text(two, "bad"), checks=lambda: (made,)), "junit")
    root = ElementTree.fromstring(drawn.encode())
    red = state == "error" or (state == "failed" and blocking)
    assert len(list(root.iter("testcase"))) == (1 if red else 2)  # the answer is no, and somebody says so
