"""Texts in Markdown and HTML that read as they were written, and can do nothing.

GitHub and GitLab look for mentions, references (`#1`, `!1`, `&1`, `%1`, `~label`) and links in the finished
text, where a backslash has no effect any more. A zero-width space has.
"""

from __future__ import annotations

import re

from llmops_cli.reports.visible import visible

_DRAWN = {"mermaid", "math", "geojson", "topojson", "stl", "suggestion"}  # GitHub acts on these
_BREAK = "&#8203;"
_MEANING = re.compile(
    r"""
      (?P<number> &(?=\d) )
    | (?P<entity> [&<>|] )
    | (?P<named>  \[(?=\w+:) | ~(?=\w) )
    | (?P<slash>  [\\`*\[\]~] | (?<![^\W_])_ | _(?![^\W_]) | \#(?!\d) )
    | (?P<split>  @ | [!%](?=\d) | \#(?=\d) | GH-(?=\d) | :(?=//) | www(?=\.) | :(?=[\w+-]+:) )
    | (?P<dollar> \$ )
    | (?P<line>   \n )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}
_OPENING = re.compile(r"^(?:(?=[-+=])|(\d+)(?=[.)]))")


def inline(text: str) -> str:
    """A text as one line of Markdown; line breaks of it are `<br>`."""
    text = visible(text).replace("\t", " ").strip()
    dollars = text.count("$") > 1  # two of them enclose a formula

    def escape(match: re.Match[str]) -> str:
        match match.lastgroup:
            case "entity":
                return _ENTITIES[match[0]]
            case "number":
                return f"&amp;{_BREAK}"
            case "named":
                return f"\\{match[0]}{_BREAK}"
            case "slash":
                return f"\\{match[0]}"
            case "split":
                return match[0] + _BREAK
            case "dollar":
                return "<span>$</span>" if dollars else "$"
            case _:
                return "<br>"

    return _MEANING.sub(escape, text)


def line(text: str) -> str:
    """A text as a line of its own, such as a heading."""
    return opening(inline(re.sub(r"\s*\n\s*", " ", text)))


def opening(text: str) -> str:
    """Markdown whose first character starts no list and no rule."""
    return _OPENING.sub(r"\1\\", text)


def html_text(text: str) -> str:
    """A text as one line inside HTML."""
    text = re.sub(r"\s+", " ", visible(text)).strip()
    text = re.sub(r"[&<>]", lambda match: _ENTITIES[match[0]], text)
    text = re.sub(
        r"&amp;(?=\d)|[!%](?=\d)|~(?=\w)|\[(?=\w+:)|@|#(?=\d)|(?i:GH-)(?=\d)|:(?=//)|(?i:www)(?=\.)|:(?=[\w+-]+:)",
        rf"\g<0>{_BREAK}",
        text,
    )
    return text.replace("$", "<span>$</span>") if text.count("$") > 1 else text


def code_span(text: str) -> str:
    """A text as code within a line: it can be copied as it is."""
    text = re.sub(r"\s+", " ", visible(text)).strip()
    ticks = _ticks(text, 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def fence(text: str, name: str) -> str:
    """A block of code in a language that its own content cannot close."""
    ticks = _ticks(text, 3)
    return f"{ticks}{name}\n{text.removesuffix(chr(10))}\n{ticks}"


def language(name: str) -> str:
    """The name of a language for a block of code; none for what GitHub would draw or act on."""
    return name if re.fullmatch(r"[A-Za-z0-9+#.-]{1,30}", name) and name.lower() not in _DRAWN else ""


def _ticks(text: str, least: int) -> str:
    return "`" * max(least, 1 + max(map(len, re.findall("`+", text)), default=0))
