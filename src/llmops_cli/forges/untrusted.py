"""A report that somebody else could have written, posted under the project's own name.

The run of a fork makes its report with files of the fork. What llmops writes has no link, no picture and none
but a few tags and entities, so that whatever else is in such a text was put there.
"""

from __future__ import annotations

import re

from llmops_cli.forges.scan import Scan, spans

_TAG = r"<(?!(?:/?(?:details|summary|sub|span|i)|br)>)"
_ENTITY = r"&(?!(?:lt|gt|amp|#124|#8203);)"
"""A sign that begins no entity of llmops' own."""
_FOREIGN = re.compile(rf"{_TAG}|{_ENTITY}")
_ESCAPED = {"<": "&lt;", "&": "&amp;"}
_MEANT = re.compile(r"<(?=[A-Za-z!/?])|&(?=[#\w])")
_BREAK = "\u200b"


def harmless(text: str) -> str:
    """The text without mentions, links, pictures, references, entities and HTML; a report looks the same."""
    scan = Scan()
    lines = []
    for line in text.split("\n"):
        lines.append(_in_code(line) if scan.in_fence else _without_markup(line))
        scan.read(line.rstrip())
    text = "\n".join(lines)
    text = re.sub(r"(\])(?=[\[(:])", rf"\1{_BREAK}", text)
    text = re.sub(r"(?<=:)(?=//)|(?<=www)(?=\.)", _BREAK, text, flags=re.IGNORECASE)
    # `&#8203;` is how llmops itself writes the break.
    return re.sub(r"@(?=\w)|(?<!&)#(?=\d)|GH-(?=\d)", rf"\g<0>{_BREAK}", text, flags=re.IGNORECASE)


def _without_markup(line: str) -> str:
    parts = []
    end = 0
    for start, stop in spans(line):
        parts += [_escaped(line[end:start]), _in_code(line[start:stop])]
        end = stop
    return "".join([*parts, _escaped(line[end:])])


def _escaped(text: str) -> str:
    return _FOREIGN.sub(lambda match: _ESCAPED[match[0]], text)


def _in_code(text: str) -> str:
    """Code, in which a sign stands for itself; what a forge does not take for code can do nothing either."""
    return _MEANT.sub(rf"\g<0>{_BREAK}", text)
