"""Whether the header of a baseline file holds what it should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.fault import Fault, FaultKind
from llmops_cli.baselines.looks import LOOKED
from llmops_cli.baselines.shapes import MOST_AMOUNT, is_names, is_number, is_scores, is_texts
from llmops_cli.core.schema import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MOST_REPEATS = 1000
"""As many as a suite may ask for."""
_TEXTS = ("suite", "prompt", "fingerprint", "model")


def header_faults(header: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with a header whose kind and schema are known to be right."""
    for name in _TEXTS:
        if not isinstance(header.get(name), str):
            yield Fault(FaultKind.HEADER, f"`{name}` has to be text, found {_shown_value(header, name)}")
    for name, (fits, wanted) in _HEADER.items():
        optional = name in _OPTIONAL and name not in header
        if not optional and not fits(header.get(name)):
            yield Fault(FaultKind.HEADER, f"`{name}` has to be {wanted}, found {_shown_value(header, name)}")
    yield from _accepted_faults(header.get("accepted"))


def _shown_value(header: Mapping[str, Any], name: str) -> str:
    return shown(header[name]) if name in header else "nothing"


def _accepted_faults(accepted: Any) -> Iterator[Fault]:
    if not isinstance(accepted, dict):
        yield Fault(FaultKind.HEADER, f"`accepted` has to be a mapping, found {shown(accepted)}")
        return
    for name in ("by", "reason", "verdict"):
        if name in accepted and not isinstance(accepted[name], str):
            yield Fault(FaultKind.HEADER, f"`accepted.{name}` has to be text, found {shown(accepted[name])}")
    if not is_scores(accepted.get("previous", {})):
        yield Fault(
            FaultKind.HEADER,
            f"`accepted.previous` has to hold scores from 0 to 1, found {shown(accepted['previous'])}",
        )
    looked = accepted.get(LOOKED, 1)
    if type(looked) is not int or looked < 1:
        message = f"`accepted.{LOOKED}` has to be a whole number from 1 on, found {shown(looked)}"
        yield Fault(FaultKind.HEADER, message)
    for name in ("approved_by", "rescored"):
        if not is_texts(accepted.get(name, [])):
            yield Fault(
                FaultKind.HEADER,
                f"`accepted.{name}` has to be a list of names, found {shown(accepted[name])}",
            )
    for name, (fits, wanted) in _APPROVALS.items():
        if not fits(accepted.get(name, {})):
            message = f"`accepted.{name}` has to be {wanted}, found {shown(accepted[name])}"
            yield Fault(FaultKind.HEADER, message)


def _is_approvals(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(rows, list) and all(is_names(row) and row.keys() == {"by", "reason", "at"} for row in rows)
        for rows in value.values()
    )


_APPROVALS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "deciders": (is_names, "a mapping of names to hashes"),
    "approvals": (_is_approvals, "a mapping of names to lists of `by`, `reason` and `at`"),
}


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
        and is_texts(judge.get("resolved"))
        and "noise" in judge
        and (judge["noise"] is None or is_number(judge["noise"], 1))
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
    return all(is_number(rate, MOST_AMOUNT) for rate in rates) and isinstance(value.get("date", ""), str)


def _is_repeats(value: Any) -> bool:
    return type(value) is int and 1 <= value <= MOST_REPEATS


_HEADER: dict[str, tuple[Callable[[Any], bool], str]] = {
    "parts": (is_names, "a mapping of names to hashes"),
    "messages": (_is_messages, "a list of messages with `role` and `content`"),
    "includes": (is_names, "a mapping of files to texts"),
    "resolved": (is_texts, "a list of texts"),
    "params": (lambda value: isinstance(value, dict), "a mapping"),
    "cases": (_is_cases, "a mapping with `count` and `hash`"),
    "scorers": (is_names, "a mapping of metrics to hashes"),
    "judges": (_is_judges, "a mapping of metrics to `model`, `resolved` and `noise`"),
    "scorer_versions": (_is_versions, "a mapping of metrics to `scorer`, `version` and `since`"),
    "llmops": (lambda value: isinstance(value, str), "text"),
    "prices": (_is_prices, "a mapping of models to `input_per_million` and `output_per_million`"),
    "repeats": (_is_repeats, f"a whole number from 1 to {MOST_REPEATS}"),
    "metrics": (is_scores, "a mapping of metrics to numbers from 0 to 1"),
}
_OPTIONAL = ("messages", "includes", "judges", "llmops", "scorer_versions", "prices")
"""What older files do not have, and what a file leaves out where there is nothing to say."""
