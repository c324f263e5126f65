"""The table of cases: read back as it was, nothing that a spreadsheet would run, unknown never 0."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings

from llmops_cli.reports.document import Check, Document, Place, Text
from llmops_cli.reports.formats import draw
from llmops_cli.reports.formats.csv import cell
from llmops_cli.reports.visible import inert
from tests.reports.sample import sample
from tests.reports.sample_checks import checks
from tests.reports.texts import ANY


def read(drawn: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(drawn, newline=""), strict=True))


def document(*made: Check) -> Document:
    return Document(Text("answer"), checks=lambda: made)


def case(name: str = "x", **more: object) -> Check:
    return Check("s on m", "s", "case", name, "passed", Place("", 0), **more)  # type: ignore[arg-type]


def test_a_row_a_case_and_none_for_the_gate() -> None:
    rows = read(draw(sample(), "csv"))
    assert len(rows) == sum(check.kind == "case" for check in checks()) == 12
    row = rows[0]
    assert (row["suite"], row["case"], row["before"]) == ("support-triage", "refund-double-charge", "passed")
    assert (row["metric.tone"], row["baseline.tone"]) == ("0.3", "0.75")
    assert (row["metric.cost_usd"], row["baseline.cost_usd"]) == ("1.23e-05", "")
    assert (row["file"], row["line"]) == ("services/desk/evalsets/support-triage.jsonl", "12")


def test_unknown_is_empty_and_zero_is_zero() -> None:
    (row,) = read(draw(document(case(values={"a": None, "b": 0.0, "c": float("nan")})), "csv"))
    assert [row[f"metric.{name}"] for name in "abc"] == ["", "0", ""]
    assert (row["seconds"], row["line"], row["before"], row["baseline.b"]) == ("", "", "", "")


def test_the_columns_do_not_depend_on_the_order_of_the_cases() -> None:
    one, two = case("a", values={"z": 1.0}, facts={"tags": "t"}), case("b", values={"a": 1.0})
    heads = {draw(document(*made), "csv").split("\r\n")[0] for made in ((one, two), (two, one))}
    assert len(heads) == 1


def test_a_report_without_cases_is_a_head() -> None:
    assert draw(document(), "csv").startswith("suite,prompt,model,case,")
    assert draw(document(), "csv").count("\r\n") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+1+1", "'+1+1"),
        ("-1+1", "'-1+1"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("-5", "-5"),
        ("+4.5e-3", "+4.5e-3"),
        ("plain", "plain"),
        ("\x00a", "␀a"),
    ],
)
def test_no_cell_is_a_formula(text: str, expected: str) -> None:
    assert cell(text) == expected


@settings(deadline=None)
@given(ANY, ANY, ANY)
def test_it_reads_back(name: str, message: str, tags: str) -> None:
    drawn = draw(document(case(name, message=message, facts={"tags": tags})), "csv")
    drawn.encode()
    assert drawn.replace("\r\n", "").count("\r") == 0
    (row,) = read(drawn)
    # A cell does not know whether it begins a line of the file; what it says is the same.
    assert [row[key].replace("∶", ":").replace("♯", "#") for key in ("case", "message", "tags")] == [
        cell(text).replace("∶", ":").replace("♯", "#") for text in (name, message, tags)
    ]
    assert drawn == inert(drawn)
