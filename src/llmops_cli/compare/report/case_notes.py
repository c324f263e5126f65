"""What a reader has to know of cases beside the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.compare.report.names import some
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from llmops_cli.compare.comparison import Comparison, Quarantined
    from llmops_cli.compare.flip import Flip
    from llmops_cli.evals.case import Case

SHOWN_QUARANTINED = 5


def must_pass_notes(broken: Sequence[str], cases: Mapping[str, Case], again: Collection[str]) -> list[Text]:
    """The must-pass cases that fail; `again` are those that were asked once more."""
    return [
        Text(
            f"must-pass case {cases[case_id].name} fails"
            f"{', also when it was asked again' if case_id in again else ''} ({cases[case_id].place})",
            "bad",
        )
        for case_id in broken
    ]


def unproven_notes(unproven: Sequence[str], cases: Mapping[str, Case]) -> list[Text]:
    """The must-pass cases that passed and changed."""
    fault = "changed, and nobody can tell whether it would pass as before"
    return [Text(f"must-pass case {cases[id_].name} {fault} ({cases[id_].place})", "bad") for id_ in unproven]


def flaky_notes(flaky: Sequence[str]) -> list[Text]:
    """The must-pass cases that failed once."""
    return [
        Text(f"must-pass case {id_} failed, and passed both times it was asked again: not counted", "warn")
        for id_ in flaky
    ]


def quarantine_notes(quarantined: Sequence[Quarantined]) -> list[Text]:
    """The cases in quarantine, those that count again first."""
    entries = sorted(quarantined, key=lambda entry: (entry.holds, entry.passed is not False))
    notes = [_quarantine(entry) for entry in entries[:SHOWN_QUARANTINED]]
    if len(entries) > SHOWN_QUARANTINED:
        rest = tuple(entry.case_id for entry in entries[SHOWN_QUARANTINED:])
        notes.append(Text(f"more cases in quarantine: {some(rest)}", "warn"))
    return notes


def _quarantine(entry: Quarantined) -> Text:
    reason, until = entry.quarantine.reason, entry.quarantine.until.isoformat()
    if not entry.holds:
        note = (
            f"quarantine of {entry.case_id} expired on {until} and it counts again ({reason}; {entry.place})"
        )
        return Text(note, "warn")
    state = {True: "passes", False: "fails", None: "has no verdict"}[entry.passed]
    note = f"in quarantine until {until}, not counted: {entry.case_id} {state} now ({reason}; {entry.place})"
    return Text(note, "warn")


def retry_notes(flips: Sequence[Flip]) -> list[Text]:
    """Flipped cases that were asked for once more: which flips are flaky."""
    held = [flip.held for flip in flips if flip.held is not None]
    if not held:
        return []
    count = numbers.count(len(held), "flipped case")
    steady = sum(1 for flipped, of in held if flipped == of)
    times = max(of for _, of in held)
    return [
        Text(
            f"{count} asked {times} more times: {steady} flipped each time, {len(held) - steady} did not; "
            "the verdict rests on the first answers",
            "warn",
        )
    ]


def coverage_notes(comparison: Comparison, pairs: int) -> list[Text]:
    """The cases that are on one side only, or changed; `pairs` are those that are compared."""
    added, removed, changed, reclustered = (
        list(map(comparison.name, ids))
        for ids in (comparison.added, comparison.removed, comparison.changed, comparison.reclustered)
    )
    notes = []
    if removed:
        notes.append(Text(f"cases gone since the baseline: {some(removed)}", "bad"))
    if changed:
        note = f"cases that changed since the baseline, not compared: {some(changed)}"
        notes.append(Text(note, "warn"))
    if reclustered:
        note = f"cases in another cluster than in the baseline, judged by that one: {some(reclustered)}"
        notes.append(Text(note))
    if added:
        notes.append(Text(f"new cases, not in the baseline: {some(added)}"))
    if notes:
        same = numbers.count(pairs, "case that is the same", "cases that are the same")
        notes.append(Text(f"changes and intervals are over the {same} on both sides"))
    return notes
