"""The text of a cassette: JSON Lines, a header, then one answer a line.

Since schema 2 each line ends in a checksum of what it says, its request's hash among it; how it is laid out
does not count. Cassettes of schema 1 are read as they always were.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from llmops_cli.core.canonical import content_hash
from llmops_cli.core.checksum import SUM, take_sum
from llmops_cli.core.errors import InputError
from llmops_cli.core.json_text import read_json_text
from llmops_cli.core.problem import Problem
from llmops_cli.models.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.core.redact import Secrets

KIND = "llmops-cassette"
SCHEMA = 2
WITHOUT_SUMS = 1
"""The schema whose lines have no checksums."""
ASK_LENGTH = 300

_KEPT = ("text", "resolved", "finish_reason", "usage", "cost_usd", "tool_calls")
# Latency, request ids and attempts differ from run to run and would churn the file.
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_FIX_CONFLICT = "settle the merge: take one side, or delete the file and run `llmops eval --record`"
_NOT_AS_WRITTEN = "the line is not as llmops wrote it: its checksum is that of another"
_FOREIGN = "is this a cassette? record one with `llmops eval --record`"


class Slot(NamedTuple):
    """Where an answer belongs; its order is the order of the lines."""

    case: str
    label: str
    repeat: int
    key: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded answer: how the question ended, for people, and the answer as JSON."""

    ask: str
    answer: Mapping[str, Any]

    @classmethod
    def made(cls, ask: str, answer: Answer, secrets: Secrets) -> Entry:
        """Return an entry without anything that churns, and without secrets in the question."""
        data = answer.to_json()
        kept = {key: data[key] for key in _KEPT if key in data}
        return cls(secrets.mask(ask)[:ASK_LENGTH], {"text": "", **kept})

    def read(self, requested: str) -> Answer:
        """The answer, to a question that asked a model by this name. Raises NotAnAnswerError."""
        return Answer.from_json({**self.answer, "requested": requested}, source="replay")


@dataclass(frozen=True)
class Lines:
    """What a cassette says.

    `faults` are lines that are not as llmops wrote them: they answer nothing. `edited` is what those of them
    say that can be read, `broken` are the others.
    """

    model: str
    suite: str
    entries: dict[Slot, Entry] = field(default_factory=dict)
    faults: tuple[Problem, ...] = ()
    edited: dict[Slot, Entry] = field(default_factory=dict)
    broken: tuple[Problem, ...] = ()


def write_lines(model: str, suite: str, entries: Mapping[Slot, Entry]) -> str:
    """Return the whole text; equal entries give equal text."""
    header = {"kind": KIND, "schema": SCHEMA, "model": model, "suite": suite}
    lines = [_line(header)]
    for slot in sorted(entries):
        entry = entries[slot]
        head = {"case": slot.case, "repeat": slot.repeat, "key": slot.key, "label": slot.label}
        row = {**head, "ask": entry.ask, "answer": entry.answer}
        lines.append(_line({**row, SUM: content_hash(row)}))
    return "\n".join(lines) + "\n"


def parse(text: str, path: str) -> Lines:
    """What the text of a cassette says.

    Raises InputError for a header or a merge conflict that nobody can read past, and for every faulty line
    of a file that has no checksums.
    """
    # Not splitlines(): answers may hold U+2028 and its like, which are no line ends in JSON Lines.
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    conflicts = [number for number, line in enumerate(lines, 1) if line.startswith(_CONFLICT)]
    if conflicts:
        raise InputError(
            problems=[
                Problem(path, number, 1, "an unsettled merge conflict", _FIX_CONFLICT) for number in conflicts
            ]
        )
    model, suite, has_sums = _header(lines[0], path)
    entries: dict[Slot, Entry] = {}
    edited: dict[Slot, Entry] = {}
    faults: list[Problem] = []
    broken: list[Problem] = []
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        try:
            row = _row(line)
            is_written = take_sum(row) or not has_sums
            slot, entry = _entry(row, entries)
        except (ValueError, KeyError, TypeError) as error:
            cut = number == len(lines)
            message = "the file is cut short" if cut else f"not a recorded answer: {error}"
            hint = "restore it from git" if cut else "restore the line from git, or record again"
            broken.append(Problem(path, number, 1, message, hint))
            continue
        if is_written:
            entries[slot] = entry
        else:
            edited[slot] = entry
            faults.append(Problem(path, number, 1, _NOT_AS_WRITTEN, "restore the line, or record again"))
    if broken and not has_sums:
        raise InputError(problems=broken)
    return Lines(model, suite, entries, tuple(sorted(faults + broken)), edited, tuple(broken))


def _header(line: str, path: str) -> tuple[str, str, bool]:
    """The model, the suite, and whether the lines have checksums."""
    try:
        header = read_json_text(line)
    except ValueError:
        header = None
    if not isinstance(header, dict) or header.get("kind") != KIND:
        raise InputError(problems=[Problem(path, 1, 1, f"the header is not that of a `{KIND}`", _FOREIGN)])
    if header.get("schema") not in (WITHOUT_SUMS, SCHEMA):
        message = f"schema {header.get('schema')!r} is not {SCHEMA}, the one this llmops reads"
        raise InputError(problems=[Problem(path, 1, 1, message, "upgrade llmops")])
    return str(header.get("model", "")), str(header.get("suite", "")), header["schema"] == SCHEMA


def _row(line: str) -> dict[str, Any]:
    data = read_json_text(line)
    if not isinstance(data, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - all faults of a line end in one place
    return data


def _entry(data: Mapping[str, Any], before: Mapping[Slot, Entry]) -> tuple[Slot, Entry]:
    missing = {"case", "repeat", "key", "answer"} - data.keys()
    if missing:
        raise ValueError(f"no {', '.join(sorted(missing))}")
    slot = Slot(data["case"], data.get("label", ""), data["repeat"], data["key"])
    if (
        not all(isinstance(part, str) for part in (slot.case, slot.label, slot.key))
        or type(slot.repeat) is not int
    ):
        raise ValueError("case, label and key are text, repeat is a number")
    if slot in before:
        raise ValueError(f"case `{slot.case}` repeat {slot.repeat} is there twice with one key")
    entry = Entry(str(data.get("ask", "")), data["answer"])
    entry.read("")  # raises when it is not an answer
    return slot, entry


def _line(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "), allow_nan=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate: keep it as an escape
        return json.dumps(value, separators=(", ", ": "), allow_nan=False)
    return text
