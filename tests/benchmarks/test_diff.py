"""The figures of a large comparison can be taken, here of a small one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.diff import main

if TYPE_CHECKING:
    import pytest


def test_the_table_has_the_floor_and_the_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cases", "200", "--repeat", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("two baselines of 200 cases, 5 metrics")
    assert [line[:24].strip() for line in lines[2:4]] == ["json.loads of every line", "read, compare, draw"]
    assert lines[2].endswith(" 1.00")
