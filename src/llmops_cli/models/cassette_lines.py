"""The text of a cassette: JSON Lines, a header, then one answer a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from llmops_cli.core.errors import InputError
from llmops_cli.core.problem import Problem
from llmops_cli.core.redact import redact
from llmops_cli.models.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KIND = "llmops-cassette"
SCHEMA = 1
ASK_LENGTH = 300

_KEPT = ("text", "resolved", "finish_reason", "usage", "cost_usd", "tool_calls")
# Latency, request ids and attempts differ from run to run and would churn the file.
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_FIX_CONFLICT = "settle the merge: take one side, or delete the file and run `llmops eval --record`"
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
    def made(cls, ask: str, answer: Answer, secrets: Iterable[str]) -> Entry:
        """Return an entry without anything that churns or is secret."""
        data = answer.to_json()
        kept = {key: data[key] for key in _KEPT if key in data}
        secrets = tuple(secrets)
        return cls(redact(ask, secrets)[:ASK_LENGTH], _clean({"text": "", **kept}, secrets))


def write_lines(model: str, suite: str, entries: Mapping[Slot, Entry]) -> str:
    """Return the whole text; equal entries give equal text."""
    header = {"kind": KIND, "schema": SCHEMA, "model": model, "suite": suite}
    lines = [_line(header)]
    for slot in sorted(entries):
        entry = entries[slot]
        head = {"case": slot.case, "repeat": slot.repeat, "key": slot.key, "label": slot.label}
        lines.append(_line({**head, "ask": entry.ask, "answer": entry.answer}))
    return "\n".join(lines) + "\n"


def parse(text: str, path: str) -> tuple[str, str, dict[Slot, Entry]]:
    """Model, suite and entries. Raises InputError with a Problem for each faulty line."""
    problems: list[Problem] = []
    # Not splitlines(): answers may hold U+2028 and its like, which are no line ends in JSON Lines.
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    conflicts = [number for number, line in enumerate(lines, 1) if line.startswith(_CONFLICT)]
    if conflicts:
        raise InputError(
            problems=[
                Problem(path, number, 1, "an unsettled merge conflict", _FIX_CONFLICT) for number in conflicts
            ]
        )
    model, suite = _header(lines[0], path)
    entries: dict[Slot, Entry] = {}
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        try:
            slot, entry = _entry(line, entries)
            entries[slot] = entry
        except (ValueError, KeyError, TypeError) as error:
            cut = number == len(lines)
            message = "the file is cut short" if cut else f"not a recorded answer: {error}"
            hint = "restore it from git" if cut else "restore the line from git, or record again"
            problems.append(Problem(path, number, 1, message, hint))
    if problems:
        raise InputError(problems=problems)
    return model, suite, entries


def _header(line: str, path: str) -> tuple[str, str]:
    try:
        header = json.loads(line)
    except ValueError:
        header = None
    if not isinstance(header, dict) or header.get("kind") != KIND:
        raise InputError(problems=[Problem(path, 1, 1, f"the header is not that of a `{KIND}`", _FOREIGN)])
    if header.get("schema") != SCHEMA:
        message = f"schema {header.get('schema')!r} is not {SCHEMA}, the one this llmops reads"
        raise InputError(problems=[Problem(path, 1, 1, message, "upgrade llmops")])
    return str(header.get("model", "")), str(header.get("suite", ""))


def _entry(line: str, before: Mapping[Slot, Entry]) -> tuple[Slot, Entry]:
    data = json.loads(line)
    if not isinstance(data, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - all faults of a line end in one place
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
    Answer.from_json({"requested": "", **entry.answer})  # raises when it is not an answer
    return slot, entry


def _line(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "), allow_nan=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate: keep it as an escape
        return json.dumps(value, separators=(", ", ": "), allow_nan=False)
    return text


def _clean(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, dict):
        return {key: _clean(inner, secrets) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(inner, secrets) for inner in value]
    return value
