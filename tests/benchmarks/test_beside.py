"""Two commits can be timed beside each other, here with a few cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.beside import main

ROOT = Path(__file__).parents[2]


@pytest.mark.workflows
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no git checkout")
def test_the_table_has_both_commits_and_each_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["HEAD", "--cases", "100", "--repeat", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["work", "now", "then", "ratio", "then:", "HEAD"]
    assert [line.split()[0] for line in lines[1:6]] == ["W1", "W2", "--version", "diff", "page"]
    assert all(float(line.split()[-1]) > 0 for line in lines[1:6])
