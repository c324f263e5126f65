"""Workflow commands of GitHub Actions: a remark at the line of a file, in the log and in the pull request.

GitHub shows ten errors, ten warnings and ten notices of a step and drops the rest without a word. So the
worst come first, and the tenth says how many more there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.reports.brief import brief, in_repository
from llmops_cli.reports.numbers import count
from llmops_cli.reports.status import headline, unsaid
from llmops_cli.reports.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.reports.document import Annotation, Document, Level

SHOWN = 10
"""Annotations of one level that GitHub shows of a step."""
_LEVELS: tuple[Level, ...] = ("error", "warning", "notice")
_TITLE = 255  # characters that GitHub takes
_MESSAGE = 4_000  # of 64 kB that GitHub takes: what a reader takes


def draw(document: Document, *, width: int = 80, colour: bool = False) -> str:
    """One command a line for each annotation that is shown, and nothing else; "" when there is none.

    A document whose answer is no, with no error at a line, is an error without a place: never silence.
    """
    del width, colour
    lines = [line for level in _LEVELS for line in _level(document, level)]
    if unsaid(document):
        lines.insert(0, _command("error", {}, headline(document.headline)))
    return "".join(f"{line}\n" for line in lines)


def _level(document: Document, level: Level) -> Iterator[str]:
    annotations = [annotation for annotation in document.annotations if annotation.level == level]
    more = len(annotations) - SHOWN
    for at, annotation in enumerate(annotations[:SHOWN], 1):
        message = brief(annotation.message or annotation.title, _MESSAGE)
        if at == SHOWN and more > 0:
            message += f"\n\n… and {count(more, f'more {level}', f'more {level}s')}: see the report"
        yield _command(level, _properties(document, annotation), message)


def _properties(document: Document, annotation: Annotation) -> dict[str, str]:
    place = annotation.place
    properties = {"file": in_repository(document, place.path)}
    if place.line > 0:
        properties["line"] = str(place.line)
        properties["col"] = str(place.column) if place.column > 0 else ""
    properties["title"] = brief(" ".join(annotation.title.split()), _TITLE)
    return {name: value for name, value in properties.items() if value}


def _command(level: Level, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level}{' ' if listed else ''}{listed}::{_data(message)}"


def _data(text: str) -> str:
    """A text as GitHub reads it back: `%` and line breaks would end the command or mean another character."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
