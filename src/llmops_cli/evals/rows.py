"""The rows of a run: one finished case each, with a checksum that holds the hash of its request as well."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from llmops_cli.core.checksum import take_sum, text_with_sum
from llmops_cli.core.json_text import JsonTextError, read_json_text
from llmops_cli.evals.digest import HEADER
from llmops_cli.evals.result import Outcome

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from llmops_cli.evals.plan import Plan, Task
    from llmops_cli.evals.suite import Subject

CASES = "cases.jsonl"
WITHOUT_SUMS = 1
"""The schema of runs whose rows have no checksums."""
MB = 1_000_000
MOST_ESCAPED = 4
"""How many times as long as a reply a row may be: it holds what scorers say of the answer as well."""


class SubjectKey(NamedTuple):
    """What tells one subject of a run from the others: the suite, the prompt as `id@version`, the model."""

    suite: str
    prompt: str
    model: str

    @classmethod
    def of(cls, subject: Subject) -> Self:
        """The key of a subject."""
        return cls(subject.suite.id, subject.prompt.ref, subject.model)

    @property
    def title(self) -> str:
        """How the subject is called in reports."""
        return " · ".join(self)


class Key(NamedTuple):
    """What tells one answer of a run from the others. A case that is asked again has further repeats."""

    subject: SubjectKey
    case_id: str
    repeat: int

    @classmethod
    def of(cls, task: Task) -> Self:
        """The key of what a task asks."""
        return cls(SubjectKey.of(task.subject), task.case.id, task.repeat)

    @property
    def question(self) -> tuple[SubjectKey, str]:
        """The subject and the case, whichever repeat."""
        return self.subject, self.case_id


@dataclass(frozen=True)
class Rows:
    """What a run has finished: the last row of a case wins.

    `requests` are the hashes of what was asked, "" where a case brought its answer. `wrong` counts rows that
    are not as they were written; what those of them say that can be read is `edited`, and was not finished.
    Rows of an older llmops do not `have_sums`, and say nothing of requests.
    """

    outcomes: dict[Key, Outcome] = field(default_factory=dict)
    requests: dict[Key, str] = field(default_factory=dict)
    edited: dict[Key, Outcome] = field(default_factory=dict)
    wrong: int = 0
    have_sums: bool = True

    @property
    def fault(self) -> str:
        """What is wrong with them; "" where nothing is."""
        if not self.have_sums:
            return "it is of an older llmops, whose rows carry no checksums: what was edited is not seen"
        return fault_of(self.wrong)

    def foreign_to(self, plan: Plan) -> AbstractSet[Key]:
        """Which of them answer something else than a plan asks for their case."""
        asked = {Key.of(task).question: request_of(task) for task in plan.tasks}
        return {key for key, request in self.requests.items() if asked.get(key.question, request) != request}


def fault_of(wrong: int) -> str:
    """Says how many rows of a run are not as they were written; "" where none is."""
    if not wrong:
        return ""
    rows = "1 row of cases.jsonl is" if wrong == 1 else f"{wrong} rows of cases.jsonl are"
    return f"{rows} not as this run wrote {'it' if wrong == 1 else 'them'}, and counted as not there"


def request_of(task: Task) -> str:
    """The hash of what a task asks; "" where its case brings its answer."""
    return task.request.key if task.request is not None else ""


def row_text(key: Key, outcome: Outcome, request: str) -> str:
    """The row of one finished case."""
    return text_with_sum({**key.subject._asdict(), "request": request, **outcome.to_json()})


def read_rows(folder: Path, most_mb: float) -> Rows:
    """What a run has finished, as far as its rows are what it wrote.

    `most_mb` is how many millions of bytes a reply may have. A line cut short by a crash is no row.
    """
    path = folder / CASES
    text = path.read_text(encoding="utf-8", errors="surrogatepass") if path.is_file() else ""
    *lines, _half = text.split("\n")
    rows = Rows(have_sums=_have_sums(folder))
    longest, wrong = most_mb * MB * MOST_ESCAPED, 0
    for line in lines:
        try:
            key, outcome, request, is_written = _row(line, longest)
        except (ValueError, KeyError, TypeError, AttributeError):
            wrong += 1
            continue
        if rows.have_sums and not is_written:
            wrong += 1
            rows.edited[key] = outcome
            continue
        rows.outcomes[key] = outcome
        if rows.have_sums:
            rows.requests[key] = request
    return replace(rows, wrong=wrong)


def _row(line: str, longest: float) -> tuple[Key, Outcome, str, bool]:
    if len(line) > longest:
        raise ValueError("it is longer than a row may be")
    data = read_json_text(line)
    is_written = take_sum(data)
    outcome = Outcome.from_json(data)
    names = (data["suite"], data["prompt"], data["model"], data.get("request", ""))
    if not all(type(name) is str for name in names):
        raise ValueError("a name is no text")
    return Key(SubjectKey(*names[:3]), outcome.case_id, outcome.repeat), outcome, names[3], is_written


def _have_sums(folder: Path) -> bool:
    try:
        header = read_json_text((folder / HEADER).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, JsonTextError):
        return True
    return not (isinstance(header, dict) and header.get("schema") == WITHOUT_SUMS)


def outcome_data(key: Key, outcome: Outcome) -> dict[str, Any]:
    """One answer of a run as JSON."""
    return {**key.subject._asdict(), "passed": outcome.passed, **outcome.to_json()}
