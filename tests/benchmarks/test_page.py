"""The figures of the HTML page can be taken, here of a small one."""

from __future__ import annotations

import pytest
from benchmarks.page import main

from tests.servers.browser import found


@pytest.mark.skipif(not found(), reason="no Chromium is installed (or name one: LLMOPS_TEST_CHROMIUM)")
def test_the_table_has_the_floor_and_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cases", "60", "--repeat", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("an HTML report of 60 cases, 0.1 MB")
    assert [line[:24].strip() for line in lines[2:4]] == ["only parses the JSON", "the page"]
    assert lines[2].endswith(" 1.00")
    assert lines[4].startswith("opening the first case ")
