"""One case of a scorer: an option, an answer, and what has to come out; read from YAML files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import InputError
from llmops_cli.core.files import read_text
from llmops_cli.core.schema import shown
from llmops_cli.core.source import read_yaml
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.scorers import SCORERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from llmops_cli.core.problem import Problem
    from llmops_cli.core.source import Source

OF_SAMPLE = ("output", "answer", "vars", "expected", "tags", "context", "messages", "metadata")
"""What is judged: the answer's text, more of the answer, and what the case says beside it."""
OUTCOMES = ("value", "invalid", "refused", "error", "not-measured", "asks")
"""What may come out; a case wants one of them."""
KEYS = ("name", "option", "args", "files", "reason", "asks-not", "reply", *OF_SAMPLE, *OUTCOMES)
FILE_KEYS = ("scorer", "python", "option", "cases")


@dataclass(frozen=True)
class ScorerCase:
    """One case, under its `name`.

    `scorer` is the scorer's name in a suite and `option` what stands under it there. `data` are the other
    keys of the case as written: what is judged (`output`, `vars`, …) and what has to come out. `file` is
    where it stands and `place` says it with its line.
    """

    name: str
    scorer: str
    option: Any
    data: Mapping[str, Any]
    file: Path
    place: str

    def __str__(self) -> str:
        return f"{self.file.stem}: {self.name}"


def scorer_cases(path: Path) -> list[ScorerCase]:
    """Every case of a YAML file, or of the YAML files of a folder.

    A file is a list of cases of the scorer that it is named after, or a mapping of `cases` and the `scorer`
    (or `python: FILE.py:FUNCTION`) that they are about. Raises InputError with every problem found.
    """
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path} holds no cases of scorers", "write them into NAME.yaml")
    problems: list[Problem] = []
    cases: list[ScorerCase] = []
    for file in files:
        try:
            cases += _read(file)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems=problems)
    return cases


def _read(file: Path) -> list[ScorerCase]:
    source = read_yaml(read_text(file, str(file)), str(file))
    listed = isinstance(source.data, list)
    head: Mapping[str, Any] = {"scorer": file.stem} if listed else source.data
    rows = source.data if listed else source.data.get("cases") if isinstance(source.data, dict) else None
    pointer = () if listed else ("cases",)
    if not isinstance(rows, list) or not rows:
        hint = "a list of cases, or a mapping with `scorer` (or `python`) and `cases`"
        raise InputError(problems=[source.problem((), "the file holds no cases of a scorer", hint)])
    problems = [] if listed else list(_head_problems(head, source))
    problems += [] if problems else _unknown_scorer(head, source, listed=listed)
    for index, row in enumerate(rows):
        problems += _row_problems(row, source, (*pointer, index), python="python" in head)
    if problems:
        raise InputError(problems=problems)
    return [_case(head, row, file, source, (*pointer, index)) for index, row in enumerate(rows)]


def _head_problems(head: Mapping[str, Any], source: Source) -> Iterator[Problem]:
    for key in head:
        if key not in FILE_KEYS:
            yield source.problem((key,), f"unknown key `{key}`", did_you_mean(key, FILE_KEYS), key=True)
    if ("scorer" in head) == ("python" in head):
        yield source.problem((), "a file names either its `scorer` or its `python` function")
    elif not isinstance(head.get("scorer", head.get("python")), str):
        yield source.problem((), "`scorer` is a name, and `python` is FILE.py:FUNCTION")


def _unknown_scorer(head: Mapping[str, Any], source: Source, *, listed: bool) -> list[Problem]:
    name = head.get("scorer", "python")
    if name in SCORERS:
        return []
    message = f"the file is named after no scorer: `{name}`" if listed else f"unknown scorer `{name}`"
    hint = did_you_mean(name, SCORERS, noun="scorers")
    return [source.problem(() if listed else ("scorer",), message, hint)]


def _row_problems(row: Any, source: Source, at: tuple[str | int, ...], *, python: bool) -> Iterator[Problem]:
    if not isinstance(row, dict) or not isinstance(row.get("name"), str):
        yield source.problem(at, "a case is a mapping with a `name`")
        return
    keys = [key for key in KEYS if python or key != "args"]
    for key in row:
        if key not in keys:
            yield source.problem((*at, key), f"unknown key `{key}`", did_you_mean(key, keys), key=True)
    value = row.get("value", 0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield source.problem((*at, "value"), f"`value` must be a number, found {shown(value)}")
    if not any(key in row for key in OUTCOMES):
        outcomes = ", ".join(f"`{key}`" for key in OUTCOMES)
        yield source.problem(
            at, f"the case `{row['name']}` does not say what has to come out", f"one of {outcomes}"
        )


def _case(
    head: Mapping[str, Any], row: Mapping[str, Any], file: Path, source: Source, at: tuple[str | int, ...]
) -> ScorerCase:
    option = row.get("option", head.get("option", {}))
    if "python" in head:
        option = {"path": head["python"], **({"args": row["args"]} if "args" in row else {})}
    line, column = source.place(at)
    return ScorerCase(
        name=row["name"],
        scorer=head.get("scorer", "python"),
        option=option,
        data={key: value for key, value in row.items() if key not in ("name", "option", "args")},
        file=file,
        place=f"{file}:{line}:{column}",
    )
