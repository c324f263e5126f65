"""What `llmops baseline verify` found, as a Document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.reports import numbers
from llmops_cli.reports.document import Column, Document, Listing, Section, Table, Text
from llmops_cli.reports.problems import problem_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.baselines.accept.verify import Mismatch, Verified
    from llmops_cli.reports.document import Block

SHOWN = 20
"""Mismatches in a table; the JSON has them all."""


def verified_document(files: Sequence[Verified]) -> Document:
    """The answer first, then each file."""
    sections = tuple(_section(file) for file in files)
    steps = [Text(step) for step in _steps(files)]
    if steps:
        sections = (*sections, Section("Next", (Listing(tuple(steps)),)))
    return Document(_headline(files), sections, {"baselines": [_data(file) for file in files]})


def _headline(files: Sequence[Verified]) -> Text:
    wrong = [file for file in files if not file.sound]
    cases, recomputed = sum(file.cases for file in files), sum(file.recomputed for file in files)
    counted = numbers.count(len(files), "baseline")
    if wrong:
        scores = sum(len(file.mismatches) for file in wrong)
        parts = [f"{numbers.count(scores, 'score')} that the recorded answers do not give"] if scores else []
        edited = sum(1 for file in wrong if file.problems)
        parts += [f"{numbers.count(edited, 'file')} edited by hand"] if edited else []
        stripped = sum(file.stripped for file in wrong)
        parts += [f"{numbers.count(stripped, 'case')} whose answers are missing"] if stripped else []
        return Text(
            f"WRONG: {' and '.join(parts)}, in {numbers.part(len(wrong), len(files), 'baseline')}", "bad"
        )
    if not recomputed:
        return Text(f"NOTHING RECOMPUTED: {counted}, and only the digest was checked", "warn")
    return Text(f"AGREED: {counted}, {numbers.part(recomputed, cases, 'case')} recomputed", "good")


def _section(file: Verified) -> Section:
    blocks: list[Block] = [Text(coverage(file), "plain" if file.recomputed else "warn")]
    if file.problems:
        blocks.append(Listing(tuple(Text(f"{p.place}: {p.message}", "bad") for p in file.problems)))
    if file.stripped:
        message = f"the answers that the project's settings keep are not in the file: {_missing(file)}"
        blocks.append(Text(message, "bad"))
    if file.mismatches:
        columns = (
            Column("case"), Column("metric"), Column("stored", "right"), Column("recomputed", "right"),
            Column("place"),
        )  # fmt: skip
        blocks.append(Table(columns, tuple(_row(mismatch) for mismatch in file.mismatches[:SHOWN])))
        if len(file.mismatches) > SHOWN:
            blocks.append(Text(f"and {numbers.count(len(file.mismatches) - SHOWN)} more", "bad"))
    return Section(file.path, tuple(blocks))


def _missing(file: Verified) -> str:
    """Of how many cases, and what that may mean."""
    counted = f"{numbers.count(file.stripped, 'case')} of {numbers.count(file.cases)}"
    return f"{counted} can have any score; were they taken out, or accepted while `store_outputs` was false?"


def coverage(file: Verified) -> str:
    """What was recomputed of a file and what was not, and why: `recomputed 9 of 10 cases: label; …`."""
    covered = f"recomputed {numbers.part(file.recomputed, file.cases, 'case')}"
    if file.metrics:
        covered += (
            f": {', '.join(_partly(name, count, file) for name, count in sorted(file.metrics.items()))}"
        )
    reasons = [f"{metric} ({_partly(reason, count, file)})" for metric, reason, count in _skipped(file)]
    reasons += [f"{numbers.count(count, 'case')} ({reason})" for reason, count in _left_out(file)]
    return f"{covered}; not recomputed: {', '.join(reasons)}" if reasons else covered


def _skipped(file: Verified) -> list[tuple[str, str, int]]:
    """The metrics that were not recomputed, each reason in words, and in how many cases."""
    return sorted((metric, str(reason), count) for (metric, reason), count in file.skipped.items())


def _left_out(file: Verified) -> list[tuple[str, int]]:
    """The reasons in words why nothing of a case was recomputed, and of how many."""
    return sorted((str(reason), count) for reason, count in file.left_out.items())


def _partly(name: str, count: int, file: Verified) -> str:
    whole = file.cases - sum(file.left_out.values())
    return name if count == whole else f"{name} in {numbers.count(count, 'case')}"


def _row(mismatch: Mismatch) -> tuple[Text, ...]:
    return (
        Text(mismatch.case_id),
        Text(mismatch.metric),
        Text(_values(mismatch.stored)),
        Text(_values(mismatch.recomputed), "bad"),
        Text(mismatch.place),
    )


def _values(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values) or "–"


def _steps(files: Sequence[Verified]) -> list[str]:
    wrong = [file.path for file in files if not file.sound]
    if not wrong:
        return []
    anew = [file.suite for file in files if file.stripped]
    accept = (
        f"or write the answers anew: llmops eval {' '.join(anew)} && llmops baseline accept {' '.join(anew)}"
    )
    return [
        f"see who changed it: git log -p -- {' '.join(wrong)}",
        f"bring the last good one back: git checkout COMMIT -- {' '.join(wrong)}",
        *([accept] if anew else []),
    ]


def _data(file: Verified) -> dict[str, Any]:
    return {
        "path": file.path,
        "suite": file.suite,
        "sound": file.sound,
        "cases": file.cases,
        "recomputed": file.recomputed,
        "metrics": dict(file.metrics),
        "not_recomputed": [
            {"metric": metric, "reason": reason, "cases": count} for metric, reason, count in _skipped(file)
        ],
        "cases_not_recomputed": dict(_left_out(file)),
        "cases_without_answers": file.stripped,
        "problems": [problem_data(problem) for problem in file.problems],
        "mismatches": [
            {
                "case": mismatch.case_id,
                "metric": mismatch.metric,
                "stored": list(mismatch.stored),
                "recomputed": list(mismatch.recomputed),
                "place": mismatch.place,
            }
            for mismatch in file.mismatches
        ],
    }
