"""What a run sent to its models, kept beside its answers: the messages of each case, each text once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import canonical_json
from llmops_cli.core.files import write_text
from llmops_cli.evals.rows import SubjectKey

if TYPE_CHECKING:
    from pathlib import Path

    from llmops_cli.evals.plan import Plan

FILE = "messages.jsonl"


def keep_messages(folder: Path, plan: Plan) -> None:
    """Write the messages of each case of a plan. Raises StorageError.

    A few-shot prompt sends the same examples with every case: a line holds a message the first time, and the
    cases name messages by their numbers.
    """
    numbers: dict[str, int] = {}
    cases = []
    for task in plan.tasks:
        if task.request is None or task.repeat:
            continue
        lines = [_line(dict(message)) for message in task.request.messages]
        sent = [numbers.setdefault(line, len(numbers)) for line in lines]
        cases.append(_line({"case": [*SubjectKey.of(task.subject), task.case.id], "sent": sent}))
    write_text(folder / FILE, "\n".join([*numbers, *cases, ""]))


def messages_of(folder: Path, subject: SubjectKey, case_id: str) -> list[dict[str, Any]] | None:
    """The messages that a run sent for one case; None where it did not keep any or the file is broken."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        wanted = _line({"case": [*subject, case_id]})[:-1] + ","
        case = next((json.loads(line) for line in lines if line.startswith(wanted)), None)
        return None if case is None else [json.loads(lines[number]) for number in case["sent"]]
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return None


def _line(value: Any) -> str:
    # A lone surrogate, which UTF-8 cannot hold, as the escape that JSON has for it.
    return canonical_json(value).encode("utf-8", "backslashreplace").decode("utf-8")
