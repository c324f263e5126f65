"""What installing the merge driver did as a Document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.reports.document import Document, Listing, Section, Text

if TYPE_CHECKING:
    from llmops_cli.baselines.merge.driver import Installation


def installed_document(installation: Installation) -> Document:
    """What installing the merge driver changed, and what is left to do."""
    items = (
        Text("git's settings of this clone: " + ("set" if installation.settings else "were set already")),
        Text(
            ".gitattributes: "
            + ("a line for baselines/ added" if installation.attributes else "has the line already")
        ),
    )
    steps = (
        Text("commit .gitattributes, if it is new: git add .gitattributes"),
        Text("in each other clone, once: llmops baseline merge --install"),
    )
    data = {"settings": installation.settings, "attributes": installation.attributes}
    headline = "git merges baselines by case in this clone"
    sections = (Section("", (Listing(items),)), Section("Next", (Listing(steps),)))
    return Document(Text(headline, "good"), sections, data)
