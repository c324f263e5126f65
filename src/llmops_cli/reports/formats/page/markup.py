"""HTML from texts of strangers: nothing in a text can become markup, and nothing hidden stays hidden."""

from __future__ import annotations

from html import escape

from llmops_cli.reports.visible import visible


def text(words: str) -> str:
    """The text as it stands in an element or a quoted attribute."""
    return escape(visible(words))


def line(words: str) -> str:
    """The same on one line."""
    return text(" ".join(words.split()))


def element(tag: str, inner: str, *classes: str, **attributes: str) -> str:
    """An element around finished HTML. Attributes are plain texts; `_` in a name stands for `-`."""
    names = " ".join(name for name in classes if name and name != "plain")
    if names:
        attributes = {"class": names, **attributes}
    written = "".join(f' {name.replace("_", "-")}="{text(value)}"' for name, value in attributes.items())
    return f"<{tag}{written}>{inner}</{tag}>"


def pre(inner: str, *classes: str) -> str:
    """Text with its own line breaks. The parser drops a first line break: one is put before."""
    return element("pre", "\n" + inner, *classes)
