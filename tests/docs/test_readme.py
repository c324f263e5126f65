"""The comments in the README are those that the story's pull requests get."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.docs.pages import ROOT
from tests.snapshots import assert_snapshot

if TYPE_CHECKING:
    from pathlib import Path

README = ROOT / "README.md"
STORY = ROOT / "tests/story/snapshots"
SHOWN = re.compile(r"(<!-- comment (\S+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def quoted(path: Path) -> str:
    """A comment as a quotation: it cannot be taken for a part of the page."""
    lines = path.read_text("utf-8").splitlines()
    return "".join(f"> {line}\n" if line else ">\n" for line in lines)


def test_the_comments_are_real() -> None:
    text = README.read_text("utf-8")
    assert len(SHOWN.findall(text)) == 2

    def renewed(found: re.Match[str]) -> str:
        return f"{found[1]}{quoted(STORY / f'{found[2]}.md')}{found[4]}"

    assert_snapshot(SHOWN.sub(renewed, text), README)
