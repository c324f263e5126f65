"""Problems and errors as parts of a report: a run that could not begin is reported like one that did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import ExitCode, InputError, LlmopsError
from llmops_cli.reports.document import Annotation, Check, Document, Listing, Place, Section, Text
from llmops_cli.reports.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmops_cli.core.problem import Problem

SCHEMA = 1
TITLE_LENGTH = 120
_WORDS = {
    ExitCode.INPUT: "WRONG",
    ExitCode.OUTSIDE: "FAILED",
    ExitCode.INTERRUPTED: "INTERRUPTED",
}


def problem_data(problem: Problem) -> dict[str, Any]:
    """One problem as JSON."""
    return {
        "path": problem.path,
        "line": problem.line,
        "column": problem.column,
        "severity": problem.severity,
        "message": problem.message,
        "hint": problem.hint,
        "check": problem.check,
    }


def problem_annotations(problems: Iterable[Problem]) -> list[Annotation]:
    """Problems of the project's files, each at its place."""
    return [
        Annotation(
            problem.severity,
            problem.check or "problem",
            _first_line(problem.message),
            f"{problem.message}\n{problem.hint}" if problem.hint else problem.message,
            Place(problem.path, problem.line, problem.column),
        )
        for problem in problems
    ]


def problem_checks(problems: Iterable[Problem]) -> list[Check]:
    """Each problem as a check that could not be made; warnings stop nothing."""
    return [
        Check(
            group="problems",
            suite="problems",
            kind="gate",
            name=f"{problem.place}: {_first_line(problem.message)}" if problem.path else problem.message,
            state="error" if problem.severity == "error" else "skipped",
            place=Place(problem.path, problem.line, problem.column),
            message=str(problem),
            blocking=problem.severity == "error",
        )
        for problem in problems
    ]


def error_document(error: BaseException, folder: str = "") -> Document:
    """What stopped a command, in the place of its report: no green one of an earlier run may stand there."""
    foreseen = isinstance(error, LlmopsError)
    code = error.exit_code if isinstance(error, LlmopsError) else ExitCode.BUG
    problems = list(error.problems) if isinstance(error, InputError) else []
    hint = error.hint if isinstance(error, LlmopsError) else ""
    message = error.message if isinstance(error, LlmopsError) else f"{type(error).__name__}: {error}"
    word = _WORDS.get(code, "BUG" if foreseen else "BUG in llmops")
    errors = sum(problem.severity == "error" for problem in problems)
    if problems:
        message = f"{count(errors, 'problem')} in the project's files; nothing was called, nothing is judged"
    blocks = [Text(str(problem), "bad" if problem.severity == "error" else "warn") for problem in problems]
    if hint:
        blocks.append(Text(hint))
    general = [] if problems else [Annotation("error", "error", _first_line(message), message, Place(""))]
    headline = Text(f"{word}: {message}", "bad")
    return Document(
        headline,
        (Section("Problems" if problems else "", (Listing(tuple(blocks)),)),) if blocks else (),
        {
            "schema": SCHEMA,
            "verdict": "ERROR",
            "exit_code": int(code),
            "headline": headline.text,
            "blocks": True,
            "error": {
                "message": message,
                "hint": hint,
                "problems": [problem_data(problem) for problem in problems],
            },
        },
        annotations=(*problem_annotations(problems), *general),
        checks=lambda: problem_checks(problems) or [_stopped(message)],
        folder=folder,
    )


def _stopped(message: str) -> Check:
    return Check("problems", "problems", "gate", "the run", "error", Place(""), message, blocking=True)


def _first_line(text: str) -> str:
    line = text.partition("\n")[0]
    return line if len(line) <= TITLE_LENGTH else f"{line[: TITLE_LENGTH - 1]}…"
