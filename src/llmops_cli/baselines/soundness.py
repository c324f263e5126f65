"""Whether the lines of a baseline file hold what they should: a right digest alone says nothing about it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.fault import Fault, FaultKind
from llmops_cli.compare.scores import AMOUNTS
from llmops_cli.core.schema import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MOST_REPEATS = 1000
"""As many as a suite may ask for."""
MOST_AMOUNT = 1e12
"""Tokens, dollars and seconds of one answer: more is no measurement, and sums of it overflow."""
_NUMBERS: frozenset[type] = frozenset({int, float})
_LISTS: frozenset[type] = frozenset({list})
_STRINGS: frozenset[type] = frozenset({str})
_OUTPUTS: frozenset[type] = frozenset({str, type(None)})
_CASE_KEYS = ("id", "inputs", "scores", "hashes")
_OPTIONAL_TEXTS = ("cluster", "with_metadata", "tags")
_RARE = frozenset({*_OPTIONAL_TEXTS, "origin"})
"""Keys of a case that few have."""
_TEXTS = ("suite", "prompt", "fingerprint", "model")


def are_sound(rows: list[dict[str, Any]]) -> bool:
    """Whether case lines without NaN and infinity can be read. It names no fault.

    All lines of a piece of a large file are looked at together: that takes a third of the time. Raises
    KeyError, TypeError or AttributeError for some of what is not sound.
    """
    hashes = [row["hashes"] for row in rows]
    scores = [row["scores"] for row in rows]
    values = list(chain.from_iterable(map(dict.values, scores)))
    names = [row["id"] for row in rows] + [row["inputs"] for row in rows]
    return (
        _all_are(_LISTS, hashes)
        and all(hashes)
        and _all_are(_LISTS, values)
        and all(values)
        and _all_are(_STRINGS, chain(names, chain.from_iterable(hashes)))
        and _lie_between(chain.from_iterable(values), 1)
        and (set(map(len, values)) <= {1} or all(map(_has_hashes, hashes, scores)))
        and _rest_sound(rows)
    )


def _rest_sound(rows: list[dict[str, Any]]) -> bool:
    """Whether the keys that a case need not have are sound."""
    kept = [(row["outputs"], row["hashes"]) for row in rows if "outputs" in row]
    outputs = [output for output, _ in kept]
    calling = [row for row in rows if "tool_calls" in row]
    return (
        _all_are(_LISTS, outputs)
        and _all_are(_OUTPUTS, chain.from_iterable(outputs))
        and all(len(output) == len(hashes) for output, hashes in kept)
        and not any(fault for row in calling for fault in _call_faults(row, len(row["hashes"])))
        and not any(fault for row in rows if not _RARE.isdisjoint(row) for fault in _text_faults(row))
        and all(_lie_between([row[name] for row in rows if name in row], MOST_AMOUNT) for name in AMOUNTS)
    )


def _all_are(kinds: frozenset[type], values: Iterable[Any]) -> bool:
    return kinds.issuperset(map(type, values))


def _lie_between(values: Iterable[Any], most: float) -> bool:
    numbers = list(values)
    return _all_are(_NUMBERS, numbers) and min(numbers, default=0) >= 0 and max(numbers, default=0) <= most


def _has_hashes(hashes: list[Any], scores: dict[str, list[Any]]) -> bool:
    return all(len(values) <= len(hashes) for values in scores.values())


def case_faults(data: Any) -> Iterator[Fault]:
    """What is wrong with a case line: nothing where `are_sound`."""
    if not isinstance(data, dict):
        yield Fault(FaultKind.NO_CASE, f"a case has to be a mapping, found {shown(data)}")
        return
    missing = [key for key in _CASE_KEYS if key not in data]
    if missing:
        yield Fault(FaultKind.KEYS, f"a case without {', '.join(f'`{key}`' for key in missing)}")
        return
    yield from _text_faults(data)
    hashes = data["hashes"]
    if not _is_texts(hashes) or not hashes:
        yield Fault(
            FaultKind.HASHES, f"`hashes` has to be a list with the hash of each answer, found {shown(hashes)}"
        )
        return
    yield from _score_faults(data["scores"], len(hashes))
    if "outputs" in data:
        yield from _output_faults(data["outputs"], len(hashes))
    if "tool_calls" in data:
        yield from _call_faults(data, len(hashes))
    for name in AMOUNTS:
        if name in data and not _is_number(data[name], MOST_AMOUNT):
            yield Fault(
                FaultKind.AMOUNT, f"`{name}` has to be a number, 0 or more, found {shown(data[name])}"
            )


def _text_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    for name in ("id", "inputs", *(key for key in _OPTIONAL_TEXTS if key in data)):
        if not isinstance(data[name], str):
            yield Fault(FaultKind.TEXT, f"`{name}` has to be text, found {shown(data[name])}")
    if "origin" in data and not _is_origin(data["origin"]):
        wanted = "a mapping with `fields` and `place`"
        yield Fault(FaultKind.ORIGIN, f"`origin` has to be {wanted}, found {shown(data['origin'])}")


def _score_faults(scores: Any, answers: int) -> Iterator[Fault]:
    if not isinstance(scores, dict):
        yield Fault(
            FaultKind.SCORES, f"`scores` has to be a mapping of metrics to lists, found {shown(scores)}"
        )
        return
    for metric, values in scores.items():
        if not isinstance(values, list) or not values:
            yield Fault(
                FaultKind.SCORE_LIST,
                f"`scores.{metric}` has to be a list with a score for each answer, found {shown(values)}",
            )
        elif len(values) > answers:
            yield Fault(
                FaultKind.SCORE_COUNT,
                f"`scores.{metric}` has {len(values)} scores, and there are hashes of {answers}",
            )
        elif wrong := [value for value in values if not _is_number(value, 1)]:
            yield Fault(
                FaultKind.SCORE, f"a score lies between 0 and 1: `scores.{metric}` has {shown(wrong[0])}"
            )


def _output_faults(outputs: Any, answers: int) -> Iterator[Fault]:
    if not isinstance(outputs, list) or any(not isinstance(text, str | None) for text in outputs):
        yield Fault(FaultKind.OUTPUTS, f"`outputs` has to be a list of texts, found {shown(outputs)}")
    elif len(outputs) != answers:
        yield Fault(
            FaultKind.OUTPUT_COUNT, f"`outputs` has {len(outputs)} answers, and there are hashes of {answers}"
        )


def _call_faults(data: Mapping[str, Any], answers: int) -> Iterator[Fault]:
    calls = data["tool_calls"]
    if not isinstance(calls, list) or not all(map(_is_calls, calls)):
        wanted = "a list with the tool calls of each answer"
        yield Fault(FaultKind.TOOL_CALLS, f"`tool_calls` has to be {wanted}, found {shown(calls)}")
    elif "outputs" not in data:
        yield Fault(FaultKind.TOOL_CALLS, "`tool_calls` without `outputs`")
    elif len(calls) != answers:
        counted = f"`tool_calls` is about {len(calls)} answers, and there are hashes of {answers}"
        yield Fault(FaultKind.TOOL_CALLS, counted)


def _is_calls(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(call, dict) for call in value)


def header_faults(header: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with a header whose kind and schema are known to be right.

    By hand: the library for JSON Schemas takes longer to import than a large file takes to read.
    """
    for name in _TEXTS:
        if not isinstance(header.get(name), str):
            yield Fault(FaultKind.HEADER, f"`{name}` has to be text, found {_found(header, name)}")
    for name, (fits, wanted) in _HEADER.items():
        optional = name in _OPTIONAL and name not in header
        if not optional and not fits(header.get(name)):
            yield Fault(FaultKind.HEADER, f"`{name}` has to be {wanted}, found {_found(header, name)}")
    yield from _accepted_faults(header.get("accepted"))


def _found(header: Mapping[str, Any], name: str) -> str:
    return shown(header[name]) if name in header else "nothing"


def _accepted_faults(accepted: Any) -> Iterator[Fault]:
    if not isinstance(accepted, dict):
        yield Fault(FaultKind.HEADER, f"`accepted` has to be a mapping, found {shown(accepted)}")
        return
    for name in ("by", "reason", "verdict"):
        if name in accepted and not isinstance(accepted[name], str):
            yield Fault(FaultKind.HEADER, f"`accepted.{name}` has to be text, found {shown(accepted[name])}")
    if not _is_scores(accepted.get("previous", {})):
        yield Fault(
            FaultKind.HEADER,
            f"`accepted.previous` has to hold scores from 0 to 1, found {shown(accepted['previous'])}",
        )
    for name in ("approved_by", "rescored"):
        if not _is_texts(accepted.get(name, [])):
            yield Fault(
                FaultKind.HEADER,
                f"`accepted.{name}` has to be a list of names, found {shown(accepted[name])}",
            )

    if not _is_names(accepted.get("deciders", {})):
        wanted = "a mapping of names to hashes"
        yield Fault(
            FaultKind.HEADER,
            f"`accepted.deciders` has to be {wanted}, found {shown(accepted['deciders'])}",
        )
    if not _is_approvals(accepted.get("approvals", {})):
        wanted = "a mapping of names to lists of `by`, `reason` and `at`"
        yield Fault(
            FaultKind.HEADER,
            f"`accepted.approvals` has to be {wanted}, found {shown(accepted['approvals'])}",
        )


def _is_approvals(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(rows, list) and all(_is_names(row) and row.keys() == _APPROVAL for row in rows)
        for rows in value.values()
    )


_APPROVAL = {"by", "reason", "at"}


def _is_number(value: Any, most: float) -> bool:
    """Whether it is a number from 0 to `most`; NaN lies nowhere."""
    return type(value) in _NUMBERS and 0 <= value <= most


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_names(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _is_origin(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _is_names(value.get("fields"))
        and isinstance(value.get("place"), str)
        and isinstance(value.get("words", ""), str)
    )


def _is_scores(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_number(item, 1) for item in value.values())


def _is_messages(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and isinstance(item.get("role"), str) and _is_content(item.get("content"))
        for item in value
    )


def _is_content(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(part, dict) for part in value)
    )


def _is_cases(value: Any) -> bool:
    return isinstance(value, dict) and type(value.get("count")) is int and isinstance(value.get("hash"), str)


def _is_judges(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(judge, dict)
        and isinstance(judge.get("model"), str)
        and _is_texts(judge.get("resolved"))
        and "noise" in judge
        and (judge["noise"] is None or _is_number(judge["noise"], 1))
        for judge in value.values()
    )


def _is_versions(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(entry, dict)
        and type(entry.get("version")) is int
        and entry["version"] > 1
        and all(isinstance(entry.get(name), str) for name in ("scorer", "since"))
        and isinstance(entry.get("without", ""), str)
        for entry in value.values()
    )


def _is_prices(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_price, value.values()))


def _is_price(value: Any) -> bool:
    if not isinstance(value, dict) or not {"input_per_million", "output_per_million"} <= value.keys():
        return False
    rates = [rate for name, rate in value.items() if name != "date"]
    return all(_is_number(rate, MOST_AMOUNT) for rate in rates) and isinstance(value.get("date", ""), str)


def _is_repeats(value: Any) -> bool:
    return type(value) is int and 1 <= value <= MOST_REPEATS


_HEADER: dict[str, tuple[Callable[[Any], bool], str]] = {
    "parts": (_is_names, "a mapping of names to hashes"),
    "messages": (_is_messages, "a list of messages with `role` and `content`"),
    "includes": (_is_names, "a mapping of files to texts"),
    "resolved": (_is_texts, "a list of texts"),
    "params": (lambda value: isinstance(value, dict), "a mapping"),
    "cases": (_is_cases, "a mapping with `count` and `hash`"),
    "scorers": (_is_names, "a mapping of metrics to hashes"),
    "judges": (_is_judges, "a mapping of metrics to `model`, `resolved` and `noise`"),
    "scorer_versions": (_is_versions, "a mapping of metrics to `scorer`, `version` and `since`"),
    "llmops": (lambda value: isinstance(value, str), "text"),
    "prices": (_is_prices, "a mapping of models to `input_per_million` and `output_per_million`"),
    "repeats": (_is_repeats, f"a whole number from 1 to {MOST_REPEATS}"),
    "metrics": (_is_scores, "a mapping of metrics to numbers from 0 to 1"),
}
_OPTIONAL = ("messages", "includes", "judges", "llmops", "scorer_versions", "prices")
"""What older files do not have, and what a file leaves out where there is nothing to say."""
