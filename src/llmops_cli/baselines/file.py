"""The baseline file: JSON Lines, a header and then one case a line, sorted by id, byte-stable."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.fault import Fault, FaultKind, few
from llmops_cli.baselines.pieces import pieces, without_collection
from llmops_cli.baselines.places import (
    RESTORE,
    baseline_places,
    require_own,
    stored_place,
    under_present_ids,
)
from llmops_cli.baselines.soundness import are_sound, case_faults, header_faults
from llmops_cli.compare.scores import CaseScores, Scores
from llmops_cli.core import schema
from llmops_cli.core.canonical import HASH_LENGTH, text_hash
from llmops_cli.core.errors import InputError
from llmops_cli.core.files import write_text
from llmops_cli.core.problem import Problem
from llmops_cli.core.source import read_json
from llmops_cli.evals.origin import Origin
from llmops_cli.evals.scorer_version import ScorerVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from llmops_cli.core.project import Project
    from llmops_cli.evals.suite import Subject, Suite

KIND = "llmops-baseline"
SCHEMA = 3
WITHOUT_CALLS = 2
"""What is written where no answer called a tool: the form of a file without tool calls has not changed."""
DIGESTED = (2, 3)
"""Schemas whose header has a digest."""


def to_text(baseline: Scores) -> str:
    """The file's text. The same baseline always gives the same bytes."""
    header: dict[str, Any] = {
        "kind": KIND,
        "schema": SCHEMA if _call_tools(baseline.cases) else WITHOUT_CALLS,
        "suite": baseline.suite,
        "prompt": baseline.prompt,
        "fingerprint": baseline.fingerprint,
        "parts": dict(baseline.parts),
        "messages": [dict(message) for message in baseline.messages],
        "includes": dict(sorted(baseline.includes.items())),
        "model": baseline.model,
        "resolved": list(baseline.resolved),
        "params": dict(sorted(baseline.params.items())),
        "cases": {"count": len(baseline.cases), "hash": baseline.cases_hash},
        "scorers": dict(sorted(baseline.scorers.items())),
        "judges": {metric: dict(judge) for metric, judge in sorted(baseline.judges.items())},
        **_scored_by(baseline),
        "repeats": baseline.repeats,
        "metrics": dict(sorted(baseline.metrics.items())),
        "accepted": dict(sorted(baseline.accepted.items(), key=_acceptance_order)),
    }
    lines = [_line(_case_json(baseline.cases[key])) for key in sorted(baseline.cases)]
    header["digest"] = _digest(header, ["\n".join(lines)] if lines else [])
    return "\n".join([_line(header), *lines]) + "\n"


def with_more_cases(text: str, baseline: Scores, more: Iterable[CaseScores]) -> str:
    """The text of a baseline's file with the lines of more cases; every other line stays as it is.

    Of the header only what counts and sums up the cases is another, and the digest.
    """
    end = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    first, *lines = text.strip("\r\n").replace("\r", "").split("\n")
    header = json.loads(first)
    by_id = {json.loads(line)["id"]: line for line in lines if line.strip()}
    stored = {id_: _case_from_json(json.loads(line)) for id_, line in by_id.items()}
    more = list(more)
    whole = replace(baseline, cases={**stored, **{case.id: case for case in more}})
    by_id |= {case.id: _line(_case_json(case)) for case in more}
    header["cases"] = {"count": len(whole.cases), "hash": whole.cases_hash}
    header["metrics"] = dict(sorted(whole.metrics.items()))
    if header["schema"] == WITHOUT_CALLS and _call_tools(whole.cases):
        header["schema"] = SCHEMA
    lines = [by_id[id_] for id_ in sorted(by_id)]
    if header["schema"] in DIGESTED:
        header["digest"] = _digest(header, ["\n".join(lines)])
    return end.join([_line(header), *lines]) + end


def accepted_in(text: str) -> Mapping[str, Any]:
    """Who accepted a baseline and what, by its first line alone; nothing where that is no sound header."""
    try:
        header = read_json(text.partition("\n")[0].lstrip("\ufeff"), "").data
        accepted = header["accepted"] if not any(header_faults(header)) else {}
    except (InputError, KeyError, TypeError, AttributeError):
        return {}
    return dict(accepted)


def with_accepted(text: str, accepted: Mapping[str, Any]) -> str:
    """The text of a baseline's file with another acceptance; the lines of cases stay as they are."""
    end = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    first, _, rest = text.replace("\r", "").partition("\n")
    header = json.loads(first)
    header["accepted"] = dict(sorted(accepted.items(), key=_acceptance_order))
    if header["schema"] in DIGESTED:
        header["digest"] = _digest(header, pieces(rest))
    return f"{_line(header)}\n{rest}".replace("\n", end)


def _call_tools(cases: Mapping[str, CaseScores]) -> bool:
    """Whether an answer calls tools: then older readers would take the file for an edited one."""
    return any(case.tool_calls for case in cases.values())


def _scored_by(baseline: Scores) -> dict[str, Any]:
    """The llmops that scored, scorers whose version is not their first, prices: each where it is known."""
    versions = {metric: version.to_json() for metric, version in sorted(baseline.scorer_versions.items())}
    prices = {model: dict(price) for model, price in sorted(baseline.prices.items())}
    found = {"scorer_versions": versions, "llmops": baseline.llmops, "prices": prices}
    return {key: value for key, value in found.items() if value}


ACCEPTANCE = ("by", "reason", "verdict", "previous", "approved_by", "rescored", "deciders", "approvals")


def _acceptance_order(item: tuple[str, Any]) -> tuple[int, str]:
    """As people read it, and always the same."""
    key = item[0]
    return ACCEPTANCE.index(key) if key in ACCEPTANCE else len(ACCEPTANCE), key


def _line(value: Mapping[str, Any]) -> str:
    # Lone surrogates, which a model can produce and UTF-8 cannot hold, are escaped.
    text = _encode(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def _digest(header: Mapping[str, Any], parts: Iterable[str]) -> str:
    """Hash of everything in the file but itself: the header's line, then the other lines in `parts`."""
    rest = {key: value for key, value in header.items() if key != "digest"}
    digest = hashlib.sha256(_line(rest).encode("utf-8", "surrogatepass"))
    for part in parts:
        digest.update(b"\n")
        digest.update(part.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:HASH_LENGTH]


def _case_json(case: CaseScores) -> dict[str, Any]:
    data: dict[str, Any] = {"id": case.id, "inputs": case.inputs}
    if case.with_metadata:
        data["with_metadata"] = case.with_metadata
    if case.tags_hash is not None:
        data["tags"] = case.tags_hash
    if case.origin is not None:
        data["origin"] = case.origin.to_json()
    if case.cluster is not None:
        data["cluster"] = case.cluster
    data["scores"] = {metric: list(values) for metric, values in sorted(case.scores.items())}
    data["hashes"] = list(case.hashes)
    if any(output is not None for output in case.outputs):
        data["outputs"] = list(case.outputs)
    if case.tool_calls:
        data["tool_calls"] = [[dict(call) for call in calls] for calls in case.tool_calls]
    for key in ("input_tokens", "output_tokens", "cost_usd", "latency_s"):
        value = getattr(case, key)
        if value is not None:
            data[key] = value
    return data


def from_text(text: str, path: str) -> Scores:
    """Read what `to_text`, now or an older one, wrote. Raises InputError with the line of each fault."""
    baseline, problems = _read(text, path)
    if problems:
        raise InputError(problems=problems)
    return baseline


def _read(text: str, path: str) -> tuple[Scores, list[Problem]]:
    """The baseline and every sign that it is not as it was written. Raises InputError for no baseline."""
    return _intact(text) or examined(text, path)


def _intact(text: str) -> tuple[Scores, list[Problem]] | None:
    """A file with a right digest and sound lines; None for every other one, also for one without a digest.

    Anybody can make a digest anew, so it says nothing about what the lines hold.
    """
    first, _, rest = text.replace("\r", "").lstrip("\n").partition("\n")
    try:
        header = read_json(first, "").data
        if header["schema"] not in DIGESTED or header["digest"] != _digest(header, pieces(rest)):
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
                cases.update([(data["id"], _case_from_json(data)) for data in rows])
                count += len(rows)
        if not count == len(cases) == header["cases"]["count"]:
            return None
        if header["schema"] < SCHEMA and _call_tools(cases):
            return None
        return _from_header(header, cases), []
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
    if faults:
        raise InputError(problems=_problems(faults, path))
    cases: dict[str, CaseScores] = {}
    for number, data in lines[1:]:
        case = _case_from_json(data)
        faults += [fault.at(number) for fault in _edited_case(case)]
        if case.id in cases:
            faults.append(Fault(FaultKind.TWICE, f"the case `{case.id}` stands twice", number))
        cases[case.id] = case
    baseline = _from_header(header, cases)
    faults += _edited_header(header, baseline)
    if not faults and header["schema"] in DIGESTED and _intact(text) is None:
        message = "the digest is not that of the file: it was edited by hand"
        faults.append(Fault(FaultKind.DIGEST, message))
    return baseline, _problems(faults, path)


def _problems(faults: Iterable[Fault], path: str) -> list[Problem]:
    return [
        Problem(path, fault.line, fault.column, fault.message, fault.hint or RESTORE) for fault in few(faults)
    ]


def _edited_case(case: CaseScores) -> Iterator[Fault]:
    texts = zip(case.as_texts().outputs, case.hashes, strict=True)
    if any(text is not None and text_hash(text) != key for text, key in texts):
        yield Fault(FaultKind.OUTPUT_HASH, "an output is not the one its hash was made of")


def _edited_header(header: Mapping[str, Any], baseline: Scores) -> Iterator[Fault]:
    count, inputs = header["cases"]["count"], header["cases"]["hash"]
    if header["schema"] < SCHEMA and _call_tools(baseline.cases):
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
    if faults:
        raise InputError(problems=_problems(faults, path))
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


def _from_header(header: Mapping[str, Any], cases: Mapping[str, CaseScores]) -> Scores:
    """A header of any schema. The first had no text of the prompt, no judges and no digest."""
    return Scores(
        suite=header["suite"],
        prompt=header["prompt"],
        fingerprint=header["fingerprint"],
        parts=dict(header["parts"]),
        model=header["model"],
        resolved=tuple(header["resolved"]),
        params=dict(header["params"]),
        scorers=dict(header["scorers"]),
        repeats=header["repeats"],
        cases=cases,
        messages=tuple(header.get("messages", ())),
        includes=dict(header.get("includes", {})),
        judges={metric: dict(judge) for metric, judge in header.get("judges", {}).items()},
        accepted=dict(header["accepted"]),
        scorer_versions={
            metric: ScorerVersion.from_json(version)
            for metric, version in header.get("scorer_versions", {}).items()
        },
        llmops=header.get("llmops", ""),
        prices={model: dict(price) for model, price in header.get("prices", {}).items()},
    )


def case_of(data: dict[str, Any]) -> CaseScores | None:
    """The case in a line of a baseline of any schema; None where the line is not sound."""
    try:
        return _case_from_json(data) if are_sound([data]) else None
    except (KeyError, TypeError, AttributeError):
        return None


def _case_from_json(data: Mapping[str, Any]) -> CaseScores:
    hashes = tuple(data["hashes"])
    get = data.get
    return CaseScores(
        data["id"],
        data["inputs"],
        {metric: tuple(map(float, values)) for metric, values in data["scores"].items()},
        hashes,
        tuple(data["outputs"]) if "outputs" in data else (None,) * len(hashes),
        get("cluster"),
        get("input_tokens"),
        get("output_tokens"),
        get("cost_usd"),
        get("latency_s"),
        tuple(map(tuple, data["tool_calls"])) if "tool_calls" in data else (),
        get("with_metadata", ""),
        get("tags"),
        Origin.from_json(data["origin"]) if "origin" in data else None,
    )


def in_present_form(old: Scores, now: Scores) -> Scores:
    """A baseline as this llmops would write it: what its older form could not say is taken from `now`."""
    if not old.messages:  # the first schema
        old = replace(old, messages=now.messages, includes=now.includes, judges=now.judges)
    present = {
        key: _in_present_form(old.cases[key], case) for key, case in now.cases.items() if key in old.cases
    }
    return replace(old, cases={**old.cases, **present})


def _in_present_form(old: CaseScores, now: CaseScores) -> CaseScores:
    if now.tool_calls and old.outputs == now.as_texts().outputs:
        old = replace(old, outputs=now.outputs, tool_calls=now.tool_calls)
    if not old.with_metadata and old.inputs == now.with_metadata:
        old = replace(old, inputs=now.inputs, with_metadata=now.with_metadata)
    if old.inputs == now.inputs and old.tags_hash is None:
        old = replace(old, tags_hash=now.tags_hash)
    if old.inputs == now.inputs:  # a case that was moved in its file is the same
        old = replace(old, origin=now.origin)
    return old


def load(project: Project, subject: Subject) -> Scores | None:
    """The committed baseline of a subject, or None. Raises InputError for a broken or a foreign one."""
    shown = stored_place(project, subject)
    return own(subject, project.tree.read(shown), shown) if shown else None


def stored_text(project: Project, subject: Subject) -> str:
    """The committed baseline of a subject as its file says it, with our line ends; "" where there is none."""
    shown = stored_place(project, subject)
    return project.tree.read(shown).replace("\r\n", "\n") if shown else ""


def own(subject: Subject, text: str, shown: str) -> Scores:
    """The baseline in a text, if it is the subject's. Raises InputError for a broken or a foreign one."""
    baseline, problems = _read(text, shown)
    baseline = under_present_ids(baseline, subject)
    require_own(baseline, subject, shown)
    if problems:
        raise InputError(problems=problems)
    return baseline


def save(project: Project, subject: Subject, baseline: Scores) -> Path:
    """Write the baseline of a subject. Raises StorageError; a half-written file is never left.

    One that lay under ids from before is gone then.
    """
    path, *earlier = baseline_places(project, subject)
    write_text(path, to_text(baseline))
    for place in earlier:
        place.unlink(missing_ok=True)
    return path


def load_all(project: Project, suites: Iterable[Suite]) -> dict[str, Scores]:
    """The baselines of some suites by path; subjects without one are left out. Raises InputError."""
    baselines: dict[str, Scores] = {}
    for suite in suites:
        for subject in suite.subjects:
            baseline = load(project, subject)
            if baseline is not None:
                baselines[stored_place(project, subject)] = baseline
    return baselines
