"""Merging the headers of two baselines: what was judged, how, and who accepted it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.approvals import merged_approvals, of_scores
from llmops_cli.baselines.looks import LOOKED
from llmops_cli.compare.verdict import Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmops_cli.compare.scores import CaseScores, Scores

PROMPT = ("prompt", "fingerprint", "parts", "messages", "includes", "params")
"""The fields that describe one prompt; they stay together."""

_CLASH = object()


def differences(one: Scores, other: Scores) -> list[str]:
    """What the scores of two baselines depend on and do not share; empty where one file can hold both.

    A judge that only one of them has is no difference: a case of its own may have brought it.
    """
    differences = []
    if one.fingerprint != other.fingerprint:
        versions = [one.prompt, other.prompt] if one.prompt != other.prompt else []
        words = versions or [one.fingerprint, other.fingerprint]
        differences.append(f"prompt {words[0]} (ours), {words[1]} (theirs)")
    if one.model != other.model:
        differences.append(f"model {one.model} (ours), {other.model} (theirs)")
    scorers = sorted(
        name for name in {**one.scorers, **other.scorers} if one.scorers.get(name) != other.scorers.get(name)
    )
    if scorers:
        differences.append(f"scorers of {', '.join(scorers)}")
    judges = sorted(
        name
        for name, judge in one.judges.items()
        if name in other.judges and _identity(judge) != _identity(other.judges[name])
    )
    if judges:
        differences.append(f"judge of {', '.join(judges)}")
    return differences


def merge_header(base: Scores | None, ours: Scores, theirs: Scores) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The fields of the merged header, and those that both sides changed to something else."""
    joined: dict[str, Any] = {}
    unclear: list[str] = []
    for group in (PROMPT, ("suite",), ("model",), ("scorers", "scorer_versions")):
        before, mine, yours = ([getattr(side, name, None) for name in group] for side in (base, ours, theirs))
        taken = _three(before, mine, yours)
        if taken is _CLASH:
            unclear += [name for name, a, b in zip(group, mine, yours, strict=True) if a != b]
        else:
            joined.update(zip(group, taken, strict=True))
    judges = _judges(base.judges if base is not None else {}, ours.judges, theirs.judges)
    if judges is None:
        unclear.append("judges")
    else:
        joined["judges"] = judges
    joined["resolved"] = _resolved(base, ours, theirs)
    repeats = _three(base and base.repeats, ours.repeats, theirs.repeats)
    joined["repeats"] = max(ours.repeats, theirs.repeats) if repeats is _CLASH else repeats
    joined["llmops"] = _scored_by(base, ours, theirs)
    prices = _three(base and base.prices, ours.prices, theirs.prices)
    # Costs at two prices have none that is that of all.
    joined["prices"] = {} if prices is _CLASH else prices
    joined["accepted"] = _accepted(base, ours, theirs)
    return joined, tuple(unclear)


def side_header(side: Scores, names: Iterable[str]) -> dict[str, Any]:
    """Some fields as one side has them; of the prompt's fields all or none."""
    wanted = set(names)
    if wanted & set(PROMPT):
        wanted |= set(PROMPT)
    return {name: getattr(side, name) for name in wanted}


def _three(base: Any, ours: Any, theirs: Any) -> Any:
    """What the side that changed something has; `_CLASH` where both did, and not alike."""
    if theirs in (base, ours):
        return ours
    return theirs if ours == base else _CLASH


def _identity(judge: Mapping[str, Any] | None) -> tuple[Any, Any] | None:
    return None if judge is None else (judge["model"], judge["resolved"])


def _judges(
    base: Mapping[str, Mapping[str, Any]],
    ours: Mapping[str, Mapping[str, Any]],
    theirs: Mapping[str, Mapping[str, Any]],
) -> dict[str, Mapping[str, Any]] | None:
    """The judges by metric, or None where the sides have another one each."""
    joined: dict[str, Mapping[str, Any]] = {}
    for metric in sorted({*base, *ours, *theirs}):
        three = (base.get(metric), ours.get(metric), theirs.get(metric))
        judge = _three(*three)
        if judge is _CLASH:
            judge = _noisier(*three)
        if judge is _CLASH:
            return None
        if judge is not None:
            joined[metric] = judge
    return joined


def _noisier(
    base: Mapping[str, Any] | None, ours: Mapping[str, Any] | None, theirs: Mapping[str, Any] | None
) -> Any:
    """One judge whose noise was measured anew on both sides: the larger noise, which promises less."""
    who = _three(_identity(base), _identity(ours), _identity(theirs))
    if who is _CLASH or ours is None or theirs is None:
        return _CLASH if who is _CLASH else (ours if _identity(ours) == who else theirs)
    if _identity(ours) != _identity(theirs):
        return ours if _identity(ours) == who else theirs
    noises = [judge["noise"] for judge in (ours, theirs) if judge["noise"] is not None]
    return {**ours, "noise": max(noises, default=None)}


def _resolved(base: Scores | None, ours: Scores, theirs: Scores) -> tuple[str, ...]:
    """The versions that answered: both sides' where both have scores of their own."""
    taken = _three(base and base.resolved, ours.resolved, theirs.resolved)
    before: Mapping[str, CaseScores] = base.cases if base is not None else {}
    both = all(any(before.get(key) != case for key, case in side.cases.items()) for side in (ours, theirs))
    if taken is _CLASH or (both and ours.resolved != theirs.resolved):
        return tuple(sorted({*ours.resolved, *theirs.resolved}))
    joined: tuple[str, ...] = taken
    return joined


def _scored_by(base: Scores | None, ours: Scores, theirs: Scores) -> str:
    """The llmops that scored; both where each side has scores of another one."""
    taken = _three(base and base.llmops, ours.llmops, theirs.llmops)
    return " + ".join(sorted({ours.llmops, theirs.llmops} - {""})) if taken is _CLASH else str(taken)


def _accepted(base: Scores | None, ours: Scores, theirs: Scores) -> Mapping[str, Any]:
    """Who accepted what and why; where both sides accepted, both names and both reasons."""
    deciders = merged_approvals(base.accepted if base is not None else {}, ours.accepted, theirs.accepted)
    sides = (of_scores(ours.accepted), of_scores(theirs.accepted))
    taken = _three(base and of_scores(base.accepted), *sides)
    if taken is not _CLASH:
        return {**taken, **deciders}
    names = {name for side in sides for name in str(side.get("by", "")).split("; ")}
    reasons = {str(side.get("reason", "")).strip() for side in sides}
    verdicts = [Verdict(side["verdict"]) for side in sides if side.get("verdict") in list(Verdict)]
    approvers = {name for side in sides for name in side.get("approved_by", ())}
    both: dict[str, Any] = {
        "by": "; ".join(sorted(names - {""})),
        "reason": "; ".join(sorted(reasons - {""})),
    }
    if verdicts:
        both["verdict"] = str(worst(verdicts))
    both["previous"] = base.metrics if base is not None else {}
    if looked := max((side.get(LOOKED, 0) for side in sides), default=0):
        both[LOOKED] = looked
    if approvers:
        both["approved_by"] = sorted(approvers)
    return {**both, **deciders}
