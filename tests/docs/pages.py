"""The project's pages, and what is written in them: fenced blocks, commands, links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.glob("*.md")])

_FENCE = re.compile(
    r"^(?P<indent> *)(?P<marks>```+)(?P<info>[^\n`]*)\n(?P<text>.*?)^ *(?P=marks) *$",
    re.MULTILINE | re.DOTALL,
)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
_CALL = re.compile(r"^(?:\$ |- run: |run: )?(llmops(?: .*)?)$")


@dataclass(frozen=True)
class Block:
    """A fenced block: the words after the backticks, its text, and where it begins."""

    page: Path
    line: int
    info: tuple[str, ...]
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    return [
        Block(page, text.count("\n", 0, match.start()) + 1, tuple(match["info"].split()), match["text"])
        for match in _FENCE.finditer(text)
    ]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def command_lines(page: Path) -> list[str]:
    """Every `llmops …` of a page: lines of console and shell blocks, `run:` lines, and inline code."""
    found = [code for code in _CODE.findall(prose(page)) if _CALL.match(code)]
    for block in blocks(page):
        console = block.info[:1] == ("console",)
        for line in block.text.splitlines():
            if console and not line.startswith("$ "):
                continue  # what the command printed
            match = _CALL.match(line.strip())
            if match and block.info[:1] in {("console",), ("sh",), ("bash",), ("yaml",)}:
                found.append(match[1])
    return found


def links(page: Path) -> list[str]:
    return _LINK.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """The names under which GitHub links the headings of a page."""
    headings = re.findall(r"^#+ +(.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def section(page: Path, heading: str) -> str:
    """The text under a heading, up to the next one of the same level."""
    text = page.read_text("utf-8")
    level = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert level, f"{page.name} has no section `{heading}`"
    after = text[level.end() :]
    following = re.search(rf"^#{{1,{len(level[1])}}} ", after, re.MULTILINE)
    return after[: following.start()] if following else after
