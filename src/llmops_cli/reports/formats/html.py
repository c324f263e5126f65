"""One HTML file that needs nothing else: no network, no server, and no script but for the table of cases.

The page is readable on a phone, in the dark, on paper and by keyboard. Its policy forbids it to fetch
anything and to run any script but its own, so that a text which slipped through would still do nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources
from typing import TYPE_CHECKING

from llmops_cli.reports import numbers, status
from llmops_cli.reports.formats.page.blocks import section_html
from llmops_cli.reports.formats.page.cases import cases_json
from llmops_cli.reports.formats.page.markup import element, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.reports.document import Check, Document, Section, Text

STYLES = ("page.css",)
SCRIPTS = ("numbers.js", "blocks.js", "cases.js")
_WORD = re.compile(r"(OK|[A-Z][A-Z_]{3,})\b:?\s*(.*)", re.DOTALL)


def draw(document: Document, *, width: int = 80, colour: bool = False) -> str:
    """The document as a page; the same document gives the same bytes."""
    del width, colour
    checks, charts = document.checks(), document.charts()
    style, script = _asset(STYLES), _asset(SCRIPTS)
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    head = [
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        '<meta name="referrer" content="no-referrer">',
        element("title", line(status.headline(document.headline))),
        f"<style>{style}</style>",
    ]
    main = [
        element("div", "\n".join(_sections(document.sections, "part")), "parts", id="summary"),
        *([_cases(checks)] if checks else []),
        *([element("div", "\n".join(_sections(charts, "chart")), "parts", id="charts")] if charts else []),
    ]
    body = [
        _navigation(checks, charts),
        element("main", "\n".join([_headline(document.headline), *main])),
        *(_data(checks) if checks else []),
        f"<script>{script}</script>",
    ]
    html = element("head", "\n".join(["", *head, ""])) + "\n" + element("body", "\n".join(["", *body, ""]))
    return f'<!doctype html>\n<html lang="en">\n{html}\n</html>\n'


def _headline(headline: Text) -> str:
    """The verdict as a word of its own, then the rest of the sentence."""
    sentence = " ".join(status.headline(headline).split())
    match = _WORD.fullmatch(sentence)
    word, rest = (match[1], match[2]) if match else ("", sentence)
    title = element("strong", line(word), "word") + " " if word else ""
    return element("header", element("h1", title + element("bdi", line(rest))), "verdict", headline.tone)


def _navigation(checks: Sequence[Check], charts: Sequence[Section]) -> str:
    links = [element("a", "Summary", href="#summary")]
    if checks:
        links.append(element("a", f"{_noun(checks)} {numbers.count(len(checks))}", href="#cases"))
    if charts:
        links.append(element("a", "Charts", href="#charts"))
    if len(links) == 1:
        return ""
    return element("nav", "\n".join(links), aria_label="Parts of this page")


def _noun(checks: Sequence[Check]) -> str:
    return "Cases" if all(check.kind == "case" for check in checks) else "Cases and gates"


def _sections(sections: Sequence[Section], name: str) -> list[str]:
    return [section_html(section, f"{name}-{at}") for at, section in enumerate(sections, 1)]


def _cases(checks: Sequence[Check]) -> str:
    """The place of the table, and what stands there while no script has filled it."""
    failing = sum(check.state in ("failed", "error") for check in checks)
    note = (
        f"{numbers.count(len(checks), 'check')}, {numbers.count(failing)} failing or in error. "
        "This table needs JavaScript, which is off here or blocked; everything else on this page does not."
    )
    title = element("h2", _noun(checks), id="cases-title")
    place = element("div", element("p", note, "muted"), id="table")
    return element("section", title + place, "part", id="cases", aria_labelledby="cases-title")


def _data(checks: Sequence[Check]) -> list[str]:
    return [
        f'<script type="application/json" id="{name}">{data}</script>'
        for name, data in zip(("data-table", "data-details"), cases_json(checks), strict=True)
    ]


def _asset(names: Sequence[str]) -> str:
    folder = resources.files("llmops_cli.reports.formats") / "page"
    return "\n" + "\n".join((folder / name).read_text("utf-8") for name in names)


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
