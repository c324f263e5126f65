"""The cases that pass more or less often than in the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.compare.asks import asks_the_same
from llmops_cli.compare.flip import Flip
from llmops_cli.evals.metric import PASS_RATE, PASSES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.scores import CaseScores, Scores
    from llmops_cli.evals.result import Outcome


def find_flips(comparison: Comparison, must: Collection[str], aside: Collection[str]) -> tuple[Flip, ...]:
    """Every flip among the cases that are the same on both sides; what got worse comes first.

    None where the scorers that decide have changed: then passing means something else.
    """
    now, before = comparison.now, comparison.before
    if before is None or before.basis(PASSES) != now.basis(PASSES):
        return ()
    cases = comparison.cases
    by_case = comparison.result.by_case if comparison.result is not None else {}
    retries: dict[str, list[Outcome]] = {}
    for outcome in comparison.result.retries if comparison.result is not None else ():
        retries.setdefault(outcome.case_id, []).append(outcome)
    flips = []
    for case_id, new in now.cases.items():
        if case_id not in comparison.same or not flipped(before.cases[case_id], new):
            continue
        old = before.cases[case_id]
        worse = (old.score(PASS_RATE) or 0) > (new.score(PASS_RATE) or 0)
        flip = Flip(
            case_id,
            cases[case_id].place if case_id in cases else "",
            old.passes,
            new.passes,
            before=_telling(old, passing=worse),
            now=_telling(new, passing=not worse),
            name=comparison.name(case_id),
            must_pass=case_id in must,
            quarantined=case_id in aside,
            held=_held(retries.get(case_id, ()), worse=worse),
            reasons=_reasons(by_case.get(case_id, ())) if worse else (),
        )
        flips.append(flip)
    # What broke comes first, and of that what may never break.
    return tuple(
        sorted(flips, key=lambda flip: (not flip.worse, not flip.must_pass, flip.change, flip.case_id))
    )


def flipped(old: CaseScores, new: CaseScores) -> bool:
    """Whether a case passes more or less often; a case without a pass or fail on one side did not flip."""
    if old.scores.get(PASS_RATE) == new.scores.get(PASS_RATE):
        return False
    (passed, of), (passes, out_of) = old.passes, new.passes
    return bool(of and out_of) and passed * out_of != passes * of


def all_flipped(now: Scores, before: Scores) -> list[str]:
    """Ids of the cases with the same inputs that flipped."""
    if before.basis(PASSES) != now.basis(PASSES):
        return []
    return [
        id_
        for id_, case in sorted(now.cases.items())
        if id_ in before.cases and asks_the_same(before.cases[id_], case) and flipped(before.cases[id_], case)
    ]


def _telling(case: CaseScores, *, passing: bool) -> str | None:
    """The first answer that passes, or fails, as asked; the first of all where none does."""
    passes = case.scores.get(PASS_RATE, ())
    index = next((number for number, value in enumerate(passes) if (value >= 1) is passing), 0)
    return case.said(index) if index < len(case.outputs) else None


def _held(outcomes: Sequence[Outcome], *, worse: bool) -> tuple[int, int] | None:
    """How many answers asked for once more flipped like the first; calls that failed say nothing."""
    told = [outcome.passed for outcome in outcomes if outcome.passed is not None]
    return (sum(1 for passed in told if passed is not worse), len(told)) if told else None


def _reasons(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """Why a case fails, one line for each scorer that says no."""
    reasons = dict.fromkeys(
        f"{score.metric}: {score.reason or 'no'}"
        for outcome in outcomes
        for score in outcome.scores
        if score.passed is False
    )
    return tuple(reasons)
