"""Reads the `gate` block of a suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.core import schema
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.evals.metric import BUILT_IN, metric_of
from llmops_cli.evals.select import matches_filter
from llmops_cli.evals.suite import (
    DEFAULT_RULE,
    GATE_SETTINGS,
    Gate,
    GateRule,
    Tolerance,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.core.problem import Problem
    from llmops_cli.core.source import Source
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.metric import Metric

LIMITS = {"floor": "ceiling", "max_drop": "max_rise"}
"""Limits of a metric that is better when higher, and the same where lower is better."""


def read_gate(source: Source, metrics: Sequence[str], cases: Sequence[Case]) -> tuple[Gate, list[Problem]]:
    """The gate, whose form the suite's schema has already checked, and what does not fit the suite."""
    data: dict[str, Any] = source.data.get("gate", {})
    names = (*BUILT_IN, *metrics)
    rules: list[GateRule] = []
    problems: list[Problem] = []
    for name, settings in data.items():
        at = ("gate", name)
        if name in GATE_SETTINGS:
            continue
        metric = metric_of(name, metrics)
        if name not in names:
            hint = did_you_mean(name, (*names, *GATE_SETTINGS), noun="metrics and settings")
            message = f"the gate names the metric `{name}`, which no scorer of this suite gives"
            if metric.repeated is not None:
                message = f"`{name}` needs {metric.repeated.k} repeats of each case, and the suite has fewer"
                hint = f"repeats: {metric.repeated.k}"
            problems.append(source.problem(at, message, hint, key=True))
            continue
        problems += _direction_problems(source, metric, settings) + _empty_rule(source, name, settings)
        rules.append(
            GateRule(
                metric,
                floor=settings.get("floor"),
                ceiling=settings.get("ceiling"),
                # A floor says how low is too low, not how much worse: the pass rate keeps its tolerance.
                max_drop=_tolerance(settings.get("max_drop"))
                or (DEFAULT_RULE.max_drop if metric.is_pass_rate else None),
                max_rise=_tolerance(settings.get("max_rise")),
                tier=settings.get("tier", "critical"),
            )
        )
    must_pass = data.get("must_pass", ())
    must_pass = (must_pass,) if isinstance(must_pass, str) else tuple(must_pass)
    problems += _must_pass_problems(source, must_pass, cases)
    if not any(rule.metric.is_pass_rate for rule in rules):
        # A gate on the cost alone would let every answer go wrong.
        rules.insert(0, DEFAULT_RULE)
    gate = Gate(
        rules=tuple(rules),
        must_pass=must_pass,
        inconclusive=data.get("inconclusive", "warn"),
        alpha=float(data.get("alpha", 0.05)),
    )
    return gate, problems


def _tolerance(value: float | str | None) -> Tolerance | None:
    if value is None:
        return None
    if isinstance(value, str):
        return Tolerance(float(value.rstrip("% ")) / 100, relative=True)
    return Tolerance(float(value))


def _direction_problems(source: Source, metric: Metric, settings: dict[str, Any]) -> list[Problem]:
    """Cost and latency are better when lower, scores when higher: the other words would never fire."""
    name, lower = metric.name, metric.lower_is_better
    limits = LIMITS if lower else {right: wrong for wrong, right in LIMITS.items()}
    problems = [
        source.problem(
            ("gate", name, key),
            f"`{key}` says nothing about `{name}`, where {'lower' if lower else 'higher'} is better",
            f"did you mean `{right}`?",
            key=True,
        )
        for key, right in limits.items()
        if key in settings
    ]
    floor = settings.get("floor")
    if not lower and floor is not None and not 0 <= floor <= 1:
        problems.append(
            source.problem(
                ("gate", name, "floor"),
                f"`floor` must lie between 0 and 1, found {schema.shown(floor)}",
                "0.9 means 90%",
            )
        )
    return problems


def _empty_rule(source: Source, name: str, settings: dict[str, Any]) -> list[Problem]:
    """A rule that could never fire."""
    limits = [key for pair in LIMITS.items() for key in pair]
    if not any(key in settings for key in limits):
        message = f"the rule for `{name}` limits nothing"
        return [source.problem(("gate", name), message, f"give it one of {', '.join(limits)}", key=True)]
    drop = settings.get("max_drop")
    share = _tolerance(drop)
    if share is not None and share.amount >= 1:
        message = f"`max_drop` of `{name}` would tolerate any drop, found {schema.shown(drop)}"
        return [source.problem(("gate", name, "max_drop"), message, "0.05 means 5 points")]
    return []


def _must_pass_problems(source: Source, entries: tuple[str, ...], cases: Sequence[Case]) -> list[Problem]:
    problems = []
    for index, entry in enumerate(entries):
        at = ("gate", "must_pass", index)
        kind, _, pattern = entry.partition(":")
        if entry == "all":
            continue
        if kind not in ("tag", "id") or not pattern:
            problems.append(source.problem(at, f"`{entry}` names no cases", "write tag:NAME, id:GLOB or all"))
        elif cases and not any(matches_filter(case, kind, pattern) for case in cases):
            names = {tag for case in cases for tag in case.tags} if kind == "tag" else {c.id for c in cases}
            hint = did_you_mean(pattern, names, noun=f"{kind}s")
            problems.append(source.problem(at, f"`{entry}` matches no case of this suite", hint))
    return problems
