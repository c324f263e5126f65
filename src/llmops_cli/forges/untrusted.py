"""A report that somebody else could have written, posted under the project's own name.

The run of a fork makes its report with files of the fork. What llmops writes has no link, no picture and none
but a few tags, so that whatever else is in such a text was put there.
"""

from __future__ import annotations

import re

_TAGS = r"/?(?:details|summary|sub|span|i)|br"
_BREAK = "\u200b"


def harmless(text: str) -> str:
    """The text without mentions, links, pictures, references and HTML; a report looks the same."""
    text = re.sub(rf"<(?!(?:{_TAGS})>)", "&lt;", text)
    text = re.sub(r"(\])(?=[\[(:])", rf"\1{_BREAK}", text)
    text = re.sub(r"(?<=:)(?=//)|(?<=www)(?=\.)", _BREAK, text, flags=re.IGNORECASE)
    # `&#8203;` is how llmops itself writes the break.
    return re.sub(r"@(?=\w)|(?<!&)#(?=\d)|GH-(?=\d)", rf"\g<0>{_BREAK}", text, flags=re.IGNORECASE)
