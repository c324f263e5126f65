"""A run as the scorers of the base judge it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.rescore.rescore import rescore
from llmops_cli.compare.judged import Judged
from llmops_cli.compare.snapshot import bases
from llmops_cli.core.earlier_ids import going_on
from llmops_cli.evals.bench import judge
from llmops_cli.evals.judge import broken
from llmops_cli.evals.result import ScoreResult
from llmops_cli.scorers.base import AskingScorer
from llmops_cli.scorers.python import PythonFunction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmops_cli.evals.case import Case
    from llmops_cli.evals.result import Outcome, Told
    from llmops_cli.evals.suite import ScorerUse, Subject, Suite
    from llmops_cli.scorers.sample import Sample


def judged_by_base(judged: Judged, base: Suite, told: Mapping[Told, ScoreResult]) -> Judged | None:
    """The answers of a run, and its baseline's, as the scorers of the base judge them.

    Those of the project run apart; `told` is what its judges said who were asked. A judge that is another
    and was not asked has no value; where it decides, the answers have no verdict. None where the scorers are
    those of now.
    """
    subject = judged.result.subject
    earlier = as_at_base(base, subject)
    if bases(earlier, ()) == bases(subject, ()):
        return None
    rejudged = _Rejudged(earlier, subject, told)
    result = replace(
        judged.result,
        subject=earlier,
        outcomes=rejudged.outcomes(judged.result.outcomes),
        confirmations=rejudged.outcomes(judged.result.confirmations),
        retries=rejudged.outcomes(judged.result.retries),
    )
    baseline = judged.baseline
    if baseline is not None:
        baseline = rescore(baseline, earlier).scores
    return Judged(result, baseline)


def as_at_base(base: Suite, subject: Subject) -> Subject:
    """A subject of now with the scorers of its suite at the base."""
    return replace(subject, suite=_with_scorers_of(base, subject))


def _with_scorers_of(base: Suite, subject: Subject) -> Suite:
    """The suite of now with the scorers of the base, and the rules about what those measure."""
    suite = subject.suite
    inputs = {case.id: case.inputs for case in base.cases}
    of_cases = {
        case.id: (base if inputs.get(case.id) == case.inputs else suite).case_scorers.get(case.id, ())
        for case in suite.cases
    }
    now = {use.metric: use.scorer for use in (*suite.scorers, *suite.case_uses)}
    uses = tuple(_reading_as_now(use, now.get(use.metric)) for use in base.scorers)
    # What judged a prompt's output schema at the base, whatever the prompt was called there.
    before = going_on(*({prompt.id: prompt for prompt in side.prompts} for side in (suite, base)))
    judging = (base.output_scorers.get(before.get(prompt.id, "")) for prompt in suite.prompts)
    outputs = {
        prompt.id: use
        for prompt, earlier in zip(suite.prompts, judging, strict=True)
        if (use := earlier or suite.output_scorers.get(prompt.id)) is not None
    }
    metrics = {
        use.metric
        for use in (*uses, *outputs.values(), *(u for case_uses in of_cases.values() for u in case_uses))
    }
    gone = {
        use.metric for use in (*suite.scorers, *suite.output_scorers.values(), *suite.case_uses)
    } - metrics
    rules = tuple(rule for rule in suite.gate.rules if rule.metric.name not in gone)
    return replace(
        suite,
        scorers=uses,
        case_scorers={case_id: case_uses for case_id, case_uses in of_cases.items() if case_uses},
        output_scorers=outputs,
        gate=replace(suite.gate, rules=rules),
    )


def _reading_as_now(use: ScorerUse, now: object) -> ScorerUse:
    """A scorer of the base with the files that only the suite of now says it reads, as they were."""
    scorer = use.scorer
    if not isinstance(scorer, PythonFunction) or not isinstance(now, PythonFunction):
        return use
    tree = scorer.surroundings.tree
    more = [path for path in now.read_files if path not in scorer.read_files and tree.has(path)]
    if not more:
        return use
    surroundings = replace(scorer.surroundings, reads=(*scorer.surroundings.reads, *more))
    return replace(use, scorer=PythonFunction(scorer.given, surroundings))


def asks_another(earlier: Subject, now: Subject) -> bool:
    """Whether a judge of the base is not one of now."""
    asking = {use.identity for use in _uses(now)}
    return any(isinstance(use.scorer, AskingScorer) and use.identity not in asking for use in _uses(earlier))


def _uses(subject: Subject) -> tuple[ScorerUse, ...]:
    return (*subject.suite.shared_uses(subject.prompt), *subject.suite.case_uses)


def _unasked(use: ScorerUse) -> ScoreResult:
    reason = "the judge of the base was not asked: --rejudge"
    if use.decides:
        return broken(use, reason)
    return ScoreResult(use.metric, reason=reason, weight=use.weight)


class _Rejudged:
    """Judges outcomes again; what a scorer said that is the same stays."""

    def __init__(self, earlier: Subject, now: Subject, told: Mapping[Told, ScoreResult]) -> None:
        self.told = told
        self.earlier = earlier
        self.now = now
        self.cases: Mapping[str, Case] = {case.id: case for case in earlier.suite.cases}

    def outcomes(self, outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
        """The same answers, each with the scores of the base's scorers."""
        pairs: list[tuple[ScorerUse, Sample]] = []
        plans: list[list[ScoreResult | int]] = []
        for outcome in outcomes:
            plan: list[ScoreResult | int] = []
            if outcome.answer is not None and not outcome.error:
                case = self.cases[outcome.case_id]
                scores_now = self._scores_now(outcome, case)
                for use in self.earlier.suite.uses_for(case, self.earlier.prompt):
                    if use.identity in scores_now:
                        plan.append(replace(scores_now[use.identity], metric=use.metric, weight=use.weight))
                    elif isinstance(use.scorer, AskingScorer):
                        key = (outcome.case_id, use.metric, outcome.repeat)
                        plan.append(self.told.get(key, _unasked(use)))
                    else:
                        plan.append(len(pairs))
                        pairs.append((use, case.sample(outcome.answer)))
            plans.append(plan)
        results = judge(pairs)
        return tuple(
            replace(
                outcome,
                scores=tuple(results[part] if isinstance(part, int) else part for part in plan),
            )
            for outcome, plan in zip(outcomes, plans, strict=True)
        )

    def _scores_now(self, outcome: Outcome, case: Case) -> dict[str, ScoreResult]:
        """What the scorers of now said of an answer, by their identity."""
        metrics = {score.metric: score for score in outcome.scores}
        uses = self.now.suite.uses_for(case, self.now.prompt)
        return {use.identity: metrics[use.metric] for use in uses if use.metric in metrics}
