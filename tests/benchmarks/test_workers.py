"""The figures of a project's own scorer can be taken, here of a few cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.workers import main

if TYPE_CHECKING:
    import pytest


def test_the_table_has_both_kinds_and_the_difference(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cases", "20", "--repeat", "1"]) == 0
    first, *rows = capsys.readouterr().out.splitlines()
    assert first == "20 cases with recorded answers, medians of 1 whole processes"
    assert [row.split()[0] for row in rows] == ["without", "with", "more"]
