"""The text of a baseline file as a baseline, and every sign that it is not as it was written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.case_line import case_from_json
from llmops_cli.baselines.case_soundness import are_sound, case_faults
from llmops_cli.baselines.fault import RESTORE, Fault, FaultKind, as_problems
from llmops_cli.baselines.form import DIGESTED, KIND, SCHEMA, call_tools, digest_of
from llmops_cli.baselines.header_line import from_header
from llmops_cli.baselines.header_soundness import header_faults
from llmops_cli.baselines.pieces import pieces, without_collection
from llmops_cli.core import schema
from llmops_cli.core.canonical import text_hash
from llmops_cli.core.errors import InputError
from llmops_cli.core.problem import Problem
from llmops_cli.core.source import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmops_cli.compare.scores import CaseScores, Scores


MOST_FAULTS = 1000
"""Faults after which a file is read no further."""


def from_text(text: str, path: str) -> Scores:
    """Read what `to_text`, now or an older one, wrote. Raises InputError with the line of each fault."""
    baseline, problems = read(text, path)
    if problems:
        raise InputError(problems=problems)
    return baseline


def accepted_in(text: str) -> Mapping[str, Any]:
    """Who accepted a baseline and what, by its first line alone; nothing where that is no sound header."""
    try:
        header = read_json(text.partition("\n")[0].lstrip("\ufeff"), "").data
        accepted = header["accepted"] if not any(header_faults(header)) else {}
    except (InputError, KeyError, TypeError, AttributeError):
        return {}
    return dict(accepted)


def read(text: str, path: str) -> tuple[Scores, list[Problem]]:
    """The baseline and every sign that it is not as it was written. Raises InputError for no baseline."""
    return _intact(text) or examined(text, path)


def _intact(text: str) -> tuple[Scores, list[Problem]] | None:
    """A file with a right digest and sound lines; None for every other one, also for one without a digest.

    Anybody can make a digest anew, so it says nothing about what the lines hold.
    """
    first, _, rest = text.replace("\r", "").lstrip("\n").partition("\n")
    try:
        header = read_json(first, "").data
        if header["schema"] not in DIGESTED or header["digest"] != digest_of(header, pieces(rest)):
            return None
        if any(header_faults(header)):
            return None
        cases: dict[str, CaseScores] = {}
        count = 0
        with without_collection():
            for piece in pieces(rest):
                rows = _decode("[" + piece.replace("\n", ",") + "]")
                if not are_sound(rows):
                    return None
                cases.update([(data["id"], case_from_json(data)) for data in rows])
                count += len(rows)
        if not count == len(cases) == header["cases"]["count"]:
            return None
        if header["schema"] < SCHEMA and call_tools(cases):
            return None
        return from_header(header, cases), []
    except (InputError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


_decode = json.JSONDecoder(parse_constant=_refuse).decode


def examined(text: str, path: str) -> tuple[Scores, list[Problem]]:
    """The baseline and every sign that it is not as it was written, also where its digest is right.

    Raises InputError with the line of each fault when it is no baseline.
    """
    lines = _parsed(text, path)
    header = _header(lines[0][1] if lines else None, path)
    faults = [fault.at(lines[0][0]) for fault in header_faults(header)]
    for number, data in lines[1:]:
        faults += [fault.at(number) for fault in case_faults(data)]
        if len(faults) > MOST_FAULTS:
            break
    if faults:
        raise InputError(problems=as_problems(faults, path))
    cases: dict[str, CaseScores] = {}
    for number, data in lines[1:]:
        case = case_from_json(data)
        faults += [fault.at(number) for fault in _edited_case(case)]
        if case.id in cases:
            faults.append(Fault(FaultKind.TWICE, f"the case `{case.id}` stands twice", number))
        cases[case.id] = case
    baseline = from_header(header, cases)
    faults += _edited_header(header, baseline)
    if not faults and header["schema"] in DIGESTED and _intact(text) is None:
        message = "the digest is not that of the file: it was edited by hand"
        faults.append(Fault(FaultKind.DIGEST, message))
    return baseline, as_problems(faults, path)


def _edited_case(case: CaseScores) -> Iterator[Fault]:
    texts = zip(case.as_texts().outputs, case.hashes, strict=True)
    if any(text is not None and text_hash(text) != key for text, key in texts):
        yield Fault(FaultKind.OUTPUT_HASH, "an output is not the one its hash was made of")


def _edited_header(header: Mapping[str, Any], baseline: Scores) -> Iterator[Fault]:
    count, inputs = header["cases"]["count"], header["cases"]["hash"]
    if header["schema"] < SCHEMA and call_tools(baseline.cases):
        message = f"a case has tool calls, which schema {header['schema']} does not know: edited?"
        yield Fault(FaultKind.SCHEMA, message)
    if count != len(baseline.cases):
        message = f"the header counts {count} cases and the file holds {len(baseline.cases)}"
        yield Fault(FaultKind.COUNT, f"{message}: it was cut or edited")
    elif inputs != baseline.cases_hash:
        yield Fault(FaultKind.INPUTS, "ids or inputs are not those of the header")
    elif header["metrics"] != baseline.metrics:
        yield Fault(FaultKind.METRICS, "the header's metrics are not those of the cases: edited?")


def _parsed(text: str, path: str) -> list[tuple[int, Any]]:
    faults: list[Fault] = []
    parsed: list[tuple[int, Any]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            parsed.append((number, read_json(line, path, line=number).data))
        except InputError as error:
            faults += [
                Fault(FaultKind.JSON, problem.message, problem.line, problem.column, problem.hint)
                for problem in error.problems
            ]
            if len(faults) > MOST_FAULTS:
                break
    if faults:
        raise InputError(problems=as_problems(faults, path))
    return parsed


def _header(data: Any, path: str) -> dict[str, Any]:
    if not isinstance(data, dict) or data.get("kind") != KIND:
        raise InputError(
            problems=[Problem(path, 1, 1, "not a baseline file: line 1 is not its header", RESTORE)]
        )
    version = data.get("schema")
    if isinstance(version, bool) or version not in range(1, SCHEMA + 1):
        message = f"the baseline's schema must be {SCHEMA} or lower, found {schema.shown(version)}"
        hint = "upgrade llmops: a newer one wrote this file"
        raise InputError(problems=[Problem(path, 1, 0, message, hint)])
    return data
