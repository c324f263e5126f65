"""Whether the scorers of a suite can decide over its cases: that they read what is there, and may say no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmops_cli.core.problem import Problem
    from llmops_cli.core.source import Source
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.suite import ScorerUse

NAMED = 5
"""Cases with one and the same fault that are named one by one."""

Uses = tuple["ScorerUse", ...]


def unread_problems(
    suite: Source, cases: Sequence[Case], scorers: Uses, by_case: Mapping[str, Uses]
) -> list[Problem]:
    """What scorers read and cases do not have. `by_case` are the scorers that cases bring with them."""
    nowhere = _nowhere(cases, scorers)
    problems = [
        suite.problem(
            use.pointer,
            f"`{use.metric}` reads `{name}`, which no case has",
            did_you_mean(name, cases[0].scorer_values),
        )
        for use, name in nowhere
    ]
    told = {(use.metric, name) for use, name in nowhere}
    for case in cases:
        problems += _unreadable(case, (*scorers, *by_case.get(case.id, ())), told)
    return problems


def _nowhere(cases: Sequence[Case], uses: Uses) -> list[tuple[ScorerUse, str]]:
    """What scorers of the suite read and none of several cases has: the suite's fault, not theirs."""
    if len(cases) < 2:
        return []
    somewhere = {name for case in cases for name in case.scorer_values}
    return [(use, name) for use in uses for name in sorted(use.reads - somewhere)]


def _unreadable(case: Case, uses: Uses, but: set[tuple[str, str]]) -> list[Problem]:
    """Scorers that read something this case does not have; those of `but` are named elsewhere."""
    problems = []
    for use in uses:
        for name in sorted(use.reads - set(case.scorer_values)):
            if (use.metric, name) in but:
                continue
            what = "has no `expected`" if name == "expected" else f"has no variable `{name}`"
            hint = did_you_mean(name, case.scorer_values) if name != "expected" else "add what is expected"
            problems.append(
                case.source.problem(
                    case.pointer, f"case `{case.id}` {what}, and `{use.metric}` reads it", hint
                )
            )
    return problems


def undecided_problems(
    suite: Source, cases: Sequence[Case], scorers: Uses, by_case: Mapping[str, Uses]
) -> list[Problem]:
    """A suite in which nothing can fail a case would always be green."""
    every = [*scorers, *(use for uses in by_case.values() for use in uses)]
    if not every or any(use.decides for use in scorers):
        return []
    if any(use.decides for use in every):
        return _undecided_cases(cases, by_case)
    names = ", ".join(f"`{use.metric}`" for use in scorers)
    only = "only measures" if len(scorers) == 1 else "only measure"
    message = f"no scorer decides, so every case would pass: {names} {only}"
    hint = "give one of them a `threshold`, such as `threshold: 0.8`"
    return [suite.problem(("scorers",), message, hint, key=True)]


def _undecided_cases(cases: Sequence[Case], by_case: Mapping[str, Uses]) -> list[Problem]:
    """Where only scorers of cases decide, a case without one would always pass."""
    undecided = [case for case in cases if not any(use.decides for use in by_case.get(case.id, ()))]
    problems = []
    for number, case in enumerate(undecided[:NAMED], start=1):
        last = number == NAMED < len(undecided)
        more = f"; so it is with {len(undecided) - NAMED} more cases" if last else ""
        message = f"no scorer decides over case `{case.id}`, so it would always pass{more}"
        hint = "give the case a scorer that decides, or the suite one for all cases"
        problems.append(case.source.problem(case.pointer, message, hint))
    return problems
