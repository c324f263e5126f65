"""Whether the lines of cases hold what they should: a right digest alone says nothing about it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.fault import Fault, FaultKind
from llmops_cli.baselines.shapes import MOST_AMOUNT, NUMBERS, is_names, is_number, is_texts
from llmops_cli.compare.scores import AMOUNTS
from llmops_cli.core.schema import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_LISTS: frozenset[type] = frozenset({list})
_STRINGS: frozenset[type] = frozenset({str})
_OUTPUTS: frozenset[type] = frozenset({str, type(None)})
_CASE_KEYS = ("id", "inputs", "scores", "hashes")
_OPTIONAL_TEXTS = ("cluster", "with_metadata", "tags")
_RARE = frozenset({*_OPTIONAL_TEXTS, "origin"})
"""Keys of a case that few have."""


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
    return _all_are(NUMBERS, numbers) and min(numbers, default=0) >= 0 and max(numbers, default=0) <= most


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
    if not is_texts(hashes) or not hashes:
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
        if name in data and not is_number(data[name], MOST_AMOUNT):
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
        elif wrong := [value for value in values if not is_number(value, 1)]:
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


def _is_origin(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and is_names(value.get("fields"))
        and isinstance(value.get("place"), str)
        and isinstance(value.get("words", ""), str)
    )
