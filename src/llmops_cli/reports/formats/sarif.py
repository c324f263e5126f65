"""SARIF 2.1.0: the annotations as results that code scanning and editors show at their lines."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from llmops_cli import __version__
from llmops_cli.reports.brief import brief, in_repository
from llmops_cli.reports.document import Annotation, Place
from llmops_cli.reports.formats.json import written
from llmops_cli.reports.status import headline, unsaid
from llmops_cli.reports.visible import visible

if TYPE_CHECKING:
    from llmops_cli.reports.document import Document

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ABOUT = "https://github.com/llmops-cli/llmops-cli"
_ROOT = "%SRCROOT%"
_LEVELS = {"error": "error", "warning": "warning", "notice": "note"}
_MESSAGE = 4_000
_RULES = {
    "regressed": (
        "A metric got worse than its gate allows",
        "undo what made it worse, or accept the new scores with a reason: `llmops baseline accept`",
    ),
    "incomparable": (
        "A metric cannot be compared: what it rests on changed",
        "accept the new scores with a reason: `llmops baseline accept`",
    ),
    "inconclusive": ("A change cannot be told from noise", "add cases or repeats; the report says how many"),
    "must-pass": ("A case that may never fail fails", "`llmops runs show` shows what was answered"),
    "no-verdict": ("A call or a scorer failed", "ask again; the report says what failed"),
    "lost-cases": ("Cases of the baseline are gone", "put them back, or accept that they went"),
    "flip": ("A case that passed fails now", "`llmops runs show` shows what was answered"),
    "baseline": ("A change lowers a baseline", "somebody who may accepts it: `llmops baseline accept`"),
    "problem": ("A file of the project is wrong", "`llmops check` lists every problem with its next step"),
    "answer": ("The answer is no", "the report of llmops says why"),
}
"""What a rule is about, and where to go on. One without a line here is described by its name."""


def draw(document: Document, *, width: int = 80, colour: bool = False) -> str:
    """One run with a result for each annotation.

    A result is the same as an earlier one when rule, file and title are: lines may move. Paths are relative
    to the root of the repository (`%SRCROOT%`). A document whose answer is no, with no error among them, has
    that as a result without a place.
    """
    del width, colour
    annotations = document.annotations
    if unsaid(document):
        annotations = (
            Annotation("error", "answer", headline(document.headline), "", Place("")),
            *annotations,
        )
    rules = list(dict.fromkeys(annotation.rule for annotation in annotations))
    seen: Counter[str] = Counter()
    project = f"{quote(document.folder.strip('/'))}/" if document.folder.strip("/") else ""
    run = {
        "tool": {
            "driver": {
                "name": "llmops",
                "version": __version__,
                "semanticVersion": __version__,
                "informationUri": ABOUT,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        # Uploads of several projects of one repository do not replace each other.
        "automationDetails": {"id": f"llmops/{project}"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "the root of the repository"}}},
        "results": [_result(document, annotation, rules, seen) for annotation in annotations],
        "properties": {"headline": visible(headline(document.headline))},
    }
    return written({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: str) -> dict[str, Any]:
    about, then = _RULES.get(rule, (rule.replace("-", " ").capitalize(), "the report of llmops says more"))
    return {
        "id": rule,
        "shortDescription": {"text": about},
        "help": {"text": f"{about}: {then}."},
        "helpUri": f"{ABOUT}/tree/main/docs",
        "properties": {"tags": ["llm", "prompts"]},
    }


def _result(
    document: Document, annotation: Annotation, rules: list[str], seen: Counter[str]
) -> dict[str, Any]:
    path = in_repository(document, annotation.place.path)
    made = hashlib.sha256("\0".join((annotation.rule, path, annotation.title)).encode("utf-8", "replace"))
    digest = made.hexdigest()[:16]
    seen[digest] += 1
    fingerprint = f"{digest}:{seen[digest]}"
    location = {"physicalLocation": _physical(path, annotation)} if path else None
    return {
        "ruleId": annotation.rule,
        "ruleIndex": rules.index(annotation.rule),
        "level": _LEVELS[annotation.level],
        "message": {"text": _message(annotation)},
        "locations": [location] if location else [],
        # GitHub knows an alert again by the first name only.
        "partialFingerprints": {"primaryLocationLineHash": fingerprint, "llmops/v1": fingerprint},
        "properties": {"title": visible(annotation.title)},
    }


def _physical(path: str, annotation: Annotation) -> dict[str, Any]:
    uri = quote(path.encode("utf-8", "surrogatepass"), safe="/")
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": _ROOT}}
    if annotation.place.line > 0:
        physical["region"] = {"startLine": annotation.place.line}
        if annotation.place.column > 0:
            physical["region"]["startColumn"] = annotation.place.column
    return physical


def _message(annotation: Annotation) -> str:
    r"""Title and message. `[words](address)` would be a link, so that it gets a space between."""
    message = f"{annotation.title}\n\n{annotation.message}" if annotation.message else annotation.title
    return re.sub(r"\](?=\()", "] ", brief(visible(message), _MESSAGE)) or annotation.rule
