"""Merging two baselines that grew from one: by case, and never two ways of scoring in one file.

Scores depend on conditions: the prompt's fingerprint, the model, the scorers, the judges. Where one side
changed a condition, what the other side accepted meanwhile was scored in another way, and that is a conflict.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from llmops_cli.baselines.merge.header import differences, merge_header, side_header
from llmops_cli.baselines.write import to_text
from llmops_cli.compare.scores import SECOND_PLACES, CaseScores

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.compare.scores import Scores

OURS, MIDDLE, THEIRS = "<<<<<<< ours", "=======", ">>>>>>> theirs"
"""The markers that git writes too, so that every editor knows them."""

Changed = Literal["neither", "ours", "theirs", "both"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """What two sides do not agree on: a case, or the header where `case` is None."""

    case: str | None
    reason: str

    @property
    def place(self) -> str:
        """How the place is called in messages."""
        return "the header" if self.case is None else f"case {self.case}"


@dataclass(frozen=True)
class Merged:
    """Two baselines in one.

    `ours` and `theirs` are the merged baseline with every conflict settled as that side has it; without a
    conflict they are the same. `changed` says which side changed the conditions of the scores.
    """

    ours: Scores
    theirs: Scores
    changed: Changed
    conflicts: tuple[Conflict, ...] = ()

    @property
    def baseline(self) -> Scores:
        """The merged baseline; conflicts settled as that side has them whose conditions the header states."""
        return self.theirs if self.changed == "theirs" else self.ours

    @property
    def text(self) -> str:
        """The merged file; the lines of each conflict stand between markers."""
        if not self.conflicts:
            return to_text(self.baseline)
        at = {conflict.case for conflict in self.conflicts}
        ours, theirs = _lines(self.ours), _lines(self.theirs)
        # The digest of a header without a conflict fits only the choice that mixes no conditions.
        ours[None] = ours[None] if None in at else _lines(self.baseline)[None]
        written: list[str] = []
        for key in (None, *sorted({*self.ours.cases, *self.theirs.cases})):
            mine, yours = ([side[key]] if key in side else [] for side in (ours, theirs))
            written += [OURS, *mine, MIDDLE, *yours, THEIRS] if key in at else mine
        return "\n".join(written) + "\n"


def merge(base: Scores | None, ours: Scores, theirs: Scores) -> Merged:
    """Merge what two sides made of `base`, which is None where both sides added the file.

    Either order gives the same cases and metrics. A conflict is never settled in silence.
    """
    changed = _changed(base, ours, theirs)
    conflicts: list[Conflict] = []
    mine: dict[str, CaseScores] = {}
    yours: dict[str, CaseScores] = {}
    before: Mapping[str, CaseScores] = base.cases if base is not None else {}
    for key in sorted({*before, *ours.cases, *theirs.cases}):
        three = (before.get(key), ours.cases.get(key), theirs.cases.get(key))
        outcome = _MERGES[changed](*three)
        if isinstance(outcome, _Clash):
            conflicts.append(Conflict(key, _reason(three, outcome, ours, theirs)))
        _put(mine, key, three[1] if isinstance(outcome, _Clash) else outcome)
        _put(yours, key, three[2] if isinstance(outcome, _Clash) else outcome)
    if changed == "both":
        words = _named(ours, theirs)
        conflicts.insert(0, Conflict(None, f"both sides changed what the scores depend on: {words}"))
        return Merged(replace(ours, cases=mine), replace(theirs, cases=yours), changed, tuple(conflicts))
    header, unclear = merge_header(base, ours, theirs)
    if unclear:
        conflicts.insert(0, Conflict(None, f"both sides changed: {', '.join(unclear)}"))
    left = replace(ours, cases=mine, **{**header, **side_header(ours, unclear)})
    right = replace(ours, cases=yours, **{**header, **side_header(theirs, unclear)})
    return Merged(left, right, changed, tuple(conflicts))


def _changed(base: Scores | None, ours: Scores, theirs: Scores) -> Changed:
    """Which side changed what the scores depend on; `neither` also where both changed it alike."""
    if not differences(ours, theirs):
        return "neither"
    if base is None:
        return "both"
    if not differences(base, theirs):
        return "ours"
    return "both" if differences(base, ours) else "theirs"


@dataclass(frozen=True, slots=True)
class _Clash:
    """No common answer; `old` names the side that scored it under other conditions, if that is why."""

    old: Literal["", "ours", "theirs", "both"] = ""


_Found = CaseScores | None | _Clash


def _merge_alike(base: CaseScores | None, ours: CaseScores | None, theirs: CaseScores | None) -> _Found:
    """One case where both sides scored in the same way."""
    if theirs in (base, ours):
        return ours
    if ours == base:
        return theirs
    if ours is not None and theirs is not None and _bare(ours) == _bare(theirs):
        # An older file has the tool calls of an answer in its text.
        fuller = theirs if theirs.tool_calls and not ours.tool_calls else ours
        return replace(fuller, latency_s=_latency(base, ours, theirs))
    # A side that only took another time for the same answer has no say about the scores.
    if _bare(theirs) == _bare(base):
        return ours
    return theirs if _bare(ours) == _bare(base) else _Clash()


def _merge_newer_ours(base: CaseScores | None, ours: CaseScores | None, theirs: CaseScores | None) -> _Found:
    """One case where ours alone changed the conditions: what theirs scored meanwhile does not fit."""
    if _bare(theirs) in (_bare(base), _bare(ours)):
        return ours
    if theirs is None:
        return None if _bare(ours) == _bare(base) else _Clash()
    return _Clash("theirs")


def _merge_newer_theirs(
    base: CaseScores | None, ours: CaseScores | None, theirs: CaseScores | None
) -> _Found:
    outcome = _merge_newer_ours(base, theirs, ours)
    return _Clash("ours") if outcome == _Clash("theirs") else outcome


def _merge_apart(_: CaseScores | None, ours: CaseScores | None, theirs: CaseScores | None) -> _Found:
    """One case where each side changed the conditions in its own way: only what is equal is agreed on."""
    return ours if ours == theirs else _Clash("both")


_MERGES = {
    "neither": _merge_alike,
    "ours": _merge_newer_ours,
    "theirs": _merge_newer_theirs,
    "both": _merge_apart,
}


def _bare(case: CaseScores | None) -> CaseScores | None:
    """The case in the one form that every file has, without its latency: that is another one each time."""
    return None if case is None else replace(case.as_texts(), latency_s=None)


def _latency(base: CaseScores | None, ours: CaseScores, theirs: CaseScores) -> float | None:
    """The latency of an answer that both sides got: the one that was measured anew, or the mean of two."""
    before = base.latency_s if base is not None else None
    if before in (ours.latency_s, theirs.latency_s):
        return theirs.latency_s if ours.latency_s == before else ours.latency_s
    latencies = [case.latency_s for case in (ours, theirs) if case.latency_s is not None]
    return round(sum(latencies) / len(latencies), SECOND_PLACES) if latencies else None


def _reason(
    three: tuple[CaseScores | None, CaseScores | None, CaseScores | None],
    clash: _Clash,
    ours: Scores,
    theirs: Scores,
) -> str:
    base, mine, yours = three
    done = "added" if base is None else "changed"
    if clash.old in ("ours", "theirs"):
        newer = "ours" if clash.old == "theirs" else "theirs"
        return f"{clash.old} {done} it, {newer} changed what its score depends on: {_named(ours, theirs)}"
    if mine is None or yours is None:
        gone, kept = ("ours", "theirs") if mine is None else ("theirs", "ours")
        return f"only {kept} has it" if clash.old else f"{gone} removed it, {kept} changed it"
    reason = "each side scored it in its own way" if clash.old else f"both sides {done} it"
    return f"{reason}: {_unequal(mine, yours)}"


def _named(ours: Scores, theirs: Scores) -> str:
    return "; ".join(differences(ours, theirs))


def _unequal(ours: CaseScores, theirs: CaseScores) -> str:
    """What two versions of a case do not share, the scores with their means."""
    metrics = [name for name in {**ours.scores, **theirs.scores} if ours.score(name) != theirs.score(name)]
    words = [
        f"{name} {_shown(ours, name)} (ours), {_shown(theirs, name)} (theirs)" for name in sorted(metrics)
    ]
    names = [field.name for field in fields(CaseScores) if field.name not in ("id", "scores")]
    return "; ".join(words) or ", ".join(
        name for name in [*names, "scores"] if getattr(ours, name) != getattr(theirs, name)
    )


def _shown(case: CaseScores, metric: str) -> str:
    mean = case.score(metric)
    return "no score" if mean is None else f"{mean:g}"


def _put(cases: dict[str, CaseScores], key: str, case: CaseScores | None) -> None:
    if case is not None:
        cases[key] = case


def _lines(baseline: Scores) -> dict[Any, str]:
    """The lines of a baseline's file by case; None is the header."""
    return dict(zip((None, *sorted(baseline.cases)), to_text(baseline).split("\n")[:-1], strict=True))
