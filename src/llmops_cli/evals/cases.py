"""Reads cases from JSON Lines, CSV, YAML and JSON files, or from the suite itself."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from llmops_cli.core import schema
from llmops_cli.core.canonical import canonical_json, content_hash
from llmops_cli.core.errors import InputError
from llmops_cli.core.limits import LimitError, more
from llmops_cli.core.nesting import too_many
from llmops_cli.core.patterns import NotLinearError
from llmops_cli.core.problem import Problem
from llmops_cli.core.source import Source, read_json, read_yaml
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.evals.case import Case, Quarantine
from llmops_cli.evals.searching import searching

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmops_cli.core.limits import Limits

BEYOND = "the schema may take for ever: `patternProperties` beside `unevaluatedProperties` or `$schema`"
BEYOND_HINT = "say it with `additionalProperties`"
SUFFIXES = (".jsonl", ".csv", ".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class RawCase:
    """A case as written: its data lies at `pointer` of `source`."""

    source: Source
    pointer: tuple[str | int, ...]
    data: Any
    from_csv: bool = False


def read_cases(text: str, path: str, limits: Limits) -> tuple[list[RawCase], list[Problem]]:
    """The cases of one file by its ending, and the problems of its form."""
    try:
        if path.endswith(".jsonl"):
            return _json_lines(text, path, limits)
        if path.endswith(".csv"):
            return list(_csv(text, path, limits)), []
        source = read_yaml(text, path, limits)
    except InputError as error:
        return [], list(error.problems)
    if source.data is None or source.data == []:
        return [], [source.problem((), "the file holds no cases")]
    if not isinstance(source.data, list):
        return [], [source.problem((), f"must be a list of cases, found {schema.shown(source.data)}")]
    if len(source.data) > limits.cases:
        return [], [source.problem((limits.cases,), *_too_many(limits))]
    return [RawCase(source, (index,), data) for index, data in enumerate(source.data)], []


def _too_many(limits: Limits) -> tuple[str, str]:
    return f"more than {limits.cases:,} cases in one file (`cases`)", more("cases")


def _too_long(what: str, limits: Limits) -> tuple[str, str]:
    return f"{what} holds more than {limits.cell_mb:g} MB (`cell_mb`)", more("cell_mb")


def _json_lines(text: str, path: str, limits: Limits) -> tuple[list[RawCase], list[Problem]]:
    if text.count("\n") > limits.cases:
        return [], [Problem(path, limits.cases + 1, 0, *_too_many(limits))]
    cases: list[RawCase] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        if not limits.has_room(line):
            problems.append(Problem(path, number, 0, *_too_long("the line", limits)))
            continue
        try:
            source = read_json(line, path, line=number, limits=limits)
        except InputError as error:
            problems += error.problems
            continue
        cases.append(RawCase(source, (), source.data))
    if not cases and not problems:
        problems.append(Problem(path, 0, 0, "the file holds no cases"))
    return cases, problems


def _csv(text: str, path: str, limits: Limits) -> Iterator[RawCase]:
    csv.field_size_limit(2**31 - 1)  # a cell may hold a whole document; the file fits into memory
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if not header:
            raise InputError(problems=[Problem(path, 0, 0, "the file holds no cases")])
        _check_header(path, header)
        line, rows = reader.line_num + 1, 0
        for row in reader:
            if row:
                rows += 1
                if rows > limits.cases:
                    raise InputError(problems=[Problem(path, line, 0, *_too_many(limits))])
                if rows * len(header) > limits.values:
                    raise InputError(problems=[Problem(path, line, 0, too_many(limits), more("values"))])
                yield _csv_row(path, line, header, row, limits)
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            problems=[Problem(path, reader.line_num, 0, f"not CSV: {error}", "is every quote closed?")]
        ) from None
    if not rows:
        raise InputError(problems=[Problem(path, 1, 0, "the file holds a header and no cases")])


def _check_header(path: str, header: list[str]) -> None:
    """Raise InputError where a column has no name, or that of another."""
    twice = [name for name, count in Counter(header).items() if count > 1]
    if "" in header or twice:
        message = "a column has no name" if "" in header else f"the column `{twice[0]}` stands twice"
        raise InputError(problems=[Problem(path, 1, 0, message, "name each column once in line 1")])


def _csv_row(path: str, line: int, header: list[str], row: list[str], limits: Limits) -> RawCase:
    if len(row) != len(header):
        message = f"{len(row)} cells under {len(header)} columns"
        raise InputError(
            problems=[Problem(path, line, 0, message, "put a cell that holds a comma in quotes")]
        )
    data: dict[str, Any] = dict(zip(header, row, strict=True))
    if sum(map(len, row)) * 4 > limits.cell_bytes:
        for name, cell in data.items():
            if not limits.has_room(cell):
                what = f"the cell under `{name}`"
                raise InputError(problems=[Problem(path, line, 0, *_too_long(what, limits))])
    for key in ("id", "cluster", "output", "tags"):
        if key in data and not data[key].strip():
            del data[key]
    for key in ("vars", "metadata", "messages", "context", "scorers", "quarantine"):
        if data.get(key, "").lstrip().startswith(("{", "[")):
            data[key] = read_json(data[key], path, line=line, limits=limits).data
        elif key in data and not data[key].strip():
            del data[key]
    return RawCase(Source(path, data, line=line, limits=limits), (), data, from_csv=True)


class CaseReader:
    """Makes cases of raw ones, checking each against what the prompts take."""

    def __init__(self, variables: frozenset[str], inputs: Mapping[str, Any] | None, limits: Limits) -> None:
        self.variables = variables
        self.inputs = inputs
        self.case_keys = frozenset(schema.shipped("case")["properties"])
        self.case_validator = schema.validator(schema.shipped("case"))
        self.inputs_validator = (
            None if inputs is None else schema.foreign_validator(inputs, searching(limits), limits.pattern_s)
        )
        self.properties = set((inputs or {}).get("properties", {}))

    def read(self, raw: RawCase) -> tuple[Case | None, list[Problem]]:
        """The case, or why there is none."""
        if not isinstance(raw.data, dict):
            data_shown = schema.shown(raw.data)
            return None, [raw.source.problem(raw.pointer, f"a case must be a mapping, found {data_shown}")]
        case_data = {key: value for key, value in raw.data.items() if key in self.case_keys}
        problems = [
            raw.source.problem((*raw.pointer, *pointer), message, hint, key=at_key)
            for pointer, message, hint, at_key in schema.faults(case_data, self.case_validator)
        ]
        problems = problems or _date_problems(raw, case_data)
        if problems:
            return None, problems
        bare = {key: value for key, value in raw.data.items() if key not in self.case_keys}
        if "vars" in case_data and bare:
            return None, [self._unknown(raw, key, self.case_keys) for key in bare]
        variables = case_data.get("vars", bare)
        if raw.from_csv:
            variables = self._typed(raw, variables)
        problems = self._variable_problems(raw, variables, at=("vars",) if "vars" in case_data else ())
        if problems:
            return None, problems
        return _case(raw, case_data, variables), []

    def _unknown(self, raw: RawCase, key: str, keys: frozenset[str] | set[str]) -> Problem:
        hint = did_you_mean(key, keys, noun="keys")
        if raw.from_csv:
            return Problem(raw.source.path, 1, 0, f"unknown column `{key}` beside `vars`", hint)
        return raw.source.problem((*raw.pointer, key), f"unknown key `{key}` in a case", hint, key=True)

    def _variable_problems(
        self, raw: RawCase, variables: Mapping[str, Any], at: tuple[str, ...]
    ) -> list[Problem]:
        names = self.properties | self.variables
        problems = [
            self._unknown_variable(raw, at, key, names) for key in variables if key not in names and names
        ]
        if problems:
            return problems
        if self.inputs_validator is not None:
            try:
                misfits = schema.faults(dict(variables), self.inputs_validator)
            except LimitError as error:
                return [raw.source.problem((*raw.pointer, *at), f"inputs: {error.message}", error.hint)]
            except NotLinearError:
                return [raw.source.problem((*raw.pointer, *at), f"inputs: {BEYOND}", BEYOND_HINT)]
            problems += [
                raw.source.problem((*raw.pointer, *at, *pointer), f"inputs: {message}", hint, key=at_key)
                for pointer, message, hint, at_key in misfits
            ]
        if problems:
            return problems
        given = set(variables) | ({"context"} if "context" in raw.data else set())
        required = set((self.inputs or {}).get("required", ()))
        # A variable that the schema leaves optional may be tested for in the template; without a schema
        # every variable that is read has to be there.
        missing = sorted(self.variables - given - (self.properties - required))
        return [
            raw.source.problem(raw.pointer, f"the variable `{name}`, which the prompt reads, is missing")
            for name in missing
        ]

    def _unknown_variable(self, raw: RawCase, at: tuple[str, ...], key: str, names: set[str]) -> Problem:
        missing = names - set(raw.data.get("vars", raw.data))
        hint = did_you_mean(key, (missing or names) | (set() if at else self.case_keys), noun="keys")
        if raw.from_csv and not at:
            return Problem(raw.source.path, 1, 0, f"unknown column `{key}`: no variable of the prompt", hint)
        message = f"unknown key `{key}`: no variable of the prompt"
        return raw.source.problem((*raw.pointer, *at, key), message, hint, key=True)

    def _typed(self, raw: RawCase, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Cells of a CSV are text; where the schema wants another type, the cell is read as JSON."""
        typed: dict[str, Any] = {}
        for key, value in variables.items():
            wanted = (self.inputs or {}).get("properties", {}).get(key, {}).get("type", "string")
            typed[key] = value
            if "string" not in ([wanted] if isinstance(wanted, str) else wanted):
                with suppress(InputError):  # the check against the schema says it better
                    typed[key] = read_json(value, raw.source.path, limits=raw.source.limits).data
        return typed


def _date_problems(raw: RawCase, case_data: Mapping[str, Any]) -> list[Problem]:
    """The schema says what a date looks like; only the calendar knows whether there is such a day."""
    until = (case_data.get("quarantine") or {}).get("until")
    try:
        if until is not None:
            date.fromisoformat(until)
    except ValueError:
        at = (*raw.pointer, "quarantine", "until")
        message = f"`quarantine.until` must be a day of the calendar, found {schema.shown(until)}"
        return [raw.source.problem(at, message)]
    return []


def _case(raw: RawCase, data: Mapping[str, Any], variables: Mapping[str, Any]) -> Case:
    output = data.get("output")
    if output is not None and not isinstance(output, str):
        output = canonical_json(output)
    context = data.get("context", ())
    tags = data.get("tags", ())
    identity = {"vars": variables, "expected": data.get("expected"), "messages": data.get("messages", [])}
    return Case(
        id=str(data["id"]) if "id" in data else f"case-{content_hash(identity)[:10]}",
        vars=variables,
        source=raw.source,
        pointer=raw.pointer,
        expected=data.get("expected"),
        has_expected="expected" in data,
        tags=tuple(part for part in re.split(r"[;,\s]+", tags) if part)
        if isinstance(tags, str)
        else tuple(tags),
        cluster=str(data["cluster"]) if "cluster" in data else None,
        scorers=tuple(data.get("scorers", ())),
        messages=tuple(data.get("messages", ())),
        context=(context,) if isinstance(context, str) else tuple(context),
        output=output,
        metadata=data.get("metadata", {}),
        quarantine=_quarantine(data),
        has_id="id" in data,
    )


def _quarantine(data: Mapping[str, Any]) -> Quarantine | None:
    given = data.get("quarantine")
    return None if given is None else Quarantine(given["reason"].strip(), date.fromisoformat(given["until"]))
