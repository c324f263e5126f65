"""Reading Markdown line by line, as far as it takes to know what belongs together."""

from __future__ import annotations

import re

_FENCE = re.compile(r"([ \t]*)(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})(.*)")
_ITEM = re.compile(r" {0,3}(?:[-+*]|\d{1,9}[.)])(?:\s|$)")
_TAG = re.compile(r"<(/?)(details|table|pre|div|blockquote|ul|ol)\b", re.IGNORECASE)
_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")


class Scan:
    """What is open while lines are read one after the other: a fence, folded HTML, an HTML comment."""

    def __init__(self) -> None:
        self._fence = ""
        self._depth = 0
        self._in_comment = False
        self._in_list = False

    @property
    def in_fence(self) -> bool:
        """Whether the next line is code."""
        return bool(self._fence)

    @property
    def closed(self) -> bool:
        """Whether nothing is open."""
        return not self._fence and self._depth == 0 and not self._in_comment

    def read(self, line: str) -> None:
        """Go on by one line, without its end."""
        if self._fence:
            self._fence = "" if _closes(line, self._fence) else self._fence
            return
        opened = _FENCE.fullmatch(line)
        if line.strip():
            indented = line[:1] in (" ", "\t")
            self._in_list = bool(_ITEM.match(line)) or (self._in_list and indented)
        if opened and not self._in_comment and self._is_fence(*opened.groups()):
            self._fence = opened[2]
            return
        self._read_html(_SPAN.sub("", line))

    def _is_fence(self, indent: str, marks: str, rest: str) -> bool:
        # More than three spaces make a line code already, unless it belongs to a list.
        deep = len(indent.expandtabs(4)) > 3 and not self._in_list
        return not deep and not (marks[0] == "`" and "`" in rest)

    def _read_html(self, line: str) -> None:
        while line:
            if self._in_comment:
                _, end, line = line.partition("-->")
                self._in_comment = not end
                continue
            before, start, line = line.partition("<!--")
            for slash, _ in _TAG.findall(before):
                self._depth = max(0, self._depth + (-1 if slash else 1))
            self._in_comment = bool(start)


def spans(line: str) -> list[tuple[int, int]]:
    """Where code stands within a line."""
    return [match.span() for match in _SPAN.finditer(line)]


def _closes(line: str, fence: str) -> bool:
    signs = line.strip()
    return len(signs) >= len(fence) and not signs.strip(fence[0])
