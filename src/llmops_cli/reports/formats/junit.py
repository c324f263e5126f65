"""JUnit XML, as Jenkins, GitLab and most other CI systems read it: a suite a group, a test case a check.

JUnit knows no rates: one failure turns a job red. A suite whose gate tolerates forty failing cases is green
with them, so only a check that is a reason for the answer is a `failure`. A case that fails and does not
count is `skipped`, with a message that says so: it is listed, and the CI system agrees with the gate. A check
that could not be made is an `error`, whatever the gate is.

Nothing in the file changes from run to run except what was measured: no time of day, no name of a machine.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from llmops_cli.reports.brief import brief, in_repository
from llmops_cli.reports.document import Document, Text
from llmops_cli.reports.formats import terminal
from llmops_cli.reports.status import headline
from llmops_cli.reports.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.reports.document import Check

_DETAILS = 2_000  # characters of one check's details: a report of 5,000 cases stays readable for CI systems
_MESSAGE = 1_000


def draw(document: Document, *, width: int = 80, colour: bool = False) -> str:
    """The checks by group, in their order.

    A document whose answer is no although no check says so (a file is wrong, say) has that as its only
    failure: what reads this file is never told that all is well.
    """
    del width, colour
    groups: dict[str, list[Check]] = {}
    for check in document.checks():
        groups.setdefault(check.group, []).append(check)
    suites = [_suite(document, group, checks) for group, checks in groups.items()]
    if document.headline.tone == "bad" and all(
        suite.get("failures") == suite.get("errors") == "0" for suite in suites
    ):
        suites.append(_answer(document))
    root = ElementTree.Element("testsuites", {"name": "llmops"})
    root.extend(suites)
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, 0)) for suite in suites)))
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_inert(text)}\n'


def _suite(document: Document, group: str, checks: Sequence[Check]) -> ElementTree.Element:
    cases = [_case(document, check) for check in checks]
    suite = ElementTree.Element("testsuite", {"name": visible(group)})
    suite.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    measured = [seconds for check in checks if (seconds := _seconds(check)) is not None]
    if measured:
        suite.set("time", f"{math.fsum(measured):.3f}")
    facts = _shared_facts(checks)
    if facts:
        properties = ElementTree.SubElement(suite, "properties")
        for name, value in facts.items():
            ElementTree.SubElement(properties, "property", {"name": visible(name), "value": visible(value)})
    suite.extend(cases)
    return suite


def _shared_facts(checks: Sequence[Check]) -> dict[str, str]:
    """What is true of every check of a group that says it: its prompt, its model."""
    values: dict[str, set[str]] = {}
    for check in checks:
        for name, value in check.facts.items():
            values.setdefault(name, set()).add(value)
    return {
        name: distinct.pop() for name, distinct in values.items() if len(distinct) == 1 and name != "tags"
    }


def _case(document: Document, check: Check) -> ElementTree.Element:
    # Jenkins takes what stands before the last dot for a package; the names of models have dots.
    group = f"{check.suite}.{check.group.replace('.', '_')}"
    name = f"gate: {check.name}" if check.kind == "gate" else check.name
    case = ElementTree.Element("testcase", {"name": visible(name), "classname": visible(group)})
    if check.place.path:
        case.set("file", visible(in_repository(document, check.place.path)))
        if check.place.line > 0:
            case.set("line", str(check.place.line))
    seconds = _seconds(check)
    if seconds is not None:
        case.set("time", f"{seconds:.3f}")
    details = _details(check)
    tag, message = _outcome(check)
    if tag:
        outcome = ElementTree.SubElement(case, tag, {"message": visible(brief(message, _MESSAGE))})
        if tag != "skipped":
            outcome.set("type", check.kind)
            # GitLab and others show this text, and what the test case printed only where it is missing.
            outcome.text = "\n\n".join(part for part in (visible(message), details) if part)
    if details and tag in ("", "skipped"):
        ElementTree.SubElement(case, "system-out").text = details
    return case


def _outcome(check: Check) -> tuple[str, str]:
    """The element that says what came of a check, and its message; ("", "") for one that passed."""
    if check.state == "failed" and not check.blocking:
        why = f": {check.message}" if check.message else ""
        return "skipped", f"fails, and does not count against the gate{why}"
    tags = {"passed": "", "failed": "failure", "error": "error", "skipped": "skipped"}
    tag = tags[check.state]
    return tag, (check.message or f"{check.name}: {check.state}") if tag else ""


def _details(check: Check) -> str:
    """What is known of a check that did not pass, or did not before, as the log would show it."""
    if check.state == "passed" and check.before in (None, "passed"):
        return ""
    open_sections = tuple(section for section in check.sections if not section.folded)
    drawn = terminal.draw(Document(Text(""), open_sections)).strip("\n") if open_sections else ""
    before = f"in the baseline: {check.before}" if check.before else ""
    return visible(brief("\n\n".join(part for part in (before, drawn) if part), _DETAILS))


def _answer(document: Document) -> ElementTree.Element:
    """A suite of one test case that fails: the answer itself."""
    message = visible(headline(document.headline))
    suite = ElementTree.Element("testsuite", {"name": "llmops", "tests": "1", "failures": "1", "errors": "0"})
    suite.set("skipped", "0")
    case = ElementTree.SubElement(suite, "testcase", {"name": "answer", "classname": "llmops"})
    ElementTree.SubElement(
        case, "failure", {"message": brief(message, _MESSAGE), "type": "answer"}
    ).text = message
    return suite


def _seconds(check: Check) -> float | None:
    seconds = check.seconds
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None


def _inert(xml: str) -> str:
    """The same XML, of which a CI log that it is printed into runs nothing."""
    xml = re.sub(r"(?m)^([^\S\n]*):(?=:)", r"\1&#58;", xml)
    return re.sub(r"(?<=#)#(?=(?:vso|teamcity)?\[)", "&#35;", xml)
