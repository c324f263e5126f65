"""Whether what a file says of an answer is what a run of the suite could have written."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

from llmops_cli.evals.result import Again
from llmops_cli.models.answer import Source

if TYPE_CHECKING:
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.result import Outcome
    from llmops_cli.evals.suite import Subject

SOURCES, AGAIN = get_args(Source), get_args(Again)


def is_sound(outcome: Outcome, subject: Subject, case: Case) -> bool:
    """Whether a run could have written it: each scorer of the case said something between 0 and 1."""
    if outcome.again not in AGAIN or type(outcome.repeat) is not int or not _are_texts(outcome.error):
        return False
    if not outcome.error:
        uses = subject.suite.uses_for(case, subject.prompt)
        if [score.metric for score in outcome.scores] != [use.metric for use in uses]:
            return False
    values: list[Any] = [outcome.judge_cost_usd]
    if outcome.answer is not None:
        answer = outcome.answer
        if not _are_texts(answer.text, answer.resolved or "") or answer.source not in SOURCES:
            return False
        values += [answer.cost_usd, answer.latency_s, answer.usage.input_tokens, answer.usage.output_tokens]
    elif not outcome.error:
        return False
    return all(value is None or lies_between(value, math.inf) for value in values) and all(
        (score.value is None or lies_between(score.value, 1))
        and score.passed in (None, True, False)
        and _are_texts(score.error, score.judge)
        and {type(score.decides), type(score.outside)} == {bool}
        for score in outcome.scores
    )


def _are_texts(*values: Any) -> bool:
    return all(isinstance(value, str) for value in values)


def lies_between(value: Any, most: float) -> bool:
    """Whether it is a finite number from 0 to `most`."""
    return type(value) in (int, float) and math.isfinite(value) and 0 <= value <= most
